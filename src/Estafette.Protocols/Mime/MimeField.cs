namespace Estafette.Protocols.Mime;

/// <summary>One header field as read.</summary>
/// <param name="Name">Field name as written.</param>
/// <param name="RawValue">Value unfolded (RFC 5322 §2.2.3), encoded words left as they are.</param>
/// <param name="Value">Value unfolded and with encoded words decoded (RFC 2047), for readers.</param>
public sealed record MimeField(string Name, string RawValue, string Value);
