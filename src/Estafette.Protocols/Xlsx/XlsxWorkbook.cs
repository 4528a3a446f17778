using System.IO.Compression;
using System.Xml;

namespace Estafette.Protocols.Xlsx;

/// <summary>A worksheet of a workbook.</summary>
public sealed record XlsxSheet(string Name, bool IsHidden)
{
    internal string Path { get; init; } = "";
}

/// <summary>
/// Reads workbooks of Excel, LibreOffice and others (ECMA-376, Office Open XML) row by row, in bounded memory whatever is in the file.
/// <para>An .xlsx is a ZIP archive. <c>_rels/.rels</c> names the workbook part, the workbook lists its sheets by relationship ids, which
/// <c>_rels/workbook.xml.rels</c> resolves to parts; so are the shared strings and the styles. Writers differ in paths, namespaces and in what
/// they leave out: references of cells and rows, the string table, the styles. All of these are optional here.</para>
/// <para>Formulas give the value stored with them; errors (#N/A) and cells of charts nothing. Days and times come as "2026-03-12" and
/// "2026-03-12 14:30:00" by the number format of their cell.</para>
/// </summary>
public sealed class XlsxWorkbook : IDisposable
{
    /// <summary>Bytes one worksheet may unpack to: 1,048,576 rows of some 50 cells.</summary>
    private const long MaxSheetBytes = 8L * 1024 * 1024 * 1024;
    private const long MaxStringBytes = 2L * 1024 * 1024 * 1024;
    private const long MaxPartBytes = 16 * 1024 * 1024;
    private const int MaxEntries = 20_000;
    private const int MaxSheets = 1_000;

    private readonly ZipArchive _archive;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<XlsxSheet> _sheets = [];
    private readonly Dictionary<string, string> _kinds = new(StringComparer.Ordinal);
    private readonly string _spillFolder;
    private bool _from1904;

    private XlsxWorkbook(ZipArchive archive, string spillFolder) => (_archive, _spillFolder) = (archive, spillFolder);

    /// <summary>The worksheets in their order.</summary>
    public IReadOnlyList<XlsxSheet> Sheets => _sheets;

    /// <summary>Opens a workbook.</summary>
    /// <param name="file">Seekable; closed with the workbook.</param>
    /// <param name="spillFolder">Where a large string table is kept while rows are read.</param>
    /// <exception cref="XlsxException">The file is no workbook that can be read.</exception>
    public static XlsxWorkbook Open(Stream file, string spillFolder)
    {
        ArgumentNullException.ThrowIfNull(file);
        try
        {
            return Guard(() =>
            {
                var book = new XlsxWorkbook(new ZipArchive(file, ZipArchiveMode.Read), spillFolder);
                book.ReadContents();
                return book;
            });
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The rows of a sheet: those that the file holds, each with its number from 1 and the texts of its cells up to the last one.</summary>
    /// <exception cref="XlsxException">The sheet is damaged or too large; thrown while rows are read.</exception>
    public IEnumerable<XlsxRow> Rows(XlsxSheet sheet)
    {
        if (!_entries.TryGetValue(sheet.Path, out var entry))
            throw new XlsxException(XlsxFault.NoSheet, $"The workbook has no part '{sheet.Path}'.");
        using var strings = Guard(() => SharedStrings.Read(Part("sharedStrings"), _spillFolder, MaxStringBytes));
        var styles = Guard(() => XlsxStyles.Read(Part("styles")));
        using var rows = Guard(() => new XlsxRows(XlsxXml.Open(entry, MaxSheetBytes), strings, styles, _from1904));
        while (Guard(rows.Read) is { } row)
            yield return row;
    }

    public void Dispose() => _archive.Dispose();

    // Whatever the archive or XML reader finds wrong is a damaged workbook to the caller.
    private static T Guard<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception broken) when (broken is InvalidDataException or XmlException or EndOfStreamException or NotSupportedException)
        {
            throw new XlsxException(XlsxFault.Broken, broken.Message, broken);
        }
    }

