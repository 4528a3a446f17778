using System.Buffers.Binary;
using System.Text;
using Estafette.Protocols.Xls;

namespace Estafette.Protocols.Tests.Xls;

/// <summary>Files are read back by the letter of [MS-CFB] and [MS-XLS].</summary>
public sealed class XlsWriterTests
{
    [Fact]
    public void Cells_keep_their_kind_and_place()
    {
        var writer = new XlsWriter("Été", ["Nom", "Nombre", "Date"]);
        writer.Cell("Zoë 😀");
        writer.Cell(1234.5m);
        writer.Cell(new DateTime(2026, 3, 3, 12, 0, 0, DateTimeKind.Unspecified));
        writer.EndRow();
        var sheet = Sheets(writer.Finish()).ShouldHaveSingleItem();
        sheet.Name.ShouldBe("Été");
        sheet.Cells.ShouldBe([(0, 0, "Nom"), (0, 1, "Nombre"), (0, 2, "Date"), (1, 0, "Zoë 😀"), (1, 1, 1234.5), (1, 2, 46084.5)]);
    }

    [Fact]
    public void Text_that_would_be_a_formula_is_marked_as_text()
    {
        var writer = new XlsWriter("a", ["A"]);
        writer.Cell("=1+1");
        writer.EndRow();
        var format = Records(Stream(writer.Finish())).Last(r => r.Id == 0x0204).Data[4];
        format.ShouldBe((byte)18);
        var formats = Records(Stream(writer.Finish())).Where(r => r.Id == 0x00E0).ToList();
        (formats[18].Data[4] & 0x08).ShouldBe(0x08);
    }

    [Fact]
    public void Full_sheet_is_followed_by_another_with_the_same_heading()
    {
        var writer = new XlsWriter("n", ["N"], maxRows: 3);
        for (var i = 1; i <= 4; i++)
        {
            writer.Cell(i);
            writer.EndRow();
        }
        var sheets = Sheets(writer.Finish());
        sheets.Select(s => s.Name).ShouldBe(["n", "n 2"]);
        sheets[1].Cells.ShouldBe([(0, 0, "N"), (1, 0, 3d), (2, 0, 4d)]);
    }

    [Fact]
    public void File_of_many_sectors_lists_every_one_of_them()
    {
        // More than 109 sectors of the allocation table: 7 MB and above need the table of tables.
        var writer = new XlsWriter("big", ["A", "B"]);
        var text = new string('x', 200);
        for (var i = 0; i < 40_000; i++)
        {
            writer.Cell(i);
            writer.Cell(text);
            writer.EndRow();
        }
        var file = writer.Finish();
        file.Length.ShouldBeGreaterThan(8_000_000);
        var sheet = Sheets(file).ShouldHaveSingleItem();
        sheet.Cells.Count.ShouldBe(2 + 2 * 40_000);
        sheet.Cells[^2].ShouldBe((40_000, 0, 39_999d));
    }

    private static List<(string Name, List<(int Row, int Column, object Value)> Cells)> Sheets(byte[] file)
    {
        var stream = Stream(file);
        return
        [
            .. Records(stream)
                .TakeWhile(r => r.Id != 0x000A)
                .Where(r => r.Id == 0x0085)
                .Select(r =>
                {
                    var place = BinaryPrimitives.ReadInt32LittleEndian(r.Data);
                    var name = Encoding.Unicode.GetString(r.Data.AsSpan(8, r.Data[6] * 2));
                    return (name, Cells(stream[place..]));
                }),
        ];
    }

    private static List<(int, int, object)> Cells(byte[] sheet)
    {
        var cells = new List<(int, int, object)>();
        foreach (var (id, data) in Records(sheet).TakeWhile(r => r.Id != 0x000A).Where(r => r.Id is 0x0203 or 0x0204))
        {
            int row = BinaryPrimitives.ReadUInt16LittleEndian(data),
                column = BinaryPrimitives.ReadUInt16LittleEndian(data.AsSpan(2));
            cells.Add(
                id == 0x0203
                    ? (row, column, BinaryPrimitives.ReadDoubleLittleEndian(data.AsSpan(6)))
                    : (row, column, Encoding.Unicode.GetString(data.AsSpan(9, BinaryPrimitives.ReadUInt16LittleEndian(data.AsSpan(6)) * 2)))
            );
        }
        return cells;
    }

    private static IEnumerable<(int Id, byte[] Data)> Records(byte[] stream)
    {
        for (var at = 0; at + 4 <= stream.Length; )
        {
            int id = BinaryPrimitives.ReadUInt16LittleEndian(stream.AsSpan(at)),
                length = BinaryPrimitives.ReadUInt16LittleEndian(stream.AsSpan(at + 2));
            // Zeros behind the last record fill the sector.
            if (id == 0)
                yield break;
            yield return (id, stream[(at + 4)..(at + 4 + length)]);
            at += 4 + length;
        }
    }

    /// <summary>Follows the chain of sectors of the one stream.</summary>
    private static byte[] Stream(byte[] file)
    {
        uint Word(int at) => BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at));
        int Place(uint sector) => 512 * ((int)sector + 1);
        var fats = Enumerable.Range(0, 109).Select(i => Word(76 + 4 * i)).Where(s => s != 0xFFFFFFFF).ToList();
        for (var next = Word(68); next != 0xFFFFFFFE; next = Word(Place(next) + 508))
            fats.AddRange(Enumerable.Range(0, 127).Select(i => Word(Place(next) + 4 * i)).Where(s => s != 0xFFFFFFFF));
        fats.Count.ShouldBe((int)Word(44));
        var entry = Place(Word(48)) + 128;
        var length = (int)Word(entry + 120);
        var stream = new List<byte>(length);
        for (var sector = Word(entry + 116); sector != 0xFFFFFFFE; )
        {
            stream.AddRange(file.AsSpan(Place(sector), 512));
            sector = Word(Place(fats[(int)sector / 128]) + (int)sector % 128 * 4);
        }
        stream.Count.ShouldBeInRange(length, length + 511);
        return [.. stream.Take(length)];
    }
}
