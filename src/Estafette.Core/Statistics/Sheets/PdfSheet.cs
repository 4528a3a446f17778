using Estafette.Protocols.Pdf;

namespace Estafette.Core.Statistics;

/// <summary>Draws a report on A4 pages: figures, time line and tables as vectors, page numbers at the foot.</summary>
public static class PdfSheet
{
    private const double Margin = 42;
    private const double Right = PdfPage.Width - Margin;
    private const double Bottom = PdfPage.Height - 56;

    private static readonly PdfColour Ink = new(24, 36, 51);
    private static readonly PdfColour Muted = new(91, 102, 117);
    private static readonly PdfColour Rule = new(218, 224, 233);
    private static readonly PdfColour Blue = new(66, 153, 225);
    private static readonly PdfColour Green = new(12, 166, 120);
    private static readonly PdfColour Indigo = new(66, 99, 235);

    public static byte[] Write(ReportSheet sheet)
    {
        var words = new SheetWords(sheet);
        var drawing = new Drawing(new PdfDocument(sheet.Name, sheet.Language, sheet.At));
        drawing.Line(sheet.Brand.Name, PdfFont.Bold, 10, Muted, 14);
        drawing.Line(sheet.Name, PdfFont.Bold, 20, Ink, 26);
        drawing.Line(sheet.Subject, PdfFont.Regular, 11, Ink, 16);
        drawing.Line(words.When(), PdfFont.Regular, 9, Muted, 24);
        DrawFigures(drawing, words);
        DrawTime(drawing, words);
        foreach (var table in words.Tables())
            DrawTable(drawing, table);
        drawing.Space(14);
        foreach (var figure in words.Figures().Where(f => f.Formula is not null))
            drawing.Line($"{figure.Name} : {figure.Formula}", PdfFont.Regular, 7.5, Muted, 10.5);
        drawing.Space(4);
        drawing.Line(words.Get("honest"), PdfFont.Regular, 7.5, Muted, 10.5);
        drawing.Finish(words.Get("made", words.Time(sheet.At)));
        return drawing.Document.ToBytes();
    }

    private static void DrawFigures(Drawing drawing, SheetWords words)
    {
        const double height = 54;
        const double gap = 8;
        const double width = (Right - Margin - (3 * gap)) / 4;
        foreach (var row in words.Figures().Chunk(4))
        {
            drawing.Need(height + gap);
            for (var i = 0; i < row.Length; i++)
            {
                var (x, y) = (Margin + (i * (width + gap)), drawing.Y);
                drawing.Page.Rectangle(x, y, width, height, Rule);
                drawing.Page.Rectangle(x + 0.6, y + 0.6, width - 1.2, height - 1.2, new PdfColour(255, 255, 255));
                drawing.Page.Text(x + 8, y + 15, PdfFont.Regular.Fit(row[i].Name, 8.5, width - 16), PdfFont.Regular, 8.5, Muted);
                drawing.Page.Text(x + 8, y + 33, row[i].Value, PdfFont.Bold, 15, Ink);
                drawing.Page.Text(x + 8, y + 46, row[i].Rate ?? "", PdfFont.Regular, 9, Muted);
            }
            drawing.Space(height + gap);
        }
    }

    private static void DrawTime(Drawing drawing, SheetWords words)
    {
        var steps = words.Steps();
        if (steps.Count < 2)
            return;
        const double height = 110;
        drawing.Title(words.Get("timeline"), height + 40);
        var legend = Margin;
        foreach (var (name, colour) in new[] { (words.Get("sent"), Blue), (words.Get("opened"), Green), (words.Get("clicked"), Indigo) })
        {
            drawing.Page.Rectangle(legend, drawing.Y, 8, 8, colour);
            drawing.Page.Text(legend + 12, drawing.Y + 7.5, name, PdfFont.Regular, 8.5, Muted);
            legend += 26 + PdfFont.Regular.Width(name, 8.5);
        }
        drawing.Space(16);
        var most = Math.Max(4, steps.Max(s => Math.Max(s.Sent, Math.Max(s.Opened, s.Clicked))));
        var left = Margin + PdfFont.Regular.Width(words.Number(most), 8) + 6;
        var (top, step) = (drawing.Y, (Right - left) / steps.Count);
        double Y(long value) => top + height - (height * value / most);
        for (var i = 0; i <= 4; i++)
        {
            drawing.Page.Line([(left, Y(most * i / 4)), (Right, Y(most * i / 4))], Rule, 0.5);
            drawing.Page.Text(left - 5, Y(most * i / 4) + 3, words.Number(most * i / 4), PdfFont.Regular, 8, Muted, PdfAnchor.End);
        }
        for (var i = 0; i < steps.Count; i++)
            drawing.Page.Rectangle(left + (i * step) + 1, Y(steps[i].Sent), Math.Max(0.5, step - 2), top + height - Y(steps[i].Sent), Blue);
        drawing.Page.Line([.. steps.Select((s, i) => (left + ((i + 0.5) * step), Y(s.Opened)))], Green, 1.4);
        drawing.Page.Line([.. steps.Select((s, i) => (left + ((i + 0.5) * step), Y(s.Clicked)))], Indigo, 1.4);
        for (var i = 0; i < steps.Count; i += Math.Max(1, steps.Count / 8))
            drawing.Page.Text(left + ((i + 0.5) * step), top + height + 11, steps[i].Label, PdfFont.Regular, 8, Muted, PdfAnchor.Middle);
        drawing.Space(height + 20);
    }

