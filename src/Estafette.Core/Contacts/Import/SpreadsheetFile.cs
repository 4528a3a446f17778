using System.Buffers;
using System.Text;
using Estafette.Protocols.Xlsx;

namespace Estafette.Core.Contacts.Import;

/// <summary>A spreadsheet written down as CSV: where, from which sheet; or why it could not be.</summary>
internal sealed record ConvertedSheet(string? Path, string? Sheet, ImportReason? Error);

/// <summary>
/// Makes a CSV file of a sheet, so that spreadsheets go through the same detection, mapping and resumable import as every other file.
/// <para>One line for each row of the sheet, also for empty ones, and no line ends inside cells: line 12 of the CSV is row 12 of the sheet, which
/// is what the report of rejected rows tells. All rows are as wide as the widest of the first 200; a wider one is reported like a ragged row.</para>
/// </summary>
internal static class SpreadsheetFile
{
    /// <summary>What separates the cells of the CSV file.</summary>
    public const char Separator = ',';
    private const int WidthRows = 200;
    private static readonly SearchValues<char> Special = SearchValues.Create("\",\r\n");

    /// <summary>Whether a file is a ZIP archive, as every .xlsx is.</summary>
    public static bool IsWorkbook(string path) => BeginsWith(path, "PK\u0003\u0004"u8);

    /// <summary>Whether a file is an OLE container: an .xls, or a workbook with a password.</summary>
    public static bool IsOldWorkbook(string path) => BeginsWith(path, [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);

    /// <summary>The sheets of a workbook that can be chosen; none when it cannot be read.</summary>
    public static IReadOnlyList<string> Sheets(string path)
    {
        try
        {
            using var book = XlsxWorkbook.Open(File.OpenRead(path), Path.GetDirectoryName(path)!);
            return [.. book.Sheets.Select(s => s.Name)];
        }
        catch (Exception unreadable) when (unreadable is XlsxException or IOException)
        {
            return [];
        }
    }

    /// <summary>Removes a workbook and what was made of it.</summary>
    public static void Remove(string workbook, string? csv = null)
    {
        File.Delete(workbook);
        File.Delete(csv ?? CsvOf(workbook));
    }

    /// <param name="path">The workbook.</param>
    /// <param name="name">Its name for the user.</param>
    /// <param name="sheet">The sheet; null: the first visible one that holds something.</param>
    /// <param name="most">Bytes the CSV file may have.</param>
    /// <param name="ct">Token.</param>
    public static ConvertedSheet Convert(string path, string name, string? sheet, long most, CancellationToken ct)
    {
        var target = CsvOf(path);
        try
        {
            using var book = XlsxWorkbook.Open(File.OpenRead(path), Path.GetDirectoryName(path)!);
            var wanted = book.Sheets.Where(s => sheet is null ? !s.IsHidden : s.Name == sheet).ToList();
            foreach (var one in wanted)
                if (Write(book.Rows(one), target, most, ct) > 0)
                    return new ConvertedSheet(target, one.Name, null);
            File.Delete(target);
            return new ConvertedSheet(null, null, ImportReason.Of(wanted.Count == 0 ? "xlsx-sheet" : "empty", name));
        }
        catch (XlsxException refused)
        {
            File.Delete(target);
            return new ConvertedSheet(null, null, Reason(refused, name));
        }
    }

    private static string CsvOf(string workbook) => Path.ChangeExtension(workbook, ".csv");

    private static ImportReason Reason(XlsxException refused, string name) =>
        refused.Fault switch
        {
            XlsxFault.TooLarge => ImportReason.Of("xlsx-large", name),
            XlsxFault.NoWorkbook => ImportReason.Of("xlsx-none", name),
            XlsxFault.NoSheet => ImportReason.Of("xlsx-sheet", name),
            _ => ImportReason.Of("xlsx-broken", name),
        };

    private static long Write(IEnumerable<XlsxRow> rows, string target, long most, CancellationToken ct)
    {
        using var file = new FileStream(target, FileMode.Create, FileAccess.Write, FileShare.None, 256 * 1024);
        using var text = new StreamWriter(file, new UTF8Encoding(false), 64 * 1024);
        var first = new List<(int Number, string[] Cells)>();
        var (width, line, written) = (0, 1, 0L);
        foreach (var row in rows)
        {
            ct.ThrowIfCancellationRequested();
            if (written + first.Count < WidthRows)
            {
                first.Add((row.Number, [.. row.Cells]));
                continue;
            }
            Flush();
            WriteRow(row.Number, row.Cells);
            if (file.Position > most)
                throw new XlsxException(XlsxFault.TooLarge, "The sheet is larger than a file may be.");
        }
        Flush();
        return written;

        void Flush()
        {
            if (first.Count == 0)
                return;
            width = first.Max(r => Used(r.Cells));
            foreach (var (number, cells) in first)
                WriteRow(number, cells);
            first.Clear();
        }

        void WriteRow(int number, IReadOnlyList<string> cells)
        {
            for (; line < number; line++)
                text.Write('\n');
            line++;
            var used = Used(cells);
            for (var i = 0; used > 0 && i < Math.Max(width, used); i++)
            {
                if (i > 0)
                    text.Write(Separator);
                if (i < used)
                    WriteCell(text, cells[i]);
            }
            text.Write('\n');
            written += used > 0 ? 1 : 0;
        }
    }

    private static int Used(IReadOnlyList<string> cells)
    {
        var used = cells.Count;
        while (used > 0 && string.IsNullOrWhiteSpace(cells[used - 1]))
            used--;
        return used;
    }

    private static void WriteCell(StreamWriter text, string cell)
    {
        if (!cell.AsSpan().ContainsAny(Special))
        {
            text.Write(cell);
            return;
        }
        text.Write('"');
        foreach (var c in cell)
        {
            if (c == '"')
                text.Write('"');
            text.Write(c is '\r' or '\n' ? ' ' : c);
        }
        text.Write('"');
    }

    private static bool BeginsWith(string path, ReadOnlySpan<byte> magic)
    {
        using var file = File.OpenRead(path);
        Span<byte> first = stackalloc byte[8];
        var read = file.ReadAtLeast(first[..magic.Length], magic.Length, throwOnEndOfStream: false);
        return first[..read].SequenceEqual(magic);
    }
}
