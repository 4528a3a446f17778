namespace Estafette.Core.Accounts;

/// <summary>
/// The address of a page as it stands in mails to users: where people reach the pages, which need not be where recipients reach the tracking
/// links.
/// </summary>
/// <param name="Base">Such as "https://estafette.example.org".</param>
public sealed record PageAddress(string Base)
{
    /// <param name="path">Begins with a slash.</param>
    public string Of(string path) => Base.TrimEnd('/') + path;
}
