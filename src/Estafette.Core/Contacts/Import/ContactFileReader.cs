using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Estafette.Core.Contacts.Import;

/// <summary>
/// The rows of a JSON file of any size in bounded memory.
/// <para>Layout: an array, an object whose member "contacts" is an array, one value per line (NDJSON), or values one after the other
/// (<see cref="JsonContainer"/>). A row is an object, or a bare address as a string.</para>
/// <para>How: <see cref="JsonValueScanner"/> finds where a row ends by counting brackets; only then is the row parsed, alone. So a row that
/// is invalid, larger than 1 MiB or nested deeper than 64 levels costs that row and not the file: it is rejected with its line, and reading
/// goes on behind it. Nothing recurses, so no depth can exhaust the stack.</para>
/// <para>Invariants: <see cref="Utf8Source.Offset"/> stands between two rows whenever <see cref="Read"/> returns, and every row tells the
/// offset behind it, so an import can stop after any row and continue from there with a new reader.</para>
/// <para>Faults: what is no longer a list of rows (something other than a comma between rows, a file that ends inside a row or before its
/// closing bracket) ends the reading with <see cref="Fault"/>: byte, line and what was expected. In NDJSON a bad line is only a bad row.</para>
/// </summary>
internal sealed class ContactFileReader : IContactRows
{
    public const int MaxRowBytes = 1024 * 1024;
    public const int MaxDepth = 64;
    private const int MaxRawChars = 1000;

    private readonly Utf8Source _source;
    private readonly JsonContainer _container;
    private readonly JsonRowMapper _mapper;
    private long _rows;
    private bool _first;
    private bool _over;
    private bool _brokenValue;

    /// <param name="source">The file, at its beginning or behind a row that was read before.</param>
    /// <param name="container">How the rows are held together.</param>
    /// <param name="mapper">Turns a value into a row.</param>
    /// <param name="rowsBefore">Rows already read; 0 at the beginning of the file.</param>
    public ContactFileReader(Utf8Source source, JsonContainer container, JsonRowMapper mapper, long rowsBefore = 0)
    {
        (_source, _container, _mapper, _rows) = (source, container, mapper, rowsBefore);
        _first = rowsBefore == 0;
        if (_first)
            Open();
    }

    /// <inheritdoc/>
    public FileFault? Fault { get; private set; }

    /// <inheritdoc/>
    public bool Read(ContactRow row)
    {
        if (_over || !MoveToValue())
            return false;
        _first = false;
        row.Begin(++_rows, _source.Line);
        if (_container == JsonContainer.Lines ? !ReadLine(row) : !ReadValue(row))
            return false;
        row.EndOffset = _source.Offset;
        row.EndLines = _source.Line - 1;
        return true;
    }

    public void Dispose()
    {
        _source.Dispose();
        _mapper.Dispose();
    }

    private void Open()
    {
        if (_container is JsonContainer.Lines or JsonContainer.Sequence)
            return;
        if (_container == JsonContainer.Wrapped)
        {
            var opened = JsonPreamble.OpenContacts(_source, out var reason);
            if (!opened)
                Stop(reason!);
            return;
        }
        if (SkipSpace() && _source.Unread[0] == '[')
            _source.Advance(1);
        else
            Stop(ImportReason.Of("array-expected"));
    }

    // Between two rows: white space, then what the container asks for.
    private bool MoveToValue()
    {
        var more = SkipSpace();
        if (_container is JsonContainer.Lines or JsonContainer.Sequence)
            return more;
        if (more && _source.Unread[0] == ']')
        {
            _source.Advance(1);
            return End();
        }
        if (!_first && more)
        {
            if (_source.Unread[0] != ',')
                return Stop(ImportReason.Of("comma-expected", _rows, Show(_source.Unread[0])));
            _source.Advance(1);
            more = SkipSpace();
        }
        return more || Stop(ImportReason.Of("ends-after", _rows));
    }

    private bool End()
    {
        _over = true;
        if (_container == JsonContainer.Array && SkipSpace())
            return Stop(ImportReason.Of("array-closed"));
        if (_container == JsonContainer.Wrapped && !SkipSpace())
            return Stop(ImportReason.Of("contacts-unclosed"));
        return false;
    }

    private bool Stop(ImportReason reason)
    {
        Fault = new FileFault(_source.Offset, _source.Line, reason);
        _over = true;
        return false;
    }