    private static void DrawTable(Drawing drawing, SheetTable table)
    {
        const double cell = 66;
        var names = Right - Margin - (cell * table.Headings.Count) - 8;
        drawing.Title(table.Title, 60);
        for (var i = 0; i < table.Headings.Count; i++)
            drawing.Page.Text(
                Right - (cell * (table.Headings.Count - 1 - i)),
                drawing.Y,
                PdfFont.Regular.Fit(table.Headings[i], 8, cell - 4),
                PdfFont.Regular,
                8,
                Muted,
                PdfAnchor.End
            );
        drawing.Space(5);
        foreach (var row in table.Rows)
        {
            var height = row.More is null ? 21 : 31;
            drawing.Need(height);
            drawing.Page.Line([(Margin, drawing.Y), (Right, drawing.Y)], Rule, 0.5);
            drawing.Page.Text(Margin, drawing.Y + 12, PdfFont.Regular.Fit(row.Name, 9.5, names), PdfFont.Regular, 9.5, Ink);
            if (row.More is { } more)
                drawing.Page.Text(Margin, drawing.Y + 22, PdfFont.Regular.Fit(more, 7.5, names), PdfFont.Regular, 7.5, Muted);
            drawing.Page.Rectangle(Margin, drawing.Y + height - 5, names * Math.Clamp(row.Share, 0, 100) / 100, 2.2, Blue);
            for (var i = 0; i < row.Cells.Count; i++)
                drawing.Page.Text(
                    Right - (cell * (row.Cells.Count - 1 - i)),
                    drawing.Y + 12,
                    row.Cells[i],
                    PdfFont.Regular,
                    9.5,
                    Ink,
                    PdfAnchor.End
                );
            drawing.Space(height);
        }
    }

    /// <summary>The pages as they fill, from top to bottom.</summary>
    private sealed class Drawing
    {
        private readonly List<PdfPage> _pages = [];

        public Drawing(PdfDocument document)
        {
            Document = document;
            Page = null!;
            Break();
        }

        public PdfDocument Document { get; }

        public PdfPage Page { get; private set; }

        /// <summary>Where the next thing begins.</summary>
        public double Y { get; private set; }

        public void Space(double height) => Y += height;

        /// <summary>Goes on to a new page when so much does not fit on this one.</summary>
        public void Need(double height)
        {
            if (Y + height > Bottom)
                Break();
        }

        public void Line(string text, PdfFont font, double size, PdfColour colour, double height)
        {
            Need(height);
            Page.Text(Margin, Y + size, font.Fit(text, size, Right - Margin), font, size, colour);
            Space(height);
        }

        public void Title(string text, double needed)
        {
            Space(16);
            Need(needed);
            Page.Text(Margin, Y + 12, text, PdfFont.Bold, 12, Ink);
            Space(26);
        }

        public void Finish(string text)
        {
            for (var i = 0; i < _pages.Count; i++)
            {
                _pages[i].Text(Margin, PdfPage.Height - 28, text, PdfFont.Regular, 8, Muted);
                _pages[i].Text(Right, PdfPage.Height - 28, $"{i + 1} / {_pages.Count}", PdfFont.Regular, 8, Muted, PdfAnchor.End);
            }
        }

        private void Break()
        {
            Page = Document.AddPage();
            _pages.Add(Page);
            Y = Margin;
        }
    }
}
