using System.Text;

namespace Estafette.Protocols.Callbacks;

/// <summary>One call of a provider, as it came.</summary>
/// <param name="Url">The whole public address that the provider called, query included; built from the configured base, not from Host.</param>
/// <param name="Headers">Header fields; names are compared without regard to case, whatever the lookup does.</param>
/// <param name="Body">The body's raw bytes, before any decoding: signatures cover them.</param>
/// <param name="ReceivedAt">When it came; the ages of signatures are counted to here.</param>
public sealed record CallbackRequest(string Url, ILookup<string, string> Headers, ReadOnlyMemory<byte> Body, DateTimeOffset ReceivedAt)
{
    /// <summary>Header fields from pairs, for <see cref="Headers"/>.</summary>
    public static ILookup<string, string> HeadersFrom(IEnumerable<KeyValuePair<string, string>> pairs) =>
        pairs.ToLookup(p => p.Key, p => p.Value, StringComparer.OrdinalIgnoreCase);

    /// <summary>Parameters of the query, decoded, in their order.</summary>
    internal FormBody Query => FormBody.Parse(QueryText());

    internal bool HasJsonBody => HeaderValues("Content-Type").Any(t => t.Contains("json", StringComparison.OrdinalIgnoreCase));

    internal IEnumerable<string> HeaderValues(string name) =>
        Headers.Where(h => h.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).SelectMany(h => h);

    /// <summary>The value of a header that must stand exactly once: two of them leave open which one was signed.</summary>
    internal string? SingleHeader(string name, out string? refusal)
    {
        var values = HeaderValues(name).Take(2).ToList();
        refusal = values.Count switch
        {
            1 => null,
            0 => $"The header {name} is missing.",
            _ => $"The header {name} stands more than once.",
        };
        return refusal is null ? values[0].Trim() : null;
    }

    /// <summary>Left out of logs: headers and address hold credentials.</summary>
    private bool PrintMembers(StringBuilder text)
    {
        text.Append(Body.Length).Append(" bytes");
        return true;
    }

    private string QueryText()
    {
        var mark = Url.IndexOf('?', StringComparison.Ordinal);
        return mark < 0 ? "" : Url[(mark + 1)..].Split('#')[0];
    }
}