    private bool ReadValue(ContactRow row)
    {
        var scanner = new JsonValueScanner();
        var (startOffset, startLine) = (_source.Offset, _source.Line);
        var known = 0;
        while (true)
        {
            var ended = scanner.Scan(_source.Unread[known..], out var used);
            known += used;
            if (ended)
                break;
            if (known > MaxRowBytes)
                return SkipHuge(row, ref scanner, known, startOffset, startLine);
            if (!_source.Fill())
                return StopCut(startOffset, startLine);
        }
        if (known == 0)
            return Stop(ImportReason.Of("row-expected", _rows, Show(_source.Unread[0])));
        Map(row, _source.Unread[..known], scanner.MaxDepth);
        _source.Advance(known);
        return true;
    }

    private bool StopCut(long startOffset, long startLine)
    {
        _source.Advance(_source.Unread.Length);
        return Stop(ImportReason.Of("ends-inside", _rows, startOffset, startLine));
    }

    // The row is too large to keep: go on scanning without keeping it.
    private bool SkipHuge(ContactRow row, ref JsonValueScanner scanner, int known, long startOffset, long startLine)
    {
        row.Raw = Cut(_source.Unread);
        row.Reject = ImportReason.Of("row-large");
        _source.Advance(known);
        while (true)
        {
            if (_source.Unread.Length == 0 && !_source.Fill())
                return StopCut(startOffset, startLine);
            var ended = scanner.Scan(_source.Unread, out var used);
            _source.Advance(used);
            if (ended)
                return true;
        }
    }

    private bool ReadLine(ContactRow row)
    {
        var searched = 0;
        var huge = false;
        while (true)
        {
            var at = _source.Unread[searched..].IndexOf((byte)'\n');
            if (at >= 0)
            {
                FinishLine(row, searched + at, searched + at + 1, huge);
                return true;
            }
            searched = _source.Unread.Length;
            if (searched > MaxRowBytes)
            {
                row.Raw ??= Cut(_source.Unread);
                huge = true;
                _source.Advance(searched);
                searched = 0;
            }
            if (!_source.Fill())
            {
                var (offset, line) = (_source.Offset, _source.Line);
                FinishLine(row, searched, searched, huge);
                return _brokenValue || huge ? StopCut(offset, line) : true;
            }
        }
    }

    private void FinishLine(ContactRow row, int length, int consumed, bool huge)
    {
        if (huge)
            row.Reject = ImportReason.Of("row-large");
        else
            MapLine(row, _source.Unread[..length]);
        _source.Advance(consumed);
    }

    private void MapLine(ContactRow row, ReadOnlySpan<byte> line)
    {
        var value = line.TrimEnd("\r \t,"u8);
        var scanner = new JsonValueScanner();
        scanner.Scan(value, out _);
        Map(row, value, scanner.MaxDepth);
    }

    private void Map(ContactRow row, ReadOnlySpan<byte> value, int depth)
    {
        if (depth > MaxDepth)
            row.Reject = ImportReason.Of("row-deep", depth, MaxDepth);
        else if (!Utf8.IsValid(value))
            row.Reject = ImportReason.Of("row-encoding");
        else
            MapSound(row, value);
        if (row.IsReported)
            row.Raw = Cut(value);
    }

    private void MapSound(ContactRow row, ReadOnlySpan<byte> value)
    {
        _brokenValue = false;
        try
        {
            _mapper.Map(row, value);
        }
        catch (JsonException broken)
        {
            _brokenValue = true;
            var before = value[..PositionOf(value, broken)];
            var line = row.Line + before.Count((byte)'\n');
            row.Reject = ImportReason.Of("row-json", _source.Offset + _source.FileBytes(before), line);
        }
    }

    private static int PositionOf(ReadOnlySpan<byte> value, JsonException broken)
    {
        var at = 0;
        for (var line = broken.LineNumber ?? 0; line > 0; line--)
            at += value[at..].IndexOf((byte)'\n') + 1;
        return (int)Math.Min(value.Length, at + (broken.BytePositionInLine ?? 0));
    }

    private bool SkipSpace()
    {
        while (true)
        {
            var at = _source.Unread.IndexOfAnyExcept(" \t\r\n"u8);
            if (at > 0)
                _source.Advance(at);
            if (at >= 0)
                return true;
            _source.Advance(_source.Unread.Length);
            if (!_source.Fill())
                return false;
        }
    }

    private static string Show(byte b) => b is > 32 and < 127 ? $"'{(char)b}'" : $"0x{b:X2}";

    internal static string Cut(ReadOnlySpan<byte> raw)
    {
        var text = Encoding.UTF8.GetString(raw[..Math.Min(raw.Length, MaxRawChars * 2)]);
        return text.Length <= MaxRawChars ? text : text[..MaxRawChars] + "…";
    }
}
