using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Estafette.Protocols.Xlsx;

/// <summary>
/// Writes a workbook row by row in constant memory (ECMA-376, SpreadsheetML). One table: when a sheet is full, the next one begins with the same
/// heading.
/// </summary>
/// <remarks>
/// The parts of the archive are written in the order in which they become known: the sheets first, then the parts that name them
/// (workbook.xml, its relations, [Content_Types].xml). Texts are inline strings, so no table of strings is kept; a text that would be a formula if
/// somebody typed it carries "quotePrefix", the mark a spreadsheet itself sets for a text after an apostrophe. Cells carry no reference: their order says it
/// (§18.3.1.4 makes it optional). Nothing is written to the stream without await.
/// </remarks>
public sealed class XlsxWriter : IAsyncDisposable
{
    /// <summary>Rows a sheet may have, heading included.</summary>
    public const int MaxRows = 1_048_576;

    /// <summary>Characters a cell may have; longer texts are cut.</summary>
    public const int MaxCell = 32_767;

    private const int FlushAt = 48 * 1024;
    private const int StyleBold = 1,
        StyleTime = 2,
        StyleQuoted = 3;
    private static readonly DateTime Epoch = new(1899, 12, 30, 0, 0, 0, DateTimeKind.Unspecified);

    private readonly ZipArchive _archive;
    private readonly string _name;
    private readonly IReadOnlyList<string> _headings;
    private readonly int _maxRows;
    private readonly ArrayBufferWriter<byte> _buffer = new(FlushAt * 2);
    private readonly ArrayBufferWriter<byte> _row = new(4096);
    private Stream? _sheet;
    private int _sheets;
    private int _rows;
    private bool _inRow;

    private XlsxWriter(ZipArchive archive, string name, IReadOnlyList<string> headings, int maxRows) =>
        (_archive, _name, _headings, _maxRows) = (archive, name, headings, maxRows);

    /// <summary>Begins a workbook on a stream, which stays open and need not be able to seek.</summary>
    /// <param name="output">Where the archive goes.</param>
    /// <param name="name">Name of the sheets; characters a sheet may not have are left out.</param>
    /// <param name="headings">First row of every sheet.</param>
    /// <param name="ct">Ends the writing.</param>
    /// <param name="maxRows">Rows of a sheet, for tests.</param>
    public static async Task<XlsxWriter> CreateAsync(
        Stream output,
        string name,
        IReadOnlyList<string> headings,
        CancellationToken ct,
        int maxRows = MaxRows
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxRows, 2);
        var archive = await ZipArchive.CreateAsync(output, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, ct);
        var writer = new XlsxWriter(archive, SheetName(name), headings, maxRows);
        await writer.BeginSheetAsync(ct);
        return writer;
    }

    /// <summary>Adds a cell to the row: text, number, time of the calendar without zone; null stays empty.</summary>
    public void Cell(object? value)
    {
        BeginRow();
        switch (value)
        {
            case null:
                Raw("<c/>");
                break;
            case DateTime time:
                Raw(
                    string.Create(CultureInfo.InvariantCulture, $"<c s=\"{StyleTime}\"><v>{(time - Epoch).TotalDays:0.##########}</v></c>")
                );
                break;
            case int or long or short or decimal or double or float:
                Raw(string.Create(CultureInfo.InvariantCulture, $"<c><v>{value}</v></c>"));
                break;
            default:
                Text(value.ToString() ?? "", IsFormula(value.ToString()) ? StyleQuoted : 0);
                break;
        }
    }

    /// <summary>Ends the row and hands over what was collected.</summary>
    public async Task EndRowAsync(CancellationToken ct)
    {
        if (_sheet is null)
        {
            var waiting = _row.WrittenSpan.ToArray();
            _row.ResetWrittenCount();
            _inRow = false;
            await BeginSheetAsync(ct);
            _row.Write(waiting);
            _inRow = waiting.Length > 0;
        }
        TakeRow();
        if (_buffer.WrittenCount >= FlushAt)
            await FlushAsync(ct);
        if (_rows >= _maxRows)
            await EndSheetAsync(ct);
    }

    /// <summary>Ends the workbook; a file without it is not valid.</summary>
    public async Task FinishAsync(CancellationToken ct)
    {
        if (_sheet is not null)
            await EndSheetAsync(ct);
        var sheets = Enumerable.Range(1, _sheets).ToList();
        await PartAsync("xl/styles.xml", XlsxParts.Styles, ct);
        await PartAsync("xl/workbook.xml", XlsxParts.Workbook(sheets.Select(n => n == 1 ? _name : $"{_name} {n}")), ct);
        await PartAsync("xl/_rels/workbook.xml.rels", XlsxParts.WorkbookRelations(sheets), ct);
        await PartAsync("_rels/.rels", XlsxParts.Relations, ct);
        await PartAsync("[Content_Types].xml", XlsxParts.ContentTypes(sheets), ct);
        await _archive.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_sheet is not null)
            await _sheet.DisposeAsync();
        await _archive.DisposeAsync();
    }

    private async Task BeginSheetAsync(CancellationToken ct)
    {
        _sheets++;
        _rows = 0;
        _sheet = await _archive.CreateEntry($"xl/worksheets/sheet{_sheets}.xml", CompressionLevel.Fastest).OpenAsync(ct);
        Encoding.UTF8.GetBytes(XlsxParts.SheetBegin, _buffer);
        foreach (var heading in _headings)
        {
            BeginRow();
            Text(heading, StyleBold);
        }
        TakeRow();
    }

    private async Task EndSheetAsync(CancellationToken ct)
    {
        Encoding.UTF8.GetBytes(XlsxParts.SheetEnd, _buffer);
        await FlushAsync(ct);
        await _sheet!.DisposeAsync();
        _sheet = null;
    }

    private void BeginRow()
    {
        if (_inRow)
            return;
        _inRow = true;
        Raw("<row>");
    }

    private void TakeRow()
    {
        BeginRow();
        Raw("</row>");
        _buffer.Write(_row.WrittenSpan);
        _row.ResetWrittenCount();
        _inRow = false;
        _rows++;
    }

    private void Text(string text, int style)
    {
        if (text.Length > MaxCell)
            text = text[..(char.IsHighSurrogate(text[MaxCell - 1]) ? MaxCell - 1 : MaxCell)];
        Raw(
            style == 0
                ? "<c t=\"inlineStr\"><is><t xml:space=\"preserve\">"
                : $"<c s=\"{style}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">"
        );
        Raw(XlsxParts.Escape(text));
        Raw("</t></is></c>");
    }

    private void Raw(string text) => Encoding.UTF8.GetBytes(text, _row);

    private async Task FlushAsync(CancellationToken ct)
    {
        await _sheet!.WriteAsync(_buffer.WrittenMemory, ct);
        _buffer.ResetWrittenCount();
    }

    private async Task PartAsync(string name, string content, CancellationToken ct)
    {
        await using var part = await _archive.CreateEntry(name, CompressionLevel.Fastest).OpenAsync(ct);
        await part.WriteAsync(Encoding.UTF8.GetBytes(content), ct);
    }

    private static bool IsFormula(string? text) => Csv.SpreadsheetCell.Guard(text).Length != (text?.Length ?? 0);

    /// <summary>1 to 31 characters, none of : \ / ? * [ ] (§18.2.19); room is left for a number.</summary>
    private static string SheetName(string name)
    {
        var clean = new string([.. name.Where(c => !":\\/?*[]'".Contains(c) && !char.IsControl(c)).Take(24)]).Trim();
        return clean.Length == 0 ? "Sheet" : clean;
    }
}
