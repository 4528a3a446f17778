using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;

namespace Estafette.Protocols.Mime;

/// <summary>Writes text as quoted-printable UTF-8 (RFC 2045 §6.7) straight into a message, in any number of pieces.</summary>
/// <remarks>
/// Lines hold at most 76 characters (rule 5); line ends of every kind become CRLF (rule 4); white space never ends a line (rule 3).
/// A dot or an F at the start of a line is encoded, so that neither SMTP transparency (RFC 5321 §4.5.2) nor a mailbox file
/// ("From ") alters a signed body. Lone surrogates become U+FFFD. A character is never split over two lines, pieces are
/// joined as if they had been one text: a CR LF pair or a surrogate pair may be cut between two calls.
/// </remarks>
public sealed class QuotedPrintableWriter
{
    // One column stays free for the '=' of a soft line break.
    private const int MaxColumn = 75;

    // RFC 2045 §6.7 rule 2: 33-60 and 62-126; rule 3: space and tab inside a line.
    private static readonly SearchValues<char> Literal = SearchValues.Create([
        .. Enumerable.Range(32, 95).Select(c => (char)c).Where(c => c != '='),
        '\t',
    ]);

    private readonly MimeBuffer _output;
    private int _column;
    private bool _afterCr;
    private char _high;

    /// <summary>Starts at column 0 of <paramref name="output"/>: what stands before must end with CRLF.</summary>
    public QuotedPrintableWriter(MimeBuffer output)
    {
        ArgumentNullException.ThrowIfNull(output);
        _output = output;
    }

    internal int Column => _column;

    internal bool EndsWithCr => _afterCr;

    /// <summary>Appends text.</summary>
    public void Write(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
            return;
        if (_high != '\0')
            text = JoinSurrogates(text);
        while (!text.IsEmpty)
        {
            var run = text.IndexOfAnyExcept(Literal);
            if (run != 0)
            {
                WriteLiteral(run < 0 ? text : text[..run]);
                if (run < 0)
                    return;
                text = text[run..];
            }
            text = text[WriteSpecial(text)..];
        }
    }

    /// <summary>Appends a constant: a soft line break when the line is not empty, then a copy.</summary>
    public void WriteBlock(QpBlock block)
    {
        ArgumentNullException.ThrowIfNull(block);
        Write(block.Head);
        if (block.Body.Length > 0)
        {
            FlushSurrogate();
            if (_column > 0)
                _output.Write("=\r\n"u8);
            _output.Write(block.Body);
            _column = block.EndColumn;
            _afterCr = block.EndsWithCr;
        }
        if (block.Tail != '\0')
        {
            FlushSurrogate();
            _high = block.Tail;
            _afterCr = false;
        }
    }

    /// <summary>Ends the body: trailing white space is encoded; no line end is added. The writer is ready for the next body.</summary>
    public void Finish()
    {
        FlushSurrogate();
        ProtectTrailingSpace();
        _column = 0;
        _afterCr = false;
    }

    private void WriteLiteral(ReadOnlySpan<char> run)
    {
        _afterCr = false;
        while (!run.IsEmpty)
        {
            if (_column >= MaxColumn)
                SoftBreak();
            if (_column == 0 && run[0] is '.' or 'F')
            {
                WriteEncoded((byte)run[0]);
                run = run[1..];
                continue;
            }
            var count = Math.Min(run.Length, MaxColumn - _column);
            var target = _output.GetSpan(count);
            Ascii.FromUtf16(run[..count], target, out _);
            _output.Advance(count);
            _column += count;
            run = run[count..];
        }
    }

    // Writes the first character of the text, which is not literal, and says how many UTF-16 units it took.
    private int WriteSpecial(ReadOnlySpan<char> text)
    {
        var c = text[0];
        if (c is '\r' or '\n')
        {
            if (c == '\r' || !_afterCr)
            {
                ProtectTrailingSpace();
                _output.Write("\r\n"u8);
                _column = 0;
            }
            _afterCr = c == '\r';
            return 1;
        }
        _afterCr = false;
        if (char.IsHighSurrogate(c) && text.Length == 1)
        {
            _high = c;
            return 1;
        }
        _ = Rune.DecodeFromUtf16(text, out var rune, out var used);
        WriteRune(rune);
        return used;
    }

    private ReadOnlySpan<char> JoinSurrogates(ReadOnlySpan<char> text)
    {
        var high = _high;
        _high = '\0';
        if (char.IsLowSurrogate(text[0]))
        {
            WriteRune(new Rune(high, text[0]));
            return text[1..];
        }
        WriteRune(Rune.ReplacementChar);
        return text;
    }

    /// <summary>Writes a high surrogate that waited in vain for its other half.</summary>
    internal void FlushSurrogate()
    {
        if (_high == '\0')
            return;
        _high = '\0';
        WriteRune(Rune.ReplacementChar);
    }

    private void WriteRune(Rune rune)
    {
        _afterCr = false;
        Span<byte> utf8 = stackalloc byte[4];
        var length = rune.EncodeToUtf8(utf8);
        if (_column + (3 * length) > MaxColumn)
            SoftBreak();
        foreach (var b in utf8[..length])
            WriteEncoded(b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void WriteEncoded(byte value)
    {
        var target = _output.GetSpan(3);
        target[0] = (byte)'=';
        target[1] = HexDigit(value >> 4);
        target[2] = HexDigit(value & 15);
        _output.Advance(3);
        _column += 3;
    }

    // RFC 2045 §6.7 rule 1: upper-case letters.
    private static byte HexDigit(int value) => (byte)(value < 10 ? '0' + value : 'A' - 10 + value);

    private void SoftBreak()
    {
        _output.Write("=\r\n"u8);
        _column = 0;
    }

    // RFC 2045 §6.7 rule 3: white space at the end of a line is encoded. The byte written last is looked at again, so no state is needed.
    private void ProtectTrailingSpace()
    {
        if (_column == 0)
            return;
        var last = _output.WrittenSpan[^1];
        if (last is not ((byte)' ' or (byte)'\t'))
            return;
        _output.Retract(1);
        _column--;
        if (_column + 3 > MaxColumn)
            SoftBreak();
        WriteEncoded(last);
    }
}
