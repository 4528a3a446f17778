namespace Estafette.Protocols.Bounces;

/// <summary>What the writer of a mail says: the lines before the quotation, without quoted lines.</summary>
/// <param name="Opening">Its beginning in the form of the rules, at most 1,500 characters.</param>
/// <param name="Length">Length of all of it, in characters.</param>
internal sealed record OwnWords(string Opening, int Length)
{
    private const int MaxOpening = 1500;

    internal static OwnWords Of(string text)
    {
        var kept = new System.Text.StringBuilder();
        var length = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            // ">>>" begins a line of an SMTP transcript, not a quotation.
            if (line.StartsWith('>') && !line.StartsWith(">>>"))
                continue;
            if (BeginsQuotation(line))
                break;
            length += line.Length;
            if (kept.Length < MaxOpening)
                kept.Append(line[..Math.Min(line.Length, MaxOpening)]).Append('\n');
        }
        return new OwnWords(ReplyText.Fold(kept.ToString()), length);
    }

    private static bool BeginsQuotation(ReadOnlySpan<char> line)
    {
        line = line.Trim();
        return line.Length is > 4 and < 300
            && (
                line.StartsWith("-----Original", StringComparison.OrdinalIgnoreCase)
                || line.StartsWith("-----Message d'origine", StringComparison.OrdinalIgnoreCase)
                || line.StartsWith("________________________________", StringComparison.Ordinal)
                || (line.StartsWith("On ", StringComparison.Ordinal) && line.EndsWith("wrote:", StringComparison.Ordinal))
                || (
                    line.StartsWith("Le ", StringComparison.Ordinal)
                    && line.TrimEnd(":").TrimEnd().EndsWith("crit", StringComparison.Ordinal)
                )
                || (
                    line.StartsWith("Am ", StringComparison.Ordinal)
                    && line.Contains("schrieb", StringComparison.Ordinal)
                    && line.EndsWith(':')
                )
                || (
                    line.StartsWith("El ", StringComparison.Ordinal)
                    && line.Contains("escribi", StringComparison.Ordinal)
                    && line.EndsWith(':')
                )
                || (line.StartsWith("Il ", StringComparison.Ordinal) && line.EndsWith("scritto:", StringComparison.Ordinal))
                || (
                    line.StartsWith("Op ", StringComparison.Ordinal)
                    && line.Contains("schreef", StringComparison.Ordinal)
                    && line.EndsWith(':')
                )
            );
    }
}
