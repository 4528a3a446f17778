namespace Estafette.Protocols.Spf;

/// <summary>A record as it was written, term by term.</summary>
/// <param name="Text">The record.</param>
/// <param name="Terms">Terms that could be read, in order.</param>
/// <param name="Faults">Faults, in order; a single one makes the whole record a permanent error (RFC 7208 §4.6).</param>
public sealed record SpfRecord(string Text, IReadOnlyList<SpfTerm> Terms, IReadOnlyList<SpfFault> Faults)
{
    internal const string Version = "v=spf1";

    /// <summary>Mechanisms, in the order they are tried.</summary>
    public IEnumerable<SpfTerm> Mechanisms => Terms.Where(t => t.IsMechanism);

    /// <summary>Where the check goes on when nothing matched; null when there is none or an <c>all</c> hides it (RFC 7208 §6.1).</summary>
    public SpfTerm? Redirect =>
        Terms.Any(t => t.Kind == SpfTermKind.All) ? null : Terms.FirstOrDefault(t => t.Kind == SpfTermKind.Redirect);

    /// <summary>Where the text for a fail is, or null.</summary>
    public SpfTerm? Explanation => Terms.FirstOrDefault(t => t.Kind == SpfTermKind.Explanation);

    /// <summary>Whether a TXT record is an SPF record: "v=spf1" and then a space or the end (RFC 7208 §4.5).</summary>
    public static bool IsSpf(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.StartsWith(Version, StringComparison.OrdinalIgnoreCase)
            && (text.Length == Version.Length || text[Version.Length] == ' ');
    }

    /// <summary>Reads a record; what the grammar does not allow becomes a fault.</summary>
    /// <exception cref="ArgumentException">The text is no SPF record at all (<see cref="IsSpf"/>).</exception>
    public static SpfRecord Parse(string text)
    {
        if (!IsSpf(text))
            throw new ArgumentException("Reading an SPF record: it does not begin with \"v=spf1\".", nameof(text));
        var terms = new List<SpfTerm>();
        var faults = new List<SpfFault>();
        var at = Version.Length;
        while (at < text.Length)
        {
            var end = text.IndexOf(' ', at);
            end = end < 0 ? text.Length : end;
            if (end > at)
                SpfTermReader.Read(text[at..end], at, terms, faults);
            at = end + 1;
        }
        foreach (var kind in (SpfTermKind[])[SpfTermKind.Redirect, SpfTermKind.Explanation])
        {
            foreach (var second in terms.Where(t => t.Kind == kind).Skip(1))
                faults.Add(new SpfFault(second.Position, second.Text, "stands there a second time"));
        }
        return new SpfRecord(text, terms, faults);
    }
}
