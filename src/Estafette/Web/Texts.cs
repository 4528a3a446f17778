using System.Collections.Concurrent;
using System.Globalization;
using System.Resources;

namespace Estafette.Web;

/// <summary>
/// The words of the pages. A key is "area.name"; the area is the resource file (Web/Resources/Area.resx in English, Area.fr.resx in French).
/// French typography (no-break spaces before : ; ! ? and inside « ») is set here, so that no translator does it by hand.
/// </summary>
internal static class Texts
{
    private static readonly ConcurrentDictionary<string, ResourceManager> Areas = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<(string Culture, string Key), string> Known = new();

    /// <summary>The languages of the interface, first the default.</summary>
    public static readonly string[] Languages = ["fr", "en"];

    /// <summary>The text in the language of the request; the key itself when it is missing, which a test forbids.</summary>
    public static string Get(string key) =>
        Known.GetOrAdd((CultureInfo.CurrentUICulture.TwoLetterISOLanguageName, key), static found => Find(found.Culture, found.Key));

    /// <summary>The text with its placeholders filled, numbers and dates in the culture of the request.</summary>
    public static string Get(string key, params object?[] values) => string.Format(CultureInfo.CurrentCulture, Get(key), values);

    /// <summary>The text for a count: "key.one" or "key.other"; placeholder 0 is the count.</summary>
    public static string Count(string key, long count, params object?[] values)
    {
        var french = CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "fr";
        var one = count == 1 || (french && count == 0);
        return Get(one ? key + ".one" : key + ".other", [Formats.Number(count), .. values]);
    }

    /// <summary>Whether there is a text of this key.</summary>
    public static bool Has(string key) => Raw(key, CultureInfo.InvariantCulture) is not null;

    private static string Find(string culture, string key)
    {
        var language = CultureInfo.GetCultureInfo(culture);
        var text = Raw(key, language);
        return text is null ? key
            : culture == "fr" ? FrenchTypography(text)
            : text;
    }

    private static string? Raw(string key, CultureInfo culture)
    {
        var dot = key.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0)
            return null;
        var area = char.ToUpperInvariant(key[0]) + key[1..dot];
        var resources = Areas.GetOrAdd(area, static name => new($"Estafette.Web.Resources.{name}", typeof(Texts).Assembly));
        try
        {
            return resources.GetString(key[(dot + 1)..], culture);
        }
        catch (MissingManifestResourceException)
        {
            return null;
        }
    }

    /// <summary>No-break spaces where French printing asks for them.</summary>
    internal static string FrenchTypography(string text) =>
        text.Replace(" :", "\u00a0:", StringComparison.Ordinal)
            .Replace(" ;", "\u202f;", StringComparison.Ordinal)
            .Replace(" !", "\u202f!", StringComparison.Ordinal)
            .Replace(" ?", "\u202f?", StringComparison.Ordinal)
            .Replace(" %", "\u202f%", StringComparison.Ordinal)
            .Replace("« ", "«\u00a0", StringComparison.Ordinal)
            .Replace(" »", "\u00a0»", StringComparison.Ordinal);
}
