using System.Text;

namespace Estafette.Protocols.Mime;

/// <summary>Parameters of Content-Type and Content-Disposition (RFC 2045 §5.1, RFC 2231).</summary>
internal static class HeaderParameter
{
    // What fits on one folded line beside the parameter name.
    private const int MaxLine = 76;

    internal static void Write(ref HeaderLine line, string name, string value, bool last)
    {
        var end = last ? "" : ";";
        var ascii = !value.AsSpan().ContainsAnyExceptInRange(' ', '~');
        var simple = Simple(name, value);
        if (ascii && simple.Length + 2 <= MaxLine)
        {
            line.Word(simple + end);
            return;
        }
        WriteExtended(ref line, name, value, end);
    }

    private static string Simple(string name, string value)
    {
        // RFC 2045 §5.1: a token needs no quotes.
        var token = value.Length > 0 && !value.Any(c => c is <= ' ' or > '~' || "()<>@,;:\\\"/[]?=".Contains(c));
        return token
            ? $"{name}={value}"
            : $"{name}=\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
    }

    // RFC 2231 §4.1: name*0*=utf-8''...; name*1*=...; whole characters in each section.
    private static void WriteExtended(ref HeaderLine line, string name, string value, string end)
    {
        var sections = new List<string>();
        var section = new StringBuilder();
        var room = MaxLine - name.Length - 16;
        foreach (var rune in value.EnumerateRunes())
        {
            var piece = Percent(rune);
            if (section.Length + piece.Length > room)
            {
                sections.Add(section.ToString());
                section.Clear();
            }
            section.Append(piece);
        }
        sections.Add(section.ToString());
        if (sections.Count == 1)
        {
            line.Word($"{name}*=utf-8''{sections[0]}{end}");
            return;
        }
        for (var i = 0; i < sections.Count; i++)
            line.Word($"{name}*{i}*={(i == 0 ? "utf-8''" : "")}{sections[i]}{(i + 1 < sections.Count ? ";" : end)}");
    }

    private static string Percent(Rune rune)
    {
        // RFC 2231 §7, attribute-char: token characters without * ' %
        if (rune.IsAscii && (char.IsAsciiLetterOrDigit((char)rune.Value) || "!#$&+-.^_`{|}~".Contains((char)rune.Value)))
            return rune.ToString();
        Span<byte> utf8 = stackalloc byte[4];
        var length = rune.EncodeToUtf8(utf8);
        var text = new StringBuilder(12);
        foreach (var b in utf8[..length])
            text.Append('%').Append(b.ToString("X2"));
        return text.ToString();
    }
}
