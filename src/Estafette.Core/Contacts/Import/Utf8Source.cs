using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;

namespace Estafette.Core.Contacts.Import;

/// <summary>
/// A file as UTF-8, whatever its encoding, through one buffer that grows only as far as the longest row. Positions are those of the
/// file: the byte offset in its own encoding and the line.
/// </summary>
internal sealed class Utf8Source : IDisposable
{
    private const int InitialBytes = 256 * 1024;

    private readonly Stream _file;
    private readonly FileEncoding _encoding;
    private readonly byte[] _raw = [];
    private byte[] _buffer = new byte[InitialBytes];
    private int _rawCount;
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>Reads from <paramref name="offset"/> on, which lies after <paramref name="lines"/> line ends.</summary>
    public Utf8Source(Stream file, FileEncoding encoding, long offset = 0, long lines = 0)
    {
        (_file, _encoding, Offset, Line) = (file, encoding, offset, lines + 1);
        if (encoding != FileEncoding.Utf8)
            _raw = new byte[InitialBytes / 4];
        file.Position = offset;
        if (offset == 0)
            SkipByteOrderMark();
    }

    /// <summary>Offset in the file of the first unread byte.</summary>
    public long Offset { get; private set; }

    /// <summary>Line of the first unread byte, from 1.</summary>
    public long Line { get; private set; }

    /// <summary>What is in the buffer and not consumed.</summary>
    public ReadOnlySpan<byte> Unread => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Reads more behind <see cref="Unread"/>; false at the end of the file.</summary>
    public bool Fill()
    {
        if (_ended)
            return false;
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        if (_buffer.Length - _end < InitialBytes / 2)
            Array.Resize(ref _buffer, _buffer.Length * 2);
        var before = _end;
        do
        {
            if (_encoding == FileEncoding.Utf8)
                ReadUtf8();
            else
                ReadOther();
        } while (_end == before && !_ended);
        return _end > before;
    }

    /// <summary>Consumes the first <paramref name="bytes"/> of <see cref="Unread"/>.</summary>
    public void Advance(int bytes)
    {
        var consumed = _buffer.AsSpan(_start, bytes);
        Offset += FileBytes(consumed);
        Line += consumed.Count((byte)'\n');
        _start += bytes;
    }

    /// <summary>Counts a line that ended with a bare carriage return.</summary>
    public void CountBareReturn() => Line++;

    /// <summary>How many bytes of the file a piece of the buffer stands for.</summary>
    public long FileBytes(ReadOnlySpan<byte> utf8) =>
        _encoding switch
        {
            FileEncoding.Utf8 => utf8.Length,
            FileEncoding.Windows1252 => Encoding.UTF8.GetCharCount(utf8),
            _ => 2L * Encoding.UTF8.GetCharCount(utf8),
        };

    public void Dispose() => _file.Dispose();

    private void SkipByteOrderMark()
    {
        Fill();
        if (Unread.StartsWith("\uFEFF"u8))
        {
            _start += 3;
            Offset = _encoding == FileEncoding.Utf8 ? 3 : 2;
        }
    }

    private void ReadUtf8()
    {
        var read = _file.Read(_buffer, _end, _buffer.Length - _end);
        _ended = read == 0;
        _end += read;
    }

    private void ReadOther()
    {
        var read = _file.Read(_raw, _rawCount, _raw.Length - _rawCount);
        _ended = read == 0;
        _rawCount += read;
        var used = _encoding == FileEncoding.Windows1252 ? DecodeWindows1252() : DecodeUtf16();
        _raw.AsSpan(used, _rawCount - used).CopyTo(_raw);
        _rawCount -= used;
    }

    // Every byte is one character of at most three bytes in UTF-8; _raw is a quarter of the buffer, half of which is free.
    private int DecodeWindows1252()
    {
        var used = 0;
        for (; used < _rawCount && _buffer.Length - _end >= 3; used++)
        {
            var b = _raw[used];
            var c = b is >= 0x80 and <= 0x9F ? Windows1252[b - 0x80] : (char)b;
            _end += new Rune(c).EncodeToUtf8(_buffer.AsSpan(_end));
        }
        return used;
    }

    private int DecodeUtf16()
    {
        var whole = _rawCount & ~1;
        var units = MemoryMarshal.Cast<byte, char>(_raw.AsSpan(0, whole));
        Span<char> chars = new char[units.Length];
        units.CopyTo(chars);
        if (_encoding == FileEncoding.Utf16BigEndian == BitConverter.IsLittleEndian)
        {
            var numbers = MemoryMarshal.Cast<char, ushort>(chars);
            BinaryPrimitives.ReverseEndianness(numbers, numbers);
        }
        _ = Utf8.FromUtf16(chars, _buffer.AsSpan(_end), out var read, out var written, replaceInvalidSequences: true, isFinalBlock: _ended);
        _end += written;
        return _ended ? _rawCount : read * 2;
    }

    // Windows-1252, 0x80 to 0x9F; the five bytes without a character stay control characters (WHATWG Encoding Standard, index windows-1252).
    private const string Windows1252 =
        "\u20AC\u0081\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\u008D\u017D\u008F"
        + "\u0090\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\u009D\u017E\u0178";
}
