using System.Net;
using System.Text;
using System.Text.Unicode;
using Estafette.Protocols.Mime;

namespace Estafette.Protocols.Bounces;

/// <summary>Readable text of a message: its plain parts, else its HTML parts without the marks.</summary>
internal static class ReportText
{
    private const int MaxTextParts = 4;

    internal static string Of(IReadOnlyList<MimePart> parts)
    {
        var text = Join(parts, "text/plain", static t => t);
        return string.IsNullOrWhiteSpace(text) ? Join(parts, "text/html", FromHtml) : text;
    }

    /// <summary>A part as text; without a charset UTF-8 where it is that, else windows-1252.</summary>
    internal static string Decode(MimePart part)
    {
        var bytes = part.DecodeBody();
        return MimeCharset.Decode(bytes, part.TypeParameter("charset") ?? (Utf8.IsValid(bytes) ? "utf-8" : "windows-1252"));
    }

    /// <summary>Header fields at the start of a text.</summary>
    internal static MimePart ReadHeader(string text)
    {
        text = text.TrimStart('\r', '\n', ' ', '\t', '-');
        var end = text.IndexOf("\n\n", StringComparison.Ordinal);
        var other = text.IndexOf("\n\r\n", StringComparison.Ordinal);
        end = end < 0 || (other >= 0 && other < end) ? other : end;
        text = text[..Math.Min(end < 0 ? text.Length : end + 1, ReplyText.MaxLength)];
        return MimeReader.Read(Encoding.UTF8.GetBytes(text));
    }

    private static string Join(IReadOnlyList<MimePart> parts, string type, Func<string, string> read)
    {
        var text = "";
        var count = 0;
        foreach (var part in parts)
        {
            if (part.ContentType != type)
                continue;
            var piece = read(Decode(part));
            text = text.Length == 0 ? piece : text + "\n" + piece;
            if (++count == MaxTextParts || text.Length > ReplyText.MaxLength)
                break;
        }
        return text.Length > ReplyText.MaxLength ? text[..ReplyText.MaxLength] : text;
    }

    private static string FromHtml(string html)
    {
        var text = new StringBuilder(Math.Min(html.Length, ReplyText.MaxLength));
        for (var i = 0; i < html.Length && text.Length < ReplyText.MaxLength; i++)
        {
            if (html[i] != '<')
            {
                text.Append(html[i] is '\r' or '\n' ? ' ' : html[i]);
                continue;
            }
            var end = html.IndexOf('>', i);
            if (end < 0)
                break;
            var tag = html.AsSpan(i + 1, end - i - 1).TrimStart('/');
            if (IsHidden(tag) && html[i + 1] != '/')
            {
                var close = html.IndexOf(
                    tag[0] is 's' or 'S' && tag[1] is 'c' or 'C' ? "</script" : "</style",
                    end,
                    StringComparison.OrdinalIgnoreCase
                );
                if (close < 0)
                    break;
                i = close;
                end = html.IndexOf('>', close);
                if (end < 0)
                    break;
            }
            if (BreaksLine(tag))
                text.Append('\n');
            i = end;
        }
        return WebUtility.HtmlDecode(text.ToString());
    }

    private static bool IsHidden(ReadOnlySpan<char> tag) =>
        tag.StartsWith("script", StringComparison.OrdinalIgnoreCase) || tag.StartsWith("style", StringComparison.OrdinalIgnoreCase);

    private static bool BreaksLine(ReadOnlySpan<char> tag)
    {
        var end = tag.IndexOfAnyExceptInRange('0', 'z');
        return (end < 0 ? tag : tag[..end]).ToString().ToLowerInvariant()
            is "br"
                or "p"
                or "div"
                or "tr"
                or "li"
                or "ul"
                or "ol"
                or "table"
                or "td"
                or "h1"
                or "h2"
                or "h3"
                or "h4"
                or "pre"
                or "blockquote"
                or "hr";
    }
}
