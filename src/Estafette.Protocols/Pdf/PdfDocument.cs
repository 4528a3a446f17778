using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Estafette.Protocols.Pdf;

/// <summary>
/// Writes a PDF 1.7 file (ISO 32000-1): pages of text, lines and rectangles as vectors, fonts that need no embedding, compressed streams, a
/// cross-reference table. Layout of the file: header; catalog (1), page tree (2), the two fonts (3, 4), information (5), then for each page its
/// object and its content; table of the places of all objects; trailer.
/// </summary>
public sealed class PdfDocument(string title, string language, DateTimeOffset createdAt)
{
    private const int FirstPage = 6;
    private readonly List<PdfPage> _pages = [];

    public int PageCount => _pages.Count;

    /// <summary>Adds an empty page at the end.</summary>
    public PdfPage AddPage()
    {
        var page = new PdfPage();
        _pages.Add(page);
        return page;
    }

    /// <summary>The whole file; a document without pages gets an empty one.</summary>
    public byte[] ToBytes()
    {
        if (_pages.Count == 0)
            AddPage();
        using var file = new MemoryStream();
        var places = new List<long>();
        void Write(string text) => file.Write(Encoding.Latin1.GetBytes(text));
        void Begin()
        {
            places.Add(file.Position);
            Write($"{places.Count} 0 obj\n");
        }
        void Add(string body)
        {
            Begin();
            Write($"{body}\nendobj\n");
        }
        // The comment with bytes above 127 tells transfer programs that the file is binary (§7.5.2).
        Write("%PDF-1.7\n%\u00e2\u00e3\u00cf\u00d3\n");
        Add($"<< /Type /Catalog /Pages 2 0 R /Lang {Literal(language)} /ViewerPreferences << /DisplayDocTitle true >> >>");
        var kids = string.Join(' ', Enumerable.Range(0, _pages.Count).Select(i => $"{FirstPage + (2 * i)} 0 R"));
        Add($"<< /Type /Pages /Count {_pages.Count} /Kids [{kids}] >>");
        foreach (var font in new[] { PdfFont.Regular, PdfFont.Bold })
            Add($"<< /Type /Font /Subtype /Type1 /BaseFont /{font.Name} /Encoding /WinAnsiEncoding >>");
        Add($"<< /Title {Literal(title)} /Producer {Literal("Estafette")} /CreationDate (D:{createdAt.UtcDateTime:yyyyMMddHHmmss}Z) >>");
        foreach (var page in _pages)
        {
            Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {PdfPage.Width} {PdfPage.Height}] /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> /Contents {places.Count + 2} 0 R >>"
                )
            );
            var content = Deflate(page.Content);
            Begin();
            Write($"<< /Length {content.Length} /Filter /FlateDecode >>\nstream\n");
            file.Write(content);
            Write("\nendstream\nendobj\n");
        }
        var table = file.Position;
        Write($"xref\n0 {places.Count + 1}\n0000000000 65535 f \n");
        foreach (var place in places)
            Write($"{place:D10} 00000 n \n");
        Write($"trailer\n<< /Size {places.Count + 1} /Root 1 0 R /Info 5 0 R >>\nstartxref\n{table}\n%%EOF\n");
        return file.ToArray();
    }

    /// <summary>A text string in UTF-16 with its mark (§7.9.2.2), so that every script is kept in titles.</summary>
    private static string Literal(string text) => $"<FEFF{Convert.ToHexString(Encoding.BigEndianUnicode.GetBytes(text))}>";

    private static byte[] Deflate(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write(content);
        return packed.ToArray();
    }
}
