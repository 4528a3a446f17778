using System.Globalization;

namespace Estafette.Protocols.Pdf;

/// <summary>
/// One of the two fonts every PDF reader has without embedding (ISO 32000-1 §9.6.2.2), with the widths Adobe publishes for it, in thousandths of
/// the size. Text is WinAnsi (Windows-1252): all letters of French and of western Europe; what it lacks becomes a question mark.
/// </summary>
public sealed class PdfFont
{
    private const string RegularWidths =
        "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556*10 278 278 584 584 584 556 1015 667 667 722 722 667 611 778 722 278 "
        + "500 667 556 833 722 778 667 778 722 667 611 722 667 944 667 667 611 278 278 278 469 556 333 556 556 500 556 556 278 556 556 222 222 500 222 "
        + "833 556 556 556 556 333 500 278 556 500 722 500 500 500 334 260 334 584 350 556 350 222 556 333 1000 556 556 333 1000 667 333 1000 350 611 350 "
        + "350 222 222 333 333 350 556 1000 333 1000 500 333 944 350 500 667 278 333 556 556 556 556 260 556 333 737 370 556 584 333 737 333 400 584 333 "
        + "333 333 556 537 278 333 333 365 556 834 834 834 611 667*6 1000 722 667*4 278*4 722 722 778*5 584 778 722*4 667 667 611 556*6 889 500 556*4 "
        + "278*4 556 556 556*5 584 611 556*4 500 556 500";

    private const string BoldWidths =
        "278 333 474 556 556 889 722 238 333 333 389 584 278 333 278 278 556*10 333 333 584 584 584 611 975 722 722 722 722 667 611 778 722 278 "
        + "556 722 611 833 722 778 667 778 722 667 611 722 667 944 667 667 611 333 278 333 584 556 333 556 611 556 611 556 333 611 611 278 278 556 278 "
        + "889 611 611 611 611 389 556 333 611 556 778 556 556 500 389 280 389 584 350 556 350 278 556 500 1000 556 556 333 1000 667 333 1000 350 611 350 "
        + "350 278 278 500 500 350 556 1000 333 1000 556 333 944 350 500 667 278 333 556 556 556 556 280 556 333 737 370 556 584 333 737 333 400 584 333 "
        + "333 333 611 556 278 333 333 365 556 834 834 834 611 722*6 1000 722 667*4 278*4 722 722 778*5 584 778 722*4 667 667 611 556*6 889 556 556*4 "
        + "278*4 611 611 611*5 584 611 611*4 556 611 556";

    /// <summary>What Windows-1252 has at 0x80 to 0x9F; NUL where it has nothing.</summary>
    private const string HighTable = "€\0‚ƒ„…†‡ˆ‰Š‹Œ\0Ž\0\0‘’“”•–—˜™š›œ\0žŸ";

    public static readonly PdfFont Regular = new("F1", "Helvetica", RegularWidths);
    public static readonly PdfFont Bold = new("F2", "Helvetica-Bold", BoldWidths);

    private readonly int[] _widths;

    private PdfFont(string key, string name, string widths) =>
        (Key, Name, _widths) = (
            key,
            name,
            [
                .. widths
                    .Split(' ')
                    .SelectMany(w =>
                        w.Split('*') is [var width, var times]
                            ? Enumerable.Repeat(Number(width), Number(times))
                            : Enumerable.Repeat(Number(w), 1)
                    ),
            ]
        );

    /// <summary>Its name in the resources of a page.</summary>
    internal string Key { get; }

    internal string Name { get; }

    internal int Count => _widths.Length;

    /// <summary>Width of a text in points.</summary>
    public double Width(string text, double size) => Encode(text).Sum(b => b < 32 ? 0 : _widths[b - 32]) * size / 1000;

    /// <summary>The text, shortened with … so that it is no wider than this.</summary>
    public string Fit(string text, double size, double width)
    {
        if (Width(text, size) <= width)
            return text;
        var length = text.Length;
        while (length > 0 && Width(text[..length].TrimEnd() + "…", size) > width)
            length--;
        return text[..length].TrimEnd() + "…";
    }

    /// <summary>The bytes of a text in Windows-1252; the narrow no-break space becomes the no-break space.</summary>
    internal static byte[] Encode(string text)
    {
        var bytes = new List<byte>(text.Length);
        foreach (var rune in text.EnumerateRunes())
            bytes.Add(
                rune.Value switch
                {
                    0x202F or 0x2009 => 0xA0,
                    0x2011 => (byte)'-',
                    0x2212 => (byte)'-',
                    < 32 => (byte)' ',
                    < 0x7F or (>= 0xA0 and <= 0xFF) => (byte)rune.Value,
                    _ when rune.IsBmp && HighTable.IndexOf((char)rune.Value, StringComparison.Ordinal) is >= 0 and var at => (byte)(
                        0x80 + at
                    ),
                    _ => (byte)'?',
                }
            );
        return [.. bytes];
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
