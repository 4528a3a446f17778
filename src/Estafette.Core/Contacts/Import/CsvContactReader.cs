using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Estafette.Core.Contacts.Import;

/// <summary>
/// The rows of a CSV file of any size in bounded memory (RFC 4180, with the separator of the file).
/// <para>A field that begins with a quote ends at the next single quote and may hold separators, line ends and doubled quotes; a quote
/// elsewhere is an ordinary character. A row ends at LF, CRLF or a bare CR. Empty lines are passed over.</para>
/// <para>A row with more or fewer fields than there are columns is rejected (empty fields at its end are forgiven), so is a row of more than
/// 1 MiB. A quote that is never closed would swallow the file: its row is rejected, and reading goes on at the next line.</para>
/// </summary>
internal sealed class CsvContactReader : IContactRows
{
    public const int MaxRowBytes = 1024 * 1024;

    private readonly Utf8Source _source;
    private readonly int _columns;
    private readonly CsvRowMapper? _mapper;
    private readonly byte _separator;
    private readonly SearchValues<byte> _plainEnd;
    private readonly List<CsvField> _fields = [];
    private long _rows;

    /// <param name="source">The file, at its beginning or behind a row that was read before.</param>
    /// <param name="format">Separator, header and columns.</param>
    /// <param name="mapper">Turns fields into a row; null to read fields only.</param>
    /// <param name="rowsBefore">Rows already read; 0 at the beginning of the file.</param>
    public CsvContactReader(Utf8Source source, ImportFormat format, CsvRowMapper? mapper, long rowsBefore = 0)
    {
        (_source, _mapper, _rows) = (source, mapper, rowsBefore);
        _separator = (byte)format.Separator;
        _columns = format.Columns.Count;
        _plainEnd = SearchValues.Create([_separator, (byte)'\n', (byte)'\r']);
        if (rowsBefore == 0)
            SkipHeader(format.HasHeader);
    }

    /// <inheritdoc/>
    public FileFault? Fault => null;

    /// <inheritdoc/>
    public bool Read(ContactRow row)
    {
        while (true)
        {
            var line = _source.Line;
            var outcome = Split(out var length, out var bareReturn);
            if (outcome == Record.None)
                return false;
            if (outcome == Record.Whole && _fields.Count == 1 && _fields[0].Length == 0 && !_fields[0].Quoted && _columns != 1)
            {
                Consume(length, bareReturn);
                continue;
            }
            row.Begin(++_rows, line);
            Fill(row, outcome, length);
            Consume(length, bareReturn);
            if (outcome == Record.TooLong)
                SkipLine();
            row.EndOffset = _source.Offset;
            row.EndLines = _source.Line - 1;
            return true;
        }
    }

    /// <summary>The fields of the next row as text; null at the end.</summary>
    public string[]? ReadFields()
    {
        if (Split(out var length, out var bareReturn) == Record.None)
            return null;
        var record = _source.Unread[..length];
        var fields = new string[_fields.Count];
        for (var i = 0; i < fields.Length; i++)
            fields[i] = _fields[i].Text(record);
        Consume(length, bareReturn);
        return fields;
    }

    public void Dispose()
    {
        _source.Dispose();
        _mapper?.Dispose();
    }

    private void SkipHeader(bool hasHeader)
    {
        if (_source.Unread.Length == 0)
            _source.Fill();
        if (_source.Unread.StartsWith("sep="u8))
            SkipLine();
        if (hasHeader)
            ReadFields();
    }

    private void Fill(ContactRow row, Record outcome, int length)
    {
        var record = _source.Unread[..length];
        if (outcome == Record.TooLong)
            row.Reject = ImportReason.Of("row-large");
        else if (outcome == Record.OpenQuote)
            row.Reject = ImportReason.Of("row-quote");
        else if (!Utf8.IsValid(record))
            row.Reject = ImportReason.Of("row-encoding");
        else if (IsRagged())
            row.Reject = ImportReason.Of("row-fields", _fields.Count, _columns);
        else
            _mapper!.Map(row, record, _fields);
        if (row.IsReported)
            row.Raw = ContactFileReader.Cut(record.TrimEnd("\r\n"u8));
    }

    private bool IsRagged()
    {
        if (_fields.Count < _columns)
            return true;
        for (var i = _columns; i < _fields.Count; i++)
        {
            if (_fields[i].Length > 0)
                return true;
        }
        return false;
    }

    private void Consume(int length, bool bareReturn)
    {
        _source.Advance(length);
        if (bareReturn)
            _source.CountBareReturn();
    }

