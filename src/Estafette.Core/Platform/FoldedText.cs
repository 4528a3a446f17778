using System.Text;

namespace Estafette.Core.Platform;

/// <summary>
/// Text as searches compare it: small letters without accents, ligatures taken apart, so that "elise" finds "Élise" on both databases. In a query
/// <see cref="Of"/> becomes fold_text: this code on SQLite, where every connection knows it, and a function of migration 0091 on PostgreSQL.
/// <para>No index stands on it: a tool without the function could no longer write the table. What an index needs is stored, see
/// <see cref="UnlessAscii"/>.</para>
/// </summary>
public static class FoldedText
{
    internal const string Function = "fold_text";

    /// <summary>The text folded.</summary>
    public static string Of(string text) => Ascii.IsValid(text) ? text.ToLowerInvariant() : Fold(text);

    /// <summary>
    /// The text folded, or null for a text of ASCII letters, of which lower() of both databases makes the same: most names need no second copy.
    /// </summary>
    internal static string? UnlessAscii(string? text) => text is null || Ascii.IsValid(text) ? null : Fold(text);

    private static string Fold(string text)
    {
        var folded = new StringBuilder(text.Length);
        foreach (var letter in Whole(text).Normalize(NormalizationForm.FormD).ToLowerInvariant())
            if (letter is < '\u0300' or > '\u036f')
                _ = letter switch
                {
                    'æ' => folded.Append("ae"),
                    'œ' => folded.Append("oe"),
                    'ß' => folded.Append("ss"),
                    'þ' => folded.Append("th"),
                    'ø' => folded.Append('o'),
                    'ł' => folded.Append('l'),
                    'đ' or 'ð' => folded.Append('d'),
                    'ħ' => folded.Append('h'),
                    'ı' => folded.Append('i'),
                    'ſ' => folded.Append('s'),
                    'ς' => folded.Append('σ'),
                    _ => folded.Append(letter),
                };
        return folded.ToString();
    }

    // Half of a surrogate pair, which no normalization takes, becomes the replacement character, as in the database.
    private static string Whole(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
