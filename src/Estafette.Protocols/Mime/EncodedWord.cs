using System.Text;

namespace Estafette.Protocols.Mime;

/// <summary>Encoded words (RFC 2047): UTF-8, Q or B whichever is shorter, 75 characters each, whole characters only.</summary>
internal static class EncodedWord
{
    private const string PrefixQ = "=?utf-8?Q?";
    private const string PrefixB = "=?utf-8?B?";
    private const int Frame = 12;
    private const int MaxWord = 75;

    // RFC 2047 §2: a line with an encoded word holds at most 76 characters.
    private const int MaxLine = 76;

    /// <summary>Adds <paramref name="text"/> as one or several encoded words; blanks between them vanish when read (RFC 2047 §6.2).</summary>
    internal static void Write(ref HeaderLine line, string text, bool phrase)
    {
        var (utf8, quoted) = Measure(text, phrase);
        var useQ = quoted <= (utf8 + 2) / 3 * 4;
        Span<byte> bytes = stackalloc byte[64];
        Span<char> word = stackalloc char[MaxWord + 1];
        var rest = text.AsSpan();
        var first = true;
        while (!rest.IsEmpty)
        {
            var leading = line.IsFirst ? 0 : 1;
            // A word of at least four characters of four bytes must fit, else the next line begins at once.
            if (!first || MaxLine - line.Column - leading < Frame + 12)
                line.Fold();
            else if (!line.IsFirst)
                line.Space();
            first = false;
            var room = Math.Min(MaxWord, MaxLine - line.Column) - Frame;
            var taken = useQ ? TakeQ(ref line, rest, room, phrase, word) : TakeB(ref line, rest, room, bytes, word);
            rest = rest[taken..];
        }
    }

    private static (int Utf8, int Quoted) Measure(string text, bool phrase)
    {
        var utf8 = 0;
        var quoted = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            utf8 += rune.Utf8SequenceLength;
            quoted += IsQLiteral(rune, phrase) ? 1 : 3 * rune.Utf8SequenceLength;
        }
        return (utf8, quoted);
    }

    private static int TakeQ(ref HeaderLine line, ReadOnlySpan<char> text, int room, bool phrase, Span<char> word)
    {
        Span<byte> utf8 = stackalloc byte[4];
        var length = 0;
        var taken = 0;
        while (taken < text.Length)
        {
            _ = Rune.DecodeFromUtf16(text[taken..], out var rune, out var used);
            var literal = IsQLiteral(rune, phrase);
            if (length + (literal ? 1 : 3 * rune.Utf8SequenceLength) > room)
                break;
            if (literal)
            {
                word[length++] = rune.Value == ' ' ? '_' : (char)rune.Value;
            }
            else
            {
                var count = rune.EncodeToUtf8(utf8);
                foreach (var b in utf8[..count])
                {
                    word[length++] = '=';
                    b.TryFormat(word[length..], out var hex, "X2");
                    length += hex;
                }
            }
            taken += used;
        }
        Emit(ref line, PrefixQ, word[..length]);
        return taken;
    }

    private static int TakeB(ref HeaderLine line, ReadOnlySpan<char> text, int room, Span<byte> bytes, Span<char> word)
    {
        var limit = Math.Min(bytes.Length, room / 4 * 3);
        var length = 0;
        var taken = 0;
        while (taken < text.Length)
        {
            _ = Rune.DecodeFromUtf16(text[taken..], out var rune, out var used);
            if (length + rune.Utf8SequenceLength > limit)
                break;
            length += rune.EncodeToUtf8(bytes[length..]);
            taken += used;
        }
        Convert.TryToBase64Chars(bytes[..length], word, out var written);
        Emit(ref line, PrefixB, word[..written]);
        return taken;
    }

    private static void Emit(ref HeaderLine line, string prefix, ReadOnlySpan<char> word)
    {
        line.Raw(prefix);
        line.Raw(word);
        line.Raw("?=");
    }

    // RFC 2047 §4.2, and §5 (3) for words inside a phrase.
    private static bool IsQLiteral(Rune rune, bool phrase)
    {
        if (!rune.IsAscii)
            return false;
        var c = (char)rune.Value;
        if (c == ' ' || char.IsAsciiLetterOrDigit(c))
            return true;
        return phrase ? c is '!' or '*' or '+' or '-' or '/' : c is > ' ' and <= '~' and not ('=' or '?' or '_');
    }
}
