using System.Globalization;
using System.Text;

namespace Estafette.Protocols.Pdf;

/// <summary>Where a text stands to its point.</summary>
public enum PdfAnchor
{
    Start,
    Middle,
    End,
}

/// <summary>A colour: red, green and blue from 0 to 255.</summary>
public readonly record struct PdfColour(byte Red, byte Green, byte Blue)
{
    public static readonly PdfColour Black = new(0, 0, 0);

    internal string Text => string.Create(CultureInfo.InvariantCulture, $"{Red / 255.0:0.###} {Green / 255.0:0.###} {Blue / 255.0:0.###}");
}

/// <summary>One A4 page, drawn from the top left corner in points (1/72 inch); what is drawn later covers what was drawn before.</summary>
public sealed class PdfPage
{
    public const double Width = 595.28;
    public const double Height = 841.89;

    private readonly StringBuilder _operators = new();

    internal PdfPage() { }

    /// <summary>The content stream (ISO 32000-1 §8 and §9), in Latin-1: texts are written as hexadecimal strings.</summary>
    internal byte[] Content => Encoding.Latin1.GetBytes(_operators.ToString());

    /// <summary>One line of text; <paramref name="y"/> is its base line.</summary>
    public void Text(double x, double y, string text, PdfFont font, double size, PdfColour colour, PdfAnchor anchor = PdfAnchor.Start)
    {
        var left = anchor switch
        {
            PdfAnchor.Middle => x - (font.Width(text, size) / 2),
            PdfAnchor.End => x - font.Width(text, size),
            _ => x,
        };
        Add(
            $"BT {colour.Text} rg /{font.Key} {N(size)} Tf {N(left)} {N(Height - y)} Td <{Convert.ToHexString(PdfFont.Encode(text))}> Tj ET"
        );
    }

    /// <summary>A filled rectangle.</summary>
    public void Rectangle(double x, double y, double width, double height, PdfColour colour) =>
        Add($"{colour.Text} rg {N(x)} {N(Height - y - height)} {N(width)} {N(height)} re f");

    /// <summary>A line through points.</summary>
    public void Line(IReadOnlyList<(double X, double Y)> points, PdfColour colour, double width = 0.75, bool dashed = false)
    {
        if (points.Count < 2)
            return;
        var path = string.Join(' ', points.Select((p, i) => $"{N(p.X)} {N(Height - p.Y)} {(i == 0 ? 'm' : 'l')}"));
        Add($"q {colour.Text} RG {N(width)} w {(dashed ? "[3 3] 0 d " : "")}1 j {path} S Q");
    }

    private void Add(string operators) => _operators.Append(operators).Append('\n');

    private static string N(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
