using System.Globalization;
using System.Text;

namespace Estafette.Protocols.Xlsx;

/// <summary>The parts of a workbook that are no rows.</summary>
internal static class XlsxParts
{
    private const string Xml = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>";
    private const string Main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    private const string Office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    private const string Package = "http://schemas.openxmlformats.org/package/2006";
    private const string Type = "application/vnd.openxmlformats-officedocument.spreadsheetml";

    /// <summary>The heading stays in view.</summary>
    public const string SheetBegin =
        $"{Xml}<worksheet xmlns=\"{Main}\"><sheetViews><sheetView workbookViewId=\"0\"><pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight=\"15\" baseColWidth=\"18\"/><sheetData>";

    public const string SheetEnd = "</sheetData></worksheet>";

    /// <summary>Cell formats by number: plain, bold, time, text with an apostrophe.</summary>
    public const string Styles =
        $"{Xml}<styleSheet xmlns=\"{Main}\"><numFmts count=\"1\"><numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\\-dd\\ hh:mm:ss\"/></numFmts>"
        + "<fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font><font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts>"
        + "<fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill></fills>"
        + "<borders count=\"1\"><border/></borders><cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs>"
        + "<cellXfs count=\"4\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>"
        + "<xf numFmtId=\"0\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyFont=\"1\"/>"
        + "<xf numFmtId=\"164\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>"
        + "<xf numFmtId=\"49\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" quotePrefix=\"1\" applyNumberFormat=\"1\"/></cellXfs></styleSheet>";

    public const string Relations =
        $"{Xml}<Relationships xmlns=\"{Package}/relationships\"><Relationship Id=\"rId1\" Type=\"{Office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";

    public static string Workbook(IEnumerable<string> names) =>
        $"{Xml}<workbook xmlns=\"{Main}\" xmlns:r=\"{Office}\"><sheets>"
        + string.Concat(names.Select((name, i) => $"<sheet name=\"{Escape(name)}\" sheetId=\"{Text(i + 1)}\" r:id=\"rId{Text(i + 1)}\"/>"))
        + "</sheets></workbook>";

    public static string WorkbookRelations(IReadOnlyCollection<int> sheets) =>
        $"{Xml}<Relationships xmlns=\"{Package}/relationships\">"
        + string.Concat(
            sheets.Select(n => $"<Relationship Id=\"rId{Text(n)}\" Type=\"{Office}/worksheet\" Target=\"worksheets/sheet{Text(n)}.xml\"/>")
        )
        + $"<Relationship Id=\"rId{Text(sheets.Count + 1)}\" Type=\"{Office}/styles\" Target=\"styles.xml\"/></Relationships>";

    public static string ContentTypes(IEnumerable<int> sheets) =>
        $"{Xml}<Types xmlns=\"{Package}/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
        + $"<Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"{Type}.sheet.main+xml\"/>"
        + $"<Override PartName=\"/xl/styles.xml\" ContentType=\"{Type}.styles+xml\"/>"
        + string.Concat(
            sheets.Select(n => $"<Override PartName=\"/xl/worksheets/sheet{Text(n)}.xml\" ContentType=\"{Type}.worksheet+xml\"/>")
        )
        + "</Types>";

    /// <summary>Text of an element or attribute; characters that XML 1.0 does not have (§2.2) become U+FFFD.</summary>
    public static string Escape(string text)
    {
        if (!text.AsSpan().ContainsAny(Special) && !text.Any(c => c < ' ' || char.IsSurrogate(c) || c >= '\uFFFE'))
            return text;
        var escaped = new StringBuilder(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '&' => escaped.Append("&amp;"),
                '<' => escaped.Append("&lt;"),
                '>' => escaped.Append("&gt;"),
                '"' => escaped.Append("&quot;"),
                (< ' ' and not '\t' and not '\n' and not '\r') or 0xFFFE or 0xFFFF => escaped.Append('\uFFFD'),
                _ => escaped.Append(rune.ToString()),
            };
        }
        return escaped.ToString();
    }

    private static readonly System.Buffers.SearchValues<char> Special = System.Buffers.SearchValues.Create("&<>\"");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
