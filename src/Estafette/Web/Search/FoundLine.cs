namespace Estafette.Web.Search;

/// <summary>One find of a search: where it leads and what it says.</summary>
public sealed record FoundLine(string Href, string Title, string? Detail, object? Status);
