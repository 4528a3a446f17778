namespace Estafette.Protocols.Mime;

/// <summary>A file that travels with a message, shown inside the HTML when it has a content id.</summary>
/// <param name="FileName">Name offered to the reader; directories are dropped.</param>
/// <param name="ContentType">Media type, such as <c>application/pdf</c>.</param>
/// <param name="Content">The bytes.</param>
/// <param name="ContentId">Identifier that the HTML names as <c>cid:</c> (RFC 2392), without brackets; null for an ordinary attachment.</param>
public sealed record MimeAttachment(string FileName, string ContentType, ReadOnlyMemory<byte> Content, string? ContentId = null);
