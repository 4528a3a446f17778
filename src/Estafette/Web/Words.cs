namespace Estafette.Web;

/// <summary>Short names for what markup writes on every line: a word, a number.</summary>
internal static class Words
{
    /// <summary>A word of the interface.</summary>
    public static string T(string key) => Texts.Get(key);

    /// <summary>A sentence of the interface with its values.</summary>
    public static string T(string key, params object?[] values) => Texts.Get(key, values);

    /// <summary>A number in the language of the request.</summary>
    public static string N(long value) => Formats.Number(value);
}
