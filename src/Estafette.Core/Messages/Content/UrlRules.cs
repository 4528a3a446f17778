namespace Estafette.Core.Messages.Content;

/// <summary>Which URLs may stand in a content.</summary>
internal static class UrlRules
{
    private static readonly HashSet<string> LinkSchemes = new(StringComparer.OrdinalIgnoreCase)
    {
        "http",
        "https",
        "mailto",
        "tel",
        "sms",
        "callto",
        "geo",
    };
    private static readonly HashSet<string> ResourceSchemes = new(StringComparer.OrdinalIgnoreCase) { "http", "https", "cid" };
    private static readonly string[] Images = ["png", "gif", "jpeg", "jpg", "webp", "bmp"];

    /// <summary>A link that does nothing but lead somewhere.</summary>
    public static bool IsHarmlessLink(string url) => Scheme(url) is not { } scheme || LinkSchemes.Contains(scheme);

    /// <summary>An address of an image: web, content id, or a data URL of a raster image.</summary>
    public static bool IsHarmlessResource(string url)
    {
        if (Scheme(url) is not { } scheme || ResourceSchemes.Contains(scheme))
            return true;
        var plain = Plain(url);
        return scheme.Equals("data", StringComparison.OrdinalIgnoreCase)
            && Array.Exists(
                Images,
                type =>
                    plain.StartsWith($"data:image/{type};", StringComparison.OrdinalIgnoreCase)
                    || plain.StartsWith($"data:image/{type},", StringComparison.OrdinalIgnoreCase)
            );
    }

    /// <summary>What stands before the first colon, if that comes before any slash, question mark or hash; null for a relative URL.</summary>
    public static string? Scheme(string url)
    {
        var plain = Plain(url);
        var end = plain.AsSpan().IndexOfAny(":/?#");
        return end >= 0 && plain[end] == ':' ? plain[..end] : null;
    }

    /// <summary>Browsers skip control characters and blanks inside a scheme (WHATWG URL §4.4); so do we.</summary>
    private static string Plain(string url) =>
        string.Concat(
            url.Where(c =>
                c > ' '
                && c
                    is not (
                        (>= '\u007F' and <= '\u00A0')
                        or '\u00AD'
                        or (>= '\u2000' and <= '\u200F')
                        or '\u2028'
                        or '\u2029'
                        or '\uFEFF'
                        or '\u3000'
                    )
            )
        );
}
