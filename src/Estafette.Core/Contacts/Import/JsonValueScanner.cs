using System.Buffers;

namespace Estafette.Core.Contacts.Import;

/// <summary>
/// Finds the end of one JSON value without parsing it: brackets are counted, not nested, so a value of any depth costs no stack; and the
/// scan can stop and go on at any byte, so a value of any size costs no memory.
/// </summary>
internal struct JsonValueScanner
{
    private static readonly SearchValues<byte> Structure = SearchValues.Create("\"{}[]"u8);
    private static readonly SearchValues<byte> StringEnd = SearchValues.Create("\"\\"u8);
    private static readonly SearchValues<byte> ScalarEnd = SearchValues.Create(",]} \t\r\n"u8);

    private int _depth;
    private bool _inString;
    private bool _escaped;
    private bool _scalar;
    private bool _begun;

    /// <summary>The deepest nesting seen.</summary>
    public int MaxDepth { get; private set; }

    /// <summary>Goes on with <paramref name="piece"/>; true when the value ends inside, after <paramref name="used"/> bytes of it.</summary>
    public bool Scan(ReadOnlySpan<byte> piece, out int used)
    {
        used = 0;
        if (!_begun && piece.Length > 0)
        {
            _begun = true;
            _scalar = piece[0] is not ((byte)'{' or (byte)'[' or (byte)'"');
        }
        return _scalar ? ScanScalar(piece, ref used) : ScanStructure(piece, ref used);
    }

    private static bool ScanScalar(ReadOnlySpan<byte> piece, ref int used)
    {
        var end = piece.IndexOfAny(ScalarEnd);
        used = end < 0 ? piece.Length : end;
        return end >= 0;
    }

    private bool ScanStructure(ReadOnlySpan<byte> piece, ref int used)
    {
        while (used < piece.Length)
        {
            if (_inString)
            {
                if (ScanString(piece, ref used) && _depth == 0)
                    return true;
                continue;
            }
            var at = piece[used..].IndexOfAny(Structure);
            if (at < 0)
            {
                used = piece.Length;
                return false;
            }
            used += at + 1;
            switch (piece[used - 1])
            {
                case (byte)'"':
                    _inString = true;
                    break;
                case (byte)'{' or (byte)'[':
                    _depth++;
                    MaxDepth = Math.Max(MaxDepth, _depth);
                    break;
                default:
                    if (--_depth <= 0)
                        return true;
                    break;
            }
        }
        return false;
    }

    // True when the string ended; a backslash at the end of a piece escapes the first byte of the next one.
    private bool ScanString(ReadOnlySpan<byte> piece, ref int used)
    {
        if (_escaped)
        {
            _escaped = false;
            used++;
            return false;
        }
        var at = piece[used..].IndexOfAny(StringEnd);
        if (at < 0)
        {
            used = piece.Length;
            return false;
        }
        used += at + 1;
        _escaped = piece[used - 1] == (byte)'\\';
        _inString = _escaped;
        return !_inString;
    }
}
