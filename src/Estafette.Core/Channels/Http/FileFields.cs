namespace Estafette.Core.Channels.Http;

/// <summary>The names that a provider gives to the fields of a file.</summary>
/// <param name="Type">Null: it tells the type by the name of the file.</param>
/// <param name="ContentId">For a file that the HTML shows; null: such files cannot be sent.</param>
/// <param name="IdPrefix">Stands before the id.</param>
/// <param name="Disposition">Says "inline" for a file that the HTML shows; null: the id says it.</param>
internal sealed record FileFields(
    string Name,
    string? Type,
    string Content,
    string? ContentId = null,
    string IdPrefix = "",
    string? Disposition = null
);
