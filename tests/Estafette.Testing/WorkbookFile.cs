using System.IO.Compression;
using System.Text;

namespace Estafette.Testing;

/// <summary>Workbooks as the programs of people write them, and as nobody should.</summary>
public static class WorkbookFile
{
    private const string Main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    private const string Rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    private const string Package = "http://schemas.openxmlformats.org/package/2006/relationships";

    /// <summary>An archive of parts.</summary>
    public static byte[] Zip(params (string Path, string Text)[] parts)
    {
        using var bytes = new MemoryStream();
        using (var archive = new ZipArchive(bytes, ZipArchiveMode.Create))
            foreach (var (path, text) in parts)
            {
                using var part = archive.CreateEntry(path, CompressionLevel.Fastest).Open();
                part.Write(Encoding.UTF8.GetBytes(text));
            }
        return bytes.ToArray();
    }

    /// <summary>As Excel writes it: shared strings, references everywhere, dates by style.</summary>
    public static byte[] LikeExcel(string rows, string strings, string formats = "", string cellFormats = "<xf numFmtId=\"0\"/>") =>
        Zip(
            ("[Content_Types].xml", "<Types/>"),
            ("_rels/.rels", Relationships(("rId1", "officeDocument", "xl/workbook.xml"))),
            ("xl/workbook.xml", Workbook("<sheet name=\"Clients\" sheetId=\"1\" r:id=\"rId1\"/>")),
            (
                "xl/_rels/workbook.xml.rels",
                Relationships(
                    ("rId1", "worksheet", "worksheets/sheet1.xml"),
                    ("rId2", "sharedStrings", "sharedStrings.xml"),
                    ("rId3", "styles", "styles.xml")
                )
            ),
            ("xl/sharedStrings.xml", $"<sst xmlns=\"{Main}\">{strings}</sst>"),
            (
                "xl/styles.xml",
                $"<styleSheet xmlns=\"{Main}\"><numFmts>{formats}</numFmts><cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs><cellXfs>{cellFormats}</cellXfs></styleSheet>"
            ),
            ("xl/worksheets/sheet1.xml", Sheet(rows))
        );

    /// <summary>As small programs write it: no strings, no styles, no references.</summary>
    public static byte[] Minimal(params string[][] rows) =>
        Zip(
            ("xl/workbook.xml", Workbook("<sheet name=\"S\" sheetId=\"1\" r:id=\"x\"/>")),
            ("xl/_rels/workbook.xml.rels", Relationships(("x", "worksheet", "/xl/s.xml"))),
            ("xl/s.xml", Sheet(string.Concat(rows.Select(r => $"<row>{string.Concat(r.Select(Inline))}</row>"))))
        );

    /// <summary>Several sheets, in this order; a name that begins with "~" is hidden.</summary>
    public static byte[] Sheets(params (string Name, string Rows)[] sheets)
    {
        var list = string.Concat(
            sheets.Select(
                (s, i) =>
                    $"<sheet name=\"{s.Name}\" sheetId=\"{i + 1}\" r:id=\"r{i}\"{(s.Name.StartsWith('~') ? " state=\"hidden\"" : "")}/>"
            )
        );
        var parts = new List<(string, string)>
        {
            ("xl/workbook.xml", Workbook(list)),
            ("xl/_rels/workbook.xml.rels", Relationships([.. sheets.Select((_, i) => ($"r{i}", "worksheet", $"worksheets/{i}.xml"))])),
        };
        parts.AddRange(sheets.Select((s, i) => ($"xl/worksheets/{i}.xml", Sheet(s.Rows))));
        return Zip([.. parts]);
    }

    /// <summary>A cell with its text in it.</summary>
    public static string Inline(string text) => $"<c t=\"inlineStr\"><is><t>{System.Net.WebUtility.HtmlEncode(text)}</t></is></c>";

    public static string Row(params string[] cells) => $"<row>{string.Concat(cells.Select(Inline))}</row>";

    public static string Sheet(string rows) => $"<worksheet xmlns=\"{Main}\"><sheetData>{rows}</sheetData></worksheet>";

    public static string Workbook(string sheets, string properties = "") =>
        $"<workbook xmlns=\"{Main}\" xmlns:r=\"{Rel}\"><workbookPr{properties}/><sheets>{sheets}</sheets></workbook>";

    public static string Relationships(params (string Id, string Kind, string Target)[] targets) =>
        $"<Relationships xmlns=\"{Package}\">{string.Concat(targets.Select(t => $"<Relationship Id=\"{t.Id}\" Type=\"{Rel}/{t.Kind}\" Target=\"{t.Target}\"/>"))}</Relationships>";
}
