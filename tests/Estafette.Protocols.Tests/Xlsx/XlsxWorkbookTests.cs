using Estafette.Protocols.Xlsx;
using Estafette.Testing;

namespace Estafette.Protocols.Tests.Xlsx;

public sealed class XlsxWorkbookTests
{
    private static readonly string Folder = Path.GetTempPath();

    [Fact]
    public void Shared_strings_rich_text_gaps_and_types_are_read_as_Excel_writes_them()
    {
        var book = WorkbookFile.LikeExcel(
            "<row r=\"1\" spans=\"1:4\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"C1\" t=\"s\"><v>1</v></c></row>"
                + "<row r=\"3\"><c r=\"B3\"><v>3.3612345678E10</v></c><c r=\"C3\" t=\"b\"><v>1</v></c><c r=\"D3\" t=\"e\"><v>#N/A</v></c><c r=\"E3\" t=\"str\"><f>A1&amp;\"!\"</f><v>é!</v></c></row>",
            "<si><t xml:space=\"preserve\"> E-mail</t></si><si><r><rPr><b/></rPr><t>Pré</t></r><r><t>nom</t></r><rPh sb=\"0\" eb=\"1\"><t>reading</t></rPh></si>"
        );
        Read(book).ShouldBe([(1, " E-mail||Prénom"), (3, "|33612345678|true||é!")]);
    }

    [Fact]
    public void Days_and_times_are_told_by_the_format_of_their_cell()
    {
        var book = WorkbookFile.LikeExcel(
            "<row><c s=\"1\"><v>45292</v></c><c s=\"2\"><v>45292.604166666664</v></c><c s=\"3\"><v>0.5</v></c><c s=\"4\"><v>45292</v></c><c s=\"5\"><v>45292</v></c><c s=\"1\"><v>59</v></c><c s=\"1\"><v>61</v></c><c t=\"d\"><v>2026-03-12T00:00:00</v></c></row>",
            "",
            "<numFmt numFmtId=\"164\" formatCode=\"dd/mm/yyyy\\ hh:mm\"/><numFmt numFmtId=\"165\" formatCode=\"[h]:mm\"/><numFmt numFmtId=\"166\" formatCode=\"0.00&quot; days&quot;\"/><numFmt numFmtId=\"167\" formatCode=\"[$-40C]d mmmm yyyy\"/>",
            "<xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/><xf numFmtId=\"165\"/><xf numFmtId=\"166\"/><xf numFmtId=\"167\"/>"
        );
        Read(book).ShouldBe([(1, "2024-01-01|2024-01-01 14:30:00|12:00:00|45292|2024-01-01|1900-02-28|1900-03-01|2026-03-12")]);
    }

    [Fact]
    public void Days_of_old_Macintosh_workbooks_begin_in_1904()
    {
        var book = WorkbookFile.Zip(
            ("xl/workbook.xml", WorkbookFile.Workbook("<sheet name=\"S\" r:id=\"a\"/>", " date1904=\"1\"")),
            ("xl/_rels/workbook.xml.rels", WorkbookFile.Relationships(("a", "worksheet", "s.xml"), ("b", "styles", "st.xml"))),
            ("xl/st.xml", "<styleSheet><cellXfs><xf numFmtId=\"14\"/></cellXfs></styleSheet>"),
            ("xl/s.xml", WorkbookFile.Sheet("<row><c s=\"0\"><v>43830</v></c></row>"))
        );
        Read(book).ShouldBe([(1, "2024-01-01")]);
    }

    [Theory]
    [InlineData("0#\" \"##\" \"##\" \"##\" \"##", "612345678", "0612345678")]
    [InlineData("00000", "1000", "01000")]
    [InlineData("#,##0", "1234567", "1234567")]
    [InlineData("0.00", "0.1", "0.1")]
    [InlineData("General", "0.30000000000000004", "0.3")]
    [InlineData("General", "1E-3", "0.001")]
    [InlineData("General", "-12", "-12")]
    public void Numbers_are_written_as_people_see_them(string format, string value, string text)
    {
        var book = WorkbookFile.LikeExcel(
            $"<row><c s=\"1\"><v>{value}</v></c></row>",
            "",
            $"<numFmt numFmtId=\"170\" formatCode=\"{System.Net.WebUtility.HtmlEncode(format)}\"/>",
            "<xf numFmtId=\"0\"/><xf numFmtId=\"170\"/>"
        );
        Read(book).ShouldBe([(1, text)]);
    }

    [Fact]
    public void Workbook_without_references_strings_or_styles_is_read()
    {
        Read(WorkbookFile.Minimal(["e-mail", "ville"], ["a@x.test", ""], ["b@x.test", "Nîmes"], ["", "Arles"]))
            .ShouldBe([(1, "e-mail|ville"), (2, "a@x.test"), (3, "b@x.test|Nîmes"), (4, "|Arles")]);
    }

    [Fact]
    public void Prefixed_and_strict_namespaces_are_read()
    {
        const string Strict = "http://purl.oclc.org/ooxml/spreadsheetml/main";
        var book = WorkbookFile.Zip(
            (
                "xl/workbook.xml",
                $"<x:workbook xmlns:x=\"{Strict}\" xmlns:rel=\"http://purl.oclc.org/ooxml/officeDocument/relationships\"><x:sheets><x:sheet name=\"S\" sheetId=\"1\" rel:id=\"a\"/></x:sheets></x:workbook>"
            ),
            ("xl/_rels/workbook.xml.rels", WorkbookFile.Relationships(("a", "worksheet", "s.xml"))),
            (
                "xl/s.xml",
                $"<x:worksheet xmlns:x=\"{Strict}\"><x:sheetData><x:row r=\"2\"><x:c r=\"A2\"><x:v>7</x:v></x:c></x:row></x:sheetData></x:worksheet>"
            )
        );
        Read(book).ShouldBe([(2, "7")]);
    }

