using System.IO.Compression;
using System.Xml.Linq;
using Estafette.Protocols.Xlsx;

namespace Estafette.Protocols.Tests.Xlsx;

public sealed class XlsxWriterTests
{
    private static readonly XNamespace Main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

    [Fact]
    public async Task Cells_keep_their_kind()
    {
        using var book = await WriteAsync(
            ["Texte", "Nombre", "Date"],
            ["Été & <hiver>", 1234.5m, new DateTime(2026, 3, 3, 12, 0, 0, DateTimeKind.Unspecified)]
        );
        var cells = Rows(book, 1)[1].Elements(Main + "c").ToList();
        cells[0].Value.ShouldBe("Été & <hiver>");
        cells[0].Attribute("t")!.Value.ShouldBe("inlineStr");
        cells[1].Element(Main + "v")!.Value.ShouldBe("1234.5");
        cells[2].Element(Main + "v")!.Value.ShouldBe("46084.5");
        cells[2].Attribute("s")!.Value.ShouldBe("2");
    }

    [Theory]
    [InlineData("=1+1", true)]
    [InlineData("@SUM(A1)", true)]
    [InlineData("\tx", true)]
    [InlineData("-12,5", false)]
    [InlineData("+33612345678", false)]
    [InlineData("plain", false)]
    public async Task Text_that_would_be_a_formula_is_marked_as_text(string text, bool marked)
    {
        using var book = await WriteAsync(["A"], [text]);
        var cell = Rows(book, 1)[1].Element(Main + "c")!;
        cell.Value.ShouldBe(text);
        cell.Attribute("s")?.Value.ShouldBe("3");
        (cell.Attribute("s") is not null).ShouldBe(marked);
        cell.Attribute("t")!.Value.ShouldBe("inlineStr");
    }

    [Fact]
    public async Task Characters_that_xml_has_not_are_replaced()
    {
        using var book = await WriteAsync(["A"], ["a\u0001b\uD800c😀"]);
        Rows(book, 1)[1].Value.ShouldBe("a\uFFFDb\uFFFDc😀");
    }

    [Fact]
    public async Task Text_longer_than_a_cell_is_cut()
    {
        using var book = await WriteAsync(["A"], [new string('x', XlsxWriter.MaxCell + 10)]);
        Rows(book, 1)[1].Value.Length.ShouldBe(XlsxWriter.MaxCell);
    }

    [Fact]
    public async Task Full_sheet_is_followed_by_another_with_the_same_heading_and_no_empty_one()
    {
        using var stream = new MemoryStream();
        using (var writer = XlsxWriter.Create(stream, "people", ["N"], maxRows: 3))
        {
            for (var i = 1; i <= 4; i++)
            {
                writer.Cell(i);
                await writer.EndRowAsync(default);
            }
            await writer.FinishAsync(default);
        }
        using var book = new ZipArchive(new MemoryStream(stream.ToArray()));
        book.Entries.Count(e => e.FullName.StartsWith("xl/worksheets/", StringComparison.Ordinal)).ShouldBe(2);
        Rows(book, 2).Select(r => r.Value).ShouldBe(["N", "3", "4"]);
        Part(book, "xl/workbook.xml").Descendants(Main + "sheet").Select(s => s.Attribute("name")!.Value).ShouldBe(["people", "people 2"]);
    }

    [Fact]
    public async Task Every_part_that_is_named_exists()
    {
        using var book = await WriteAsync(["A"], ["x"]);
        var parts = Part(book, "[Content_Types].xml")
            .Descendants()
            .Select(e => e.Attribute("PartName")?.Value.TrimStart('/'))
            .OfType<string>()
            .ToList();
        parts.Count.ShouldBe(3);
        foreach (var part in parts)
            book.GetEntry(part).ShouldNotBeNull(part);
    }

    [Fact]
    public async Task Nothing_is_written_without_await_and_memory_stays_bounded()
    {
        await using var sink = new AsyncOnlySink();
        using (var writer = XlsxWriter.Create(sink, "rows", ["A", "B", "C"]))
        {
            for (var i = 0; i < 100_000; i++)
            {
                writer.Cell("someone@example.test");
                writer.Cell(i);
                writer.Cell(null);
                await writer.EndRowAsync(default);
            }
            await writer.FinishAsync(default);
        }
        sink.Written.ShouldBeGreaterThan(100_000);
        sink.Largest.ShouldBeLessThan(512 * 1024);
    }

    private static async Task<ZipArchive> WriteAsync(string[] headings, params object?[][] rows)
    {
        using var stream = new MemoryStream();
        using (var writer = XlsxWriter.Create(stream, "sheet", headings))
        {
            foreach (var row in rows)
            {
                foreach (var cell in row)
                    writer.Cell(cell);
                await writer.EndRowAsync(default);
            }
            await writer.FinishAsync(default);
        }
        return new ZipArchive(new MemoryStream(stream.ToArray()));
    }

    private static List<XElement> Rows(ZipArchive book, int sheet) =>
        [.. Part(book, $"xl/worksheets/sheet{sheet}.xml").Descendants(Main + "row")];

    private static XDocument Part(ZipArchive book, string name)
    {
        using var part = book.GetEntry(name)!.Open();
        return XDocument.Load(part, LoadOptions.PreserveWhitespace);
    }

    /// <summary>Takes bytes as Kestrel does: not without await, and never back.</summary>
    private sealed class AsyncOnlySink : Stream
    {
        public long Written { get; private set; }
        public int Largest { get; private set; }

        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException("A connection has no length.");

        public override long Position
        {
            get => throw new NotSupportedException("A connection has no position.");
            set => throw new NotSupportedException("A connection cannot go back.");
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Written += buffer.Length;
            Largest = Math.Max(Largest, buffer.Length);
            return ValueTask.CompletedTask;
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override void Flush() => throw new InvalidOperationException("Synchronous.");

        public override void Write(byte[] buffer, int offset, int count) => throw new InvalidOperationException("Synchronous.");

        public override int Read(byte[] buffer, int offset, int count) =>
            throw new NotSupportedException("This end of the connection is written only.");

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("A connection cannot go back.");

        public override void SetLength(long value) => throw new NotSupportedException("A connection has no length.");
    }
}
