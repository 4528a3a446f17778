using System.Text;

namespace Estafette.Protocols.Mime;

/// <summary>Decodes encoded words in a field value (RFC 2047 §6); what is no well-formed word stays as written.</summary>
internal static class EncodedWordReader
{
    internal static string Decode(string value)
    {
        if (!value.Contains("=?", StringComparison.Ordinal))
            return value;
        var output = new StringBuilder(value.Length);
        var pending = new List<byte>();
        var charset = "";
        var rest = value.AsSpan();
        while (!rest.IsEmpty)
        {
            var start = rest.IndexOf("=?");
            if (start < 0)
                break;
            if (!TryWord(rest[start..], out var length, out var name, out var bytes))
            {
                Flush(output, pending, charset);
                output.Append(rest[..(start + 2)]);
                rest = rest[(start + 2)..];
                continue;
            }
            // §6.2: white space between two encoded words is not shown; words in one charset are joined before decoding.
            var between = rest[..start];
            if (pending.Count == 0 || between.ContainsAnyExcept(' ', '\t'))
            {
                Flush(output, pending, charset);
                output.Append(between);
            }
            else if (!name.Equals(charset, StringComparison.OrdinalIgnoreCase))
            {
                Flush(output, pending, charset);
            }
            charset = name;
            pending.AddRange(bytes);
            rest = rest[(start + length)..];
        }
        Flush(output, pending, charset);
        return output.Append(rest).ToString();
    }

    private static void Flush(StringBuilder output, List<byte> pending, string charset)
    {
        if (pending.Count == 0)
            return;
        output.Append(MimeCharset.Decode(pending.ToArray(), charset));
        pending.Clear();
    }

    // =?charset?encoding?text?=, charset may carry a language after '*' (RFC 2231 §5).
    private static bool TryWord(ReadOnlySpan<char> text, out int length, out string charset, out byte[] bytes)
    {
        length = 0;
        charset = "";
        bytes = [];
        var head = text[2..];
        var first = head[..Math.Min(head.Length, 64)].IndexOf('?');
        if (first <= 0 || first + 2 >= head.Length || head[first + 2] != '?')
            return false;
        var content = head[(first + 3)..];
        var end = content[..Math.Min(content.Length, 2000)].IndexOf("?=");
        if (end < 0 || content[..end].ContainsAny(' ', '\t') || content[..end].ContainsAnyExceptInRange('!', '~'))
            return false;
        var raw = Encoding.ASCII.GetBytes(content[..end].ToString());
        switch (head[first + 1])
        {
            case 'Q' or 'q':
                bytes = TransferDecoder.QuotedPrintable(raw, underscoreIsSpace: true);
                break;
            case 'B' or 'b':
                bytes = TransferDecoder.Base64(raw);
                break;
            default:
                return false;
        }
        var name = head[..first];
        var language = name.IndexOf('*');
        charset = (language > 0 ? name[..language] : name).ToString();
        length = 2 + first + 3 + end + 2;
        return true;
    }
}