    private void ReadContents()
    {
        if (_archive.Entries.Count > MaxEntries)
            throw new XlsxException(XlsxFault.TooLarge, $"The archive has more than {MaxEntries} parts.");
        foreach (var entry in _archive.Entries)
            _entries.TryAdd(entry.FullName.Replace('\\', '/').TrimStart('/'), entry);
        var main = Relationships("_rels/.rels", "").Values.FirstOrDefault(r => r.Kind == "officeDocument").Path ?? "xl/workbook.xml";
        if (!_entries.TryGetValue(main, out var workbook))
            throw new XlsxException(XlsxFault.NoWorkbook, "The archive holds no workbook.");
        var slash = main.LastIndexOf('/');
        var (folder, name) = slash < 0 ? ("", main) : (main[..(slash + 1)], main[(slash + 1)..]);
        var parts = Relationships($"{folder}_rels/{name}.rels", folder);
        foreach (var (kind, path) in parts.Values)
            _kinds.TryAdd(kind, path);
        ReadWorkbook(workbook, parts);
    }

    private void ReadWorkbook(ZipArchiveEntry workbook, Dictionary<string, (string Kind, string Path)> parts)
    {
        using var xml = XlsxXml.Open(workbook, MaxPartBytes);
        while (XlsxXml.Next(xml))
        {
            if (xml.NodeType != XmlNodeType.Element)
                continue;
            if (xml.LocalName == "workbookPr")
                _from1904 = XlsxXml.Attribute(xml, "date1904") is "1" or "true";
            else if (xml.LocalName == "sheet" && _sheets.Count < MaxSheets)
                AddSheet(xml, parts);
        }
    }

    // Charts and macros stand in the same list; only worksheets have rows. "id" is that of the relationship, "sheetId" another number.
    private void AddSheet(XmlReader xml, Dictionary<string, (string Kind, string Path)> parts)
    {
        var name = XlsxXml.Attribute(xml, "name") ?? $"{_sheets.Count + 1}";
        var hidden = XlsxXml.Attribute(xml, "state") is "hidden" or "veryHidden";
        if (parts.TryGetValue(XlsxXml.Attribute(xml, "id") ?? "", out var part) && part.Kind == "worksheet")
            _sheets.Add(new XlsxSheet(name, hidden) { Path = part.Path });
    }

    private ZipArchiveEntry? Part(string kind) => _kinds.TryGetValue(kind, out var path) ? _entries.GetValueOrDefault(path) : null;

    // Id to the last word of the type and the part it leads to.
    private Dictionary<string, (string Kind, string Path)> Relationships(string path, string folder)
    {
        var found = new Dictionary<string, (string, string)>(StringComparer.Ordinal);
        if (!_entries.TryGetValue(path, out var entry))
            return found;
        using var xml = XlsxXml.Open(entry, MaxPartBytes);
        while (XlsxXml.Next(xml))
            if (
                xml.NodeType == XmlNodeType.Element
                && xml.LocalName == "Relationship"
                && XlsxXml.Attribute(xml, "Id") is { } id
                && XlsxXml.Attribute(xml, "Target") is { } target
                && XlsxXml.Attribute(xml, "TargetMode") != "External"
            )
                found.TryAdd(id, ((XlsxXml.Attribute(xml, "Type") ?? "").Split('/')[^1], Resolve(folder, target)));
        return found;
    }

    private static string Resolve(string folder, string target)
    {
        target = target.Replace('\\', '/');
        if (target.StartsWith('/'))
            return target.TrimStart('/');
        var parts = new List<string>();
        foreach (var part in (folder + target).Split('/'))
            if (part == ".." && parts.Count > 0)
                parts.RemoveAt(parts.Count - 1);
            else if (part is not ("" or "." or ".."))
                parts.Add(part);
        return string.Join('/', parts);
    }
}