    [Fact]
    public void Large_string_table_is_spilled_and_read_all_the_same()
    {
        var text = new string('x', 30_000);
        var strings = string.Concat(Enumerable.Range(0, 1_300).Select(i => $"<si><t>{i}{text}</t></si>"));
        var book = WorkbookFile.LikeExcel(
            "<row><c t=\"s\"><v>1299</v></c><c t=\"s\"><v>0</v></c><c t=\"s\"><v>99999</v></c></row>",
            strings
        );
        Read(book).ShouldBe([(1, $"1299{text}|0{text}")]);
    }

    [Theory]
    [MemberData(nameof(Odd))]
    public void Odd_workbook_is_refused_without_harm(string what, byte[] book, XlsxFault fault) =>
        Should.Throw<XlsxException>(() => Read(book)).Fault.ShouldBe(fault, what);

    public static TheoryData<string, byte[], XlsxFault> Odd()
    {
        var good = WorkbookFile.Minimal(["a@x.test"]);
        return new TheoryData<string, byte[], XlsxFault>
        {
            { "nothing", [], XlsxFault.Broken },
            { "text", "PK\u0003\u0004 hello"u8.ToArray(), XlsxFault.Broken },
            { "cut off", good[..(good.Length / 2)], XlsxFault.Broken },
            { "another archive", WorkbookFile.Zip(("readme.txt", "hello")), XlsxFault.NoWorkbook },
            {
                "entities",
                WithSheet("<!DOCTYPE a [<!ENTITY b \"c\">]><worksheet><sheetData><row><c><v>&b;</v></c></row></sheetData></worksheet>"),
                XlsxFault.Broken
            },
            { "open tags", WithSheet("<worksheet><sheetData><row><c><v>1"), XlsxFault.Broken },
            { "deep nesting", WithSheet(string.Concat(Enumerable.Repeat("<a>", 5_000))), XlsxFault.Broken },
            {
                "too many columns",
                WithSheet("<worksheet><sheetData><row><c r=\"ZZZZ1\"><v>1</v></c></row></sheetData></worksheet>"),
                XlsxFault.TooLarge
            },
            {
                "too many rows",
                WithSheet("<worksheet><sheetData><row r=\"1048577\"><c><v>1</v></c></row></sheetData></worksheet>"),
                XlsxFault.TooLarge
            },
            {
                "missing part",
                WorkbookFile.Zip(
                    ("xl/workbook.xml", WorkbookFile.Workbook("<sheet name=\"S\" r:id=\"a\"/>")),
                    ("xl/_rels/workbook.xml.rels", WorkbookFile.Relationships(("a", "worksheet", "gone.xml")))
                ),
                XlsxFault.NoSheet
            },
        };
    }

    [Fact]
    public void Zip_bomb_is_refused_before_it_fills_anything()
    {
        var zeros = new string('0', 1 << 20);
        using var bytes = new MemoryStream();
        using (var archive = new System.IO.Compression.ZipArchive(bytes, System.IO.Compression.ZipArchiveMode.Create, leaveOpen: true))
        {
            Write(archive, "xl/workbook.xml", WorkbookFile.Workbook("<sheet name=\"S\" r:id=\"a\"/>"));
            Write(archive, "xl/_rels/workbook.xml.rels", WorkbookFile.Relationships(("a", "worksheet", "s.xml")));
            using var part = archive.CreateEntry("xl/s.xml", System.IO.Compression.CompressionLevel.SmallestSize).Open();
            part.Write("<worksheet><sheetData><row><c><v>"u8);
            for (var i = 0; i < 200; i++)
                part.Write(System.Text.Encoding.ASCII.GetBytes(zeros));
            part.Write("</v></c></row></sheetData></worksheet>"u8);
        }
        Should.Throw<XlsxException>(() => Read(bytes.ToArray())).Fault.ShouldBe(XlsxFault.TooLarge);
    }

    [Fact]
    public void Hidden_sheets_are_told_and_charts_are_no_sheets()
    {
        using var book = XlsxWorkbook.Open(
            new MemoryStream(WorkbookFile.Sheets(("~Notes", WorkbookFile.Row("x")), ("Clients", WorkbookFile.Row("y")))),
            Folder
        );
        book.Sheets.Select(s => (s.Name, s.IsHidden)).ShouldBe([("~Notes", true), ("Clients", false)]);
    }

    private static byte[] WithSheet(string xml) =>
        WorkbookFile.Zip(
            ("xl/workbook.xml", WorkbookFile.Workbook("<sheet name=\"S\" r:id=\"a\"/>")),
            ("xl/_rels/workbook.xml.rels", WorkbookFile.Relationships(("a", "worksheet", "s.xml"))),
            ("xl/s.xml", xml)
        );

    private static void Write(System.IO.Compression.ZipArchive archive, string path, string text)
    {
        using var part = archive.CreateEntry(path).Open();
        part.Write(System.Text.Encoding.UTF8.GetBytes(text));
    }

    private static List<(int, string)> Read(byte[] bytes)
    {
        using var book = XlsxWorkbook.Open(new MemoryStream(bytes), Folder);
        return [.. book.Rows(book.Sheets[0]).Select(r => (r.Number, string.Join('|', r.Cells)))];
    }
}
