using System.Globalization;
using System.Text;
using Estafette.Protocols.Pdf;

namespace Estafette.Protocols.Tests.Pdf;

public sealed class PdfDocumentTests
{
    private static string Write(Action<PdfPage> draw)
    {
        var document = new PdfDocument("Été", "fr", DateTimeOffset.UnixEpoch);
        draw(document.AddPage());
        return Encoding.Latin1.GetString(document.ToBytes());
    }

    [Fact]
    public void Table_names_the_place_of_every_object()
    {
        var file = Write(p => p.Text(10, 10, "x", PdfFont.Regular, 10, PdfColour.Black));
        var start = int.Parse(
            file[(file.LastIndexOf("startxref", StringComparison.Ordinal) + 10)..].Split('\n')[0],
            CultureInfo.InvariantCulture
        );
        file[start..].ShouldStartWith("xref\n0 8\n");
        var lines = file[start..].Split('\n');
        for (var number = 1; number <= 7; number++)
        {
            var place = int.Parse(lines[2 + number][..10], CultureInfo.InvariantCulture);
            file[place..].ShouldStartWith($"{number} 0 obj\n");
        }
    }

    [Fact]
    public void French_letters_and_signs_are_kept()
    {
        PdfFont
            .Encode("éèêçœŒ€–’« 12\u202f% »")
            .ShouldBe([0xE9, 0xE8, 0xEA, 0xE7, 0x9C, 0x8C, 0x80, 0x96, 0x92, 0xAB, 0x20, 0x31, 0x32, 0xA0, 0x25, 0x20, 0xBB]);
        PdfFont.Encode("日😀").ShouldBe("??"u8.ToArray());
        Write(_ => { }).ShouldContain("/Title <FEFF00C9007400E9>");
    }

    [Fact]
    public void Widths_are_those_of_the_font()
    {
        (PdfFont.Regular.Count, PdfFont.Bold.Count).ShouldBe((224, 224));
        PdfFont.Regular.Width("AVé 1", 1000).ShouldBe(667 + 667 + 556 + 278 + 556);
        PdfFont.Bold.Width("b", 10).ShouldBe(6.11);
        PdfFont.Regular.Fit("Une très longue ligne", 10, 40).ShouldEndWith("…");
        PdfFont.Regular.Width(PdfFont.Regular.Fit("Une très longue ligne", 10, 40), 10).ShouldBeLessThanOrEqualTo(40);
    }
}
