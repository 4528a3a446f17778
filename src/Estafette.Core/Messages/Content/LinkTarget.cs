namespace Estafette.Core.Messages.Content;

/// <summary>Which URLs may be the target of a counted link.</summary>
internal static class LinkTarget
{
    /// <summary>Longest target, in characters.</summary>
    public const int MaxLength = 4096;

    /// <summary>An absolute http or https URL with a host, without user name or password (delivery.md §7).</summary>
    public static bool IsClean(string url) =>
        url.Length <= MaxLength
        && !url.AsSpan().ContainsAnyInRange('\0', ' ')
        && HasWebScheme(url)
        && !HasUserInfo(url)
        && Uri.TryCreate(url, UriKind.Absolute, out var parsed)
        && parsed.UserInfo.Length == 0
        && parsed.Host.Length > 0;

    public static bool HasWebScheme(ReadOnlySpan<char> url) =>
        url.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || url.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    /// <summary>True when an @ stands between the scheme and the first slash: <c>https://bank.example@evil.example/</c>.</summary>
    public static bool HasUserInfo(ReadOnlySpan<char> url)
    {
        var authority = url[(url.IndexOf("//") + 2)..];
        var end = authority.IndexOfAny("/?#\\");
        return (end < 0 ? authority : authority[..end]).Contains('@');
    }
}