    private void SkipLine()
    {
        while (_source.Unread.Length > 0 || _source.Fill())
        {
            var at = _source.Unread.IndexOf((byte)'\n');
            _source.Advance(at < 0 ? _source.Unread.Length : at + 1);
            if (at >= 0)
                return;
        }
    }

    // Finds the fields of the row at the beginning of the buffer; reads more and starts again when it is not whole.
    private Record Split(out int length, out bool bareReturn)
    {
        while (true)
        {
            var unread = _source.Unread;
            var final = false;
            while (true)
            {
                var outcome = SplitOnce(unread, final, out length, out bareReturn);
                if (outcome == Record.Partial && unread.Length > MaxRowBytes)
                    outcome = GiveUp(unread, out length);
                // Only its first line is given up, and the fields found may lie behind it.
                if (outcome is Record.OpenQuote or Record.TooLong)
                    _fields.Clear();
                if (outcome != Record.Partial)
                    return outcome;
                if (_source.Fill())
                    break;
                if (_source.Unread.Length == 0)
                    return Record.None;
                final = true;
                unread = _source.Unread;
            }
        }
    }

    // The row does not end within its limit: an open quote costs its first line, anything else the line to its end.
    private Record GiveUp(ReadOnlySpan<byte> unread, out int length)
    {
        var at = unread.IndexOf((byte)'\n');
        length = at < 0 ? unread.Length : at + 1;
        return at < 0 ? Record.TooLong : Record.OpenQuote;
    }

    private Record SplitOnce(ReadOnlySpan<byte> text, bool final, out int length, out bool bareReturn)
    {
        _fields.Clear();
        (length, bareReturn) = (0, false);
        var at = 0;
        while (true)
        {
            CsvField field;
            if (at < text.Length && text[at] == '"')
            {
                var closed = Quoted(text, at + 1, out var end, out var doubled);
                if (!closed)
                    return final ? GiveUpQuote(text, out length) : Record.Partial;
                if (end + 1 >= text.Length && !final)
                    return Record.Partial;
                var behind = text[(end + 1)..].IndexOfAny(_plainEnd);
                behind = behind < 0 ? text.Length - end - 1 : behind;
                // Text behind a closing quote: RFC 4180 has no such thing; keep the field as it is written.
                field =
                    behind == 0 ? new CsvField(at + 1, end - at - 1, true, doubled) : new CsvField(at, end + 1 + behind - at, false, false);
                at = end + 1 + behind;
            }
            else
            {
                var end = text[at..].IndexOfAny(_plainEnd);
                if (end < 0 && !final)
                    return Record.Partial;
                end = end < 0 ? text.Length - at : end;
                field = new CsvField(at, end, false, false);
                at += end;
            }
            if (at >= text.Length && !final)
                return Record.Partial;
            _fields.Add(field);
            if (at < text.Length && text[at] == _separator)
            {
                at++;
                continue;
            }
            return EndRow(text, at, final, out length, out bareReturn);
        }
    }

    private static Record EndRow(ReadOnlySpan<byte> text, int at, bool final, out int length, out bool bareReturn)
    {
        bareReturn = false;
        length = at;
        if (at == text.Length)
            return at == 0 ? Record.None : Record.Whole;
        if (text[at] == '\n')
        {
            length = at + 1;
            return Record.Whole;
        }
        if (at + 1 == text.Length && !final)
            return Record.Partial;
        var crlf = at + 1 < text.Length && text[at + 1] == '\n';
        length = at + (crlf ? 2 : 1);
        bareReturn = !crlf;
        return Record.Whole;
    }

    private static Record GiveUpQuote(ReadOnlySpan<byte> text, out int length)
    {
        var at = text.IndexOf((byte)'\n');
        length = at < 0 ? text.Length : at + 1;
        return Record.OpenQuote;
    }

    private static bool Quoted(ReadOnlySpan<byte> text, int start, out int end, out bool doubled)
    {
        (end, doubled) = (start, false);
        while (true)
        {
            var at = text[end..].IndexOf((byte)'"');
            if (at < 0)
                return false;
            end += at;
            if (end + 1 >= text.Length || text[end + 1] != '"')
                return true;
            doubled = true;
            end += 2;
        }
    }

    private enum Record
    {
        None,
        Partial,
        Whole,
        OpenQuote,
        TooLong,
    }
}

/// <summary>Where a field stands in its row.</summary>
internal readonly record struct CsvField(int Start, int Length, bool Quoted, bool Doubled)
{
    public string Text(ReadOnlySpan<byte> record)
    {
        var text = Encoding.UTF8.GetString(record.Slice(Start, Length));
        return Doubled ? text.Replace("\"\"", "\"") : text;
    }
}
