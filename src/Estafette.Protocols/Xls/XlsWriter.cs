using System.Buffers.Binary;
using System.Text;
using Estafette.Protocols.Csv;

namespace Estafette.Protocols.Xls;

/// <summary>
/// Writes a workbook for Excel before 2007 ([MS-XLS], BIFF8) in memory: one table, continued on the next sheet when one is full. For tables of a size that
/// such programs open; use XLSX for the others.
/// </summary>
/// <remarks>
/// Records are [id, length, data], little-endian. The stream "Workbook" has first the globals (fonts, formats, names and places of the sheets), then the
/// sheets. Texts are LABEL records (§2.4.148), which need no shared table; one that would be a formula if somebody typed it has the format that a
/// spreadsheet gives a text after an apostrophe (XF, f123Prefix).
/// </remarks>
public sealed class XlsWriter
{
    /// <summary>Rows a sheet may have, heading included.</summary>
    public const int MaxRows = 65_536;

    /// <summary>Characters a cell has at most here; a record holds no more without continuation.</summary>
    public const int MaxCell = 4_000;

    // Cell formats, by their place after the fifteen of styles.
    private const ushort Plain = 15,
        Bold = 16,
        Time = 17,
        Quoted = 18;
    private static readonly DateTime Epoch = new(1899, 12, 30, 0, 0, 0, DateTimeKind.Unspecified);

    private readonly string _name;
    private readonly IReadOnlyList<string> _headings;
    private readonly int _maxRows;
    private readonly List<MemoryStream> _sheets = [];
    private int _row;
    private ushort _column;

    /// <summary>Begins a workbook.</summary>
    /// <param name="name">Name of the sheets; characters a sheet may not have are left out.</param>
    /// <param name="headings">First row of every sheet.</param>
    /// <param name="maxRows">Rows of a sheet, for tests.</param>
    public XlsWriter(string name, IReadOnlyList<string> headings, int maxRows = MaxRows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxRows, 2);
        var clean = new string([.. name.Where(c => !":\\/?*[]'".Contains(c) && !char.IsControl(c)).Take(24)]).Trim();
        (_name, _headings, _maxRows) = (clean.Length == 0 ? "Sheet" : clean, headings, maxRows);
        BeginSheet();
    }

    /// <summary>Adds a cell to the row: text, number, time of the calendar without zone; null stays empty.</summary>
    public void Cell(object? value)
    {
        if (_row >= _maxRows)
            BeginSheet();
        switch (value)
        {
            case null:
                break;
            case DateTime time:
                Number((time - Epoch).TotalDays, Time);
                break;
            case int or long or short or decimal or double or float:
                Number(Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture), Plain);
                break;
            default:
                var text = value.ToString() ?? "";
                Label(text, SpreadsheetCell.Guard(text).Length == text.Length ? Plain : Quoted);
                break;
        }
        _column++;
    }

    /// <summary>Ends the row.</summary>
    public void EndRow()
    {
        if (_row >= _maxRows)
            BeginSheet();
        _row++;
        _column = 0;
    }

    /// <summary>The file.</summary>
    public byte[] Finish()
    {
        var names = _sheets.Select((_, i) => i == 0 ? _name : $"{_name} {i + 1}").ToList();
        var globals = XlsGlobals.Write(names, new int[_sheets.Count]);
        var places = new int[_sheets.Count];
        var at = globals.Length;
        for (var i = 0; i < _sheets.Count; i++)
        {
            Record(_sheets[i], 0x000A, []);
            places[i] = at;
            at += (int)_sheets[i].Length;
        }
        using var stream = new MemoryStream(at);
        stream.Write(XlsGlobals.Write(names, places));
        foreach (var sheet in _sheets)
            sheet.WriteTo(stream);
        return CompoundFile.Write("Workbook", stream.ToArray());
    }

    private void BeginSheet()
    {
        var sheet = new MemoryStream();
        _sheets.Add(sheet);
        (_row, _column) = (0, 0);
        Record(sheet, 0x0809, XlsGlobals.Bof(0x0010));
        // WINDOW2 (§2.4.346): grid and headings shown, first sheet selected.
        byte[] window = [(byte)0xB6, (byte)(_sheets.Count == 1 ? 0x06 : 0x00), 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        Record(sheet, 0x023E, window);
        foreach (var heading in _headings)
        {
            Label(heading, Bold);
            _column++;
        }
        EndRow();
    }

    private void Number(double value, ushort format)
    {
        Span<byte> data = stackalloc byte[14];
        Place(data, format);
        BinaryPrimitives.WriteDoubleLittleEndian(data[6..], value);
        Record(_sheets[^1], 0x0203, data);
    }

    private void Label(string text, ushort format)
    {
        if (text.Length > MaxCell)
            text = text[..(char.IsHighSurrogate(text[MaxCell - 1]) ? MaxCell - 1 : MaxCell)];
        var data = new byte[9 + text.Length * 2];
        Place(data, format);
        BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(6), (ushort)text.Length);
        // 1: UTF-16.
        data[8] = 1;
        Encoding.Unicode.GetBytes(text, data.AsSpan(9));
        Record(_sheets[^1], 0x0204, data);
    }

    private void Place(Span<byte> data, ushort format)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(data, (ushort)_row);
        BinaryPrimitives.WriteUInt16LittleEndian(data[2..], _column);
        BinaryPrimitives.WriteUInt16LittleEndian(data[4..], format);
    }

    internal static void Record(MemoryStream to, ushort id, ReadOnlySpan<byte> data)
    {
        Span<byte> head = stackalloc byte[4];
        BinaryPrimitives.WriteUInt16LittleEndian(head, id);
        BinaryPrimitives.WriteUInt16LittleEndian(head[2..], (ushort)data.Length);
        to.Write(head);
        to.Write(data);
    }
}
