using System.Buffers;
using System.Globalization;
using System.Text;

namespace Estafette.Protocols.Bounces;

/// <summary>
/// Brings texts of servers into the one form rules are written in: lower case, without accents, one space between words, straight quotes and
/// dashes, every mail address replaced by <c>@</c> (a name like nospam@ must not look like a reason), and the code that begins each line of a
/// multi-line reply (RFC 5321 §4.2.1) only once.
/// </summary>
internal static class ReplyText
{
    /// <summary>Longest text that is looked at, in characters.</summary>
    internal const int MaxLength = 64 * 1024;

    internal static string Fold(ReadOnlySpan<char> text)
    {
        if (text.Length > MaxLength)
            text = text[..MaxLength];
        if (Ascii.IsValid(text))
            return FoldAscii(text);
        return FoldAscii(WithoutAccents(text));
    }

    private static string FoldAscii(ReadOnlySpan<char> text)
    {
        var output = ArrayPool<char>.Shared.Rent(text.Length + 1);
        try
        {
            return new string(output.AsSpan(0, Fold(text, output)));
        }
        finally
        {
            ArrayPool<char>.Shared.Return(output);
        }
    }

    private static int Fold(ReadOnlySpan<char> text, Span<char> output)
    {
        var length = 0;
        var firstCode = -1;
        var atStart = true;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c <= ' ' || c == '\u00A0' || c == '\u3000' || c == '\u007F')
            {
                atStart = true;
                if (length > 0 && output[length - 1] != ' ')
                    output[length++] = ' ';
                continue;
            }
            if (atStart && c is '4' or '5' && Code(text[i..]) is > 0 and var code)
            {
                if (firstCode < 0)
                {
                    firstCode = code;
                }
                else if (code == firstCode)
                {
                    i += Continuation(text[i..]) - 1;
                    continue;
                }
            }
            atStart = false;
            if (c == '@' && length > 0)
            {
                while (length > 0 && IsOfAddress(output[length - 1]))
                    length--;
                output[length++] = '@';
                while (i + 1 < text.Length && (char.IsLetterOrDigit(text[i + 1]) || text[i + 1] is '.' or '-' or '_'))
                    i++;
                // A full stop after an address ends the sentence.
                if (text[i] == '.')
                    i--;
                continue;
            }
            output[length++] = char.IsAscii(c) ? char.ToLowerInvariant(c) : Plain(c);
        }
        return length > 0 && output[length - 1] == ' ' ? length - 1 : length;
    }

    private static bool IsOfAddress(char c) =>
        c > ' ' && c is not ('<' or '>' or '(' or ')' or '[' or ']' or '"' or '\'' or ',' or ';' or ':' or '@');

    /// <summary>Code at the start of a line of a reply: three digits followed by a hyphen or a space.</summary>
    private static int Code(ReadOnlySpan<char> text) =>
        text.Length > 4 && char.IsAsciiDigit(text[1]) && char.IsAsciiDigit(text[2]) && text[3] is '-' or ' '
            ? ((text[0] - '0') * 100) + ((text[1] - '0') * 10) + (text[2] - '0')
            : -1;

    /// <summary>Length of "550-" or "550-5.1.1 " at the start of a text.</summary>
    private static int Continuation(ReadOnlySpan<char> text)
    {
        var rest = text[4..];
        if (rest is not ['4' or '5', '.', ..])
            return 4;
        var end = rest.IndexOfAnyExceptInRange('.', '9');
        return end > 4 && rest[end] == ' ' ? 4 + end : 4;
    }

    private static char Plain(char c) =>
        c switch
        {
            '\u2018' or '\u2019' or '\u02BC' or '\u00B4' => '\'',
            '\u201C' or '\u201D' or '\u00AB' or '\u00BB' => '"',
            '\u2010' or '\u2011' or '\u2012' or '\u2013' or '\u2014' => '-',
            '\u2028' or '\u2029' or '\u202F' => ' ',
            _ => char.ToLowerInvariant(c),
        };

    private static string WithoutAccents(ReadOnlySpan<char> text)
    {
        var form = text.ToString();
        try
        {
            form = form.Normalize(NormalizationForm.FormKD);
        }
        catch (ArgumentException)
        {
            // Lone surrogates have no normal form; such a text is read as it is.
            return form;
        }
        var plain = new StringBuilder(form.Length);
        foreach (var c in form)
        {
            if (char.IsAscii(c))
                plain.Append(c);
            else if (CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark && c != '\u00AD' && c != '\u200B')
                plain.Append(
                    c == '\u00DF' ? "ss"
                    : c == '\u0142' ? "l"
                    : c == '\u0141' ? "l"
                    : c == '\u00F8' ? "o"
                    : c.ToString()
                );
        }
        return plain.Length > MaxLength ? plain.ToString(0, MaxLength) : plain.ToString();
    }
}
