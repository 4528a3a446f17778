using System.Globalization;
using System.Text;

namespace Estafette.Protocols.Imap;

/// <summary>What a FETCH response says of one message (RFC 3501 §7.4.2).</summary>
internal sealed record ImapItems(uint? Uid, long? Bytes, IReadOnlyList<string> Flags, DateTimeOffset? Received, ImapValue? Text)
{
    /// <summary>Reads a response; null when it is another one.</summary>
    public static ImapItems? Read(ImapResponse response)
    {
        if (response.Values is not [_, var word, { Kind: ImapKind.List, Items: var values }] || !word.Is("FETCH"))
        {
            return null;
        }

        var items = new ImapItems(null, null, [], null, null);
        for (var i = 0; i + 1 < values.Length; i += 2)
        {
            var value = values[i + 1];
            items = values[i].Text.ToUpperInvariant() switch
            {
                "UID" => items with { Uid = value.Number },
                "RFC822.SIZE" => items with
                {
                    Bytes = long.TryParse(value.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : null,
                },
                "FLAGS" => items with { Flags = [.. value.Items.Select(f => f.Text)] },
                "INTERNALDATE" => items with { Received = Time(value.Text) },
                var name when name.StartsWith("BODY[", StringComparison.Ordinal) => items with { Text = value },
                _ => items,
            };
        }

        return items;
    }

    // RFC 3501 §9, date-time: " 2-Mar-2026 09:00:00 +0100".
    private static DateTimeOffset? Time(string text) =>
        DateTimeOffset.TryParseExact(
            text.Trim(),
            "d-MMM-yyyy HH:mm:ss zzz",
            CultureInfo.InvariantCulture,
            DateTimeStyles.None,
            out var time
        )
            ? time
            : null;
}

/// <summary>UIDs as a set for a command: runs as <c>3:7</c>, in lines that servers take (RFC 3501 §9, sequence-set).</summary>
internal static class ImapSet
{
    // RFC 7162 §4: a line of a client should stay below 8192 octets.
    private const int MaxChars = 4000;

    public static IEnumerable<string> Of(IReadOnlyCollection<uint> uids)
    {
        var set = new StringBuilder();
        foreach (var (first, last) in Runs(uids))
        {
            set.Append(set.Length == 0 ? "" : ",").Append(CultureInfo.InvariantCulture, $"{first}");
            _ = last == first ? set : set.Append(CultureInfo.InvariantCulture, $":{last}");
            if (set.Length > MaxChars)
            {
                yield return set.ToString();
                set.Clear();
            }
        }

        if (set.Length > 0)
        {
            yield return set.ToString();
        }
    }

    private static IEnumerable<(uint First, uint Last)> Runs(IReadOnlyCollection<uint> uids)
    {
        uint? first = null;
        uint last = 0;
        foreach (var uid in uids.Distinct().Order())
        {
            if (first is { } begun && uid != last + 1)
            {
                yield return (begun, last);
                first = uid;
            }

            first ??= uid;
            last = uid;
        }

        if (first is { } open)
        {
            yield return (open, last);
        }
    }
}
