using System.Globalization;
using System.Text;

namespace Estafette.Protocols.Mime;

/// <summary>Reads a field of the form <c>value; name=value; ...</c> (RFC 2045 §5.1) with the extensions of RFC 2231.</summary>
internal static class MimeParameters
{
    private const int MaxSections = 1000;

    private static readonly Dictionary<string, string> None = [];

    internal static (string Value, IReadOnlyDictionary<string, string> Parameters) Parse(string field)
    {
        var at = 0;
        var value = ReadUntil(field, ref at, ';').Trim().ToLowerInvariant();
        if (at >= field.Length)
            return (value, None);
        var sections = new List<(string Name, int Section, bool Extended, string Value)>();
        while (at < field.Length && sections.Count < MaxSections)
        {
            at++;
            var name = ReadUntil(field, ref at, '=', ';').Trim().ToLowerInvariant();
            if (at >= field.Length || field[at] == ';')
                continue;
            at++;
            var text = ReadValue(field, ref at);
            if (name.Length > 0)
                sections.Add(Split(name, text));
        }
        return (value, Join(sections));
    }

    private static string ReadUntil(string field, ref int at, char stop, char or = '\0')
    {
        var start = at;
        while (at < field.Length && field[at] != stop && (or == '\0' || field[at] != or))
            at++;
        return field[start..at];
    }

    private static string ReadValue(string field, ref int at)
    {
        while (at < field.Length && field[at] is ' ' or '\t')
            at++;
        if (at >= field.Length || field[at] != '"')
            return ReadUntil(field, ref at, ';').Trim();
        var text = new StringBuilder();
        for (at++; at < field.Length && field[at] != '"'; at++)
        {
            if (field[at] == '\\' && at + 1 < field.Length)
                at++;
            text.Append(field[at]);
        }
        ReadUntil(field, ref at, ';');
        return text.ToString();
    }

    // RFC 2231 §3 and §4: name*, name*0, name*0*
    private static (string Name, int Section, bool Extended, string Value) Split(string name, string value)
    {
        var extended = name.EndsWith('*');
        if (extended)
            name = name[..^1];
        var star = name.IndexOf('*', StringComparison.Ordinal);
        if (star > 0 && int.TryParse(name.AsSpan(star + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var section))
            return (name[..star], section, extended, value);
        return (name, -1, extended, value);
    }

    private static Dictionary<string, string> Join(List<(string Name, int Section, bool Extended, string Value)> sections)
    {
        var result = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var group in sections.GroupBy(s => s.Name))
        {
            // An extended form is preferred to a plain one of the same name (RFC 6266 §4.3 says so for HTTP).
            var parts = group.Where(s => s.Section >= 0).OrderBy(s => s.Section).ToArray();
            if (parts.Length == 0)
                parts = [group.FirstOrDefault(s => s.Extended) is { Name: not null } e ? e : group.First()];
            result[group.Key] = Combine(parts);
        }
        return result;
    }

    private static string Combine((string Name, int Section, bool Extended, string Value)[] parts)
    {
        if (!parts.Any(p => p.Extended))
            return string.Concat(parts.Select(p => p.Value));
        var charset = "utf-8";
        var bytes = new List<byte>();
        for (var i = 0; i < parts.Length; i++)
        {
            var text = parts[i].Value;
            if (i == 0 && parts[i].Extended && text.Split('\'', 3) is [var name, _, var rest])
            {
                charset = name.Length == 0 ? charset : name;
                text = rest;
            }
            if (parts[i].Extended)
                bytes.AddRange(TransferDecoder.QuotedPrintable(Encoding.UTF8.GetBytes(text.Replace('%', '=')), underscoreIsSpace: false));
            else
                bytes.AddRange(Encoding.UTF8.GetBytes(text));
        }
        return MimeCharset.Decode(bytes.ToArray(), charset);
    }
}
