using System.Globalization;
using System.Net;
using System.Text;
using Estafette.Core.Accounts;

namespace Estafette.Core.Statistics;

/// <summary>
/// Writes a report as one HTML document without script: tables and inline styles as mail programs understand them. The mail needs nothing
/// else; the shared page also shows the logo, and a style element gives it a dark mode.
/// </summary>
public static class HtmlSheet
{
    private const string Muted = "color:#5b6675";

    // The inline styles of the document are what it matches: one writer for the mail and for both modes of the page.
    private const string Page = """
        <style>@media(prefers-color-scheme:dark){body{background:#12161c!important;color:#e7ebf0!important}[style*="background:#fff"]{background:#1b212a!important}
        [style*="#e3e8ef"]{border-color:#313a47!important}[style*="color:#5b6675"]{color:#a3aebd!important}a{color:#8ec1ff!important}img{background:#fff;border-radius:6px;padding:6px}}</style>
        """;
    private const string Cell = "padding:7px 10px;border-bottom:1px solid #e3e8ef;font-size:14px;vertical-align:top";
    private const string NumberCell = Cell + ";text-align:right;white-space:nowrap";

    /// <param name="sheet">What is told.</param>
    /// <param name="links">Addresses at the end of the document with their words, such as the PDF.</param>
    /// <param name="isPage">Shown on our site rather than sent.</param>
    public static string Write(ReportSheet sheet, IReadOnlyList<(string Url, string Text)>? links = null, bool isPage = false)
    {
        var words = new SheetWords(sheet);
        var html = new StringBuilder();
        html.Append(
            CultureInfo.InvariantCulture,
            $"""
            <!DOCTYPE html><html lang="{sheet.Language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex,nofollow"><meta name="color-scheme" content="{(isPage ? "light dark" : "light")}"><title>{E(
                sheet.Name
            )}</title>{(isPage ? Page : "")}</head>
            <body style="margin:0;border-top:6px solid {sheet.Brand.Color};background:#f2f4f8;color:#182433;font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;line-height:1.45"><main>
            <table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:760px;margin:0 auto"><tr><td style="padding:24px 16px">
            {Head(sheet.Brand, isPage)}
            <h1 style="margin:0 0 4px;font-size:24px;line-height:1.25">{E(sheet.Name)}</h1>
            <p style="margin:0 0 4px">{E(sheet.Subject)}</p>
            <p style="margin:0 0 20px;font-size:14px;{Muted}">{E(words.When())}</p>
            """
        );
        WriteFigures(html, words);
        WriteTime(html, words);
        foreach (var table in words.Tables())
            WriteTable(html, table);
        html.Append(
            CultureInfo.InvariantCulture,
            $"<p style=\"font-size:13px;{Muted}\">{E(words.Get("honest"))}<br>{E(words.Get("made", words.Time(sheet.At)))}</p>"
        );
        foreach (var (url, text) in links ?? [])
            html.Append(CultureInfo.InvariantCulture, $"<p><a href=\"{E(url)}\" style=\"color:#0b5cad\">{E(text)}</a></p>");
        return html.Append("</td></tr></table></main></body></html>").ToString();
    }

    private static string Head(CustomerBrand brand, bool isPage) =>
        isPage && brand.LogoPath is { } logo
            ? $"<img src=\"{E(logo)}\" alt=\"{E(brand.Name)}\" style=\"display:block;max-width:60%;max-height:64px;margin:0 0 16px\">"
            : $"<p style=\"margin:0 0 4px;font-weight:600;{Muted}\">{E(brand.Name)}</p>";

    private static void WriteFigures(StringBuilder html, SheetWords words)
    {
        html.Append("<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"6\" style=\"margin:0 -6px 14px\">");
        foreach (var row in words.Figures().Chunk(4))
        {
            html.Append("<tr>");
            foreach (var figure in row)
                html.Append(
                    CultureInfo.InvariantCulture,
                    $"""
                    <td width="25%" style="background:#fff;border:1px solid #e3e8ef;border-radius:8px;padding:10px 12px;vertical-align:top" title="{E(
                        figure.Formula ?? ""
                    )}">
                    <div style="font-size:13px;{Muted}">{E(figure.Name)}</div><div style="font-size:20px;font-weight:650">{E(
                        figure.Value
                    )}</div><div style="font-size:13px;{Muted}">{E(figure.Rate ?? "\u00a0")}</div></td>
                    """
                );
            html.Append("</tr>");
        }
        html.Append("</table>");
    }

    /// <summary>Three rows of bars made of table cells: mail programs draw no SVG.</summary>
    private static void WriteTime(StringBuilder html, SheetWords words)
    {
        var steps = words.Steps();
        if (steps.Count < 2)
            return;
        Begin(html, words.Get("timeline"));
        html.Append("<tr><td style=\"padding:10px 12px\">");
        foreach (
            var (name, colour, of) in new (string, string, Func<(string, long Sent, long Opened, long Clicked), long>)[]
            {
                (words.Get("sent"), "#4299e1", s => s.Sent),
                (words.Get("opened"), "#0ca678", s => s.Opened),
                (words.Get("clicked"), "#4263eb", s => s.Clicked),
            }
        )
        {
            var most = Math.Max(1, steps.Max(s => of(s)));
            html.Append(
                CultureInfo.InvariantCulture,
                $"<div style=\"font-size:13px;{Muted}\">{E(name)} · {E(words.Get("most", words.Number(most)))}</div><table role=\"presentation\" width=\"100%\" height=\"44\" cellpadding=\"0\" cellspacing=\"0\" style=\"margin-bottom:8px\" aria-hidden=\"true\"><tr>"
            );
            foreach (var step in steps)
                html.Append(
                    CultureInfo.InvariantCulture,
                    $"<td valign=\"bottom\" style=\"height:44px;padding:0 1px\"><div style=\"height:{Math.Max(of(step) > 0 ? 1 : 0, of(step) * 44 / most)}px;background:{colour}\"></div></td>"
                );
            html.Append("</tr></table>");
        }
        html.Append(
            CultureInfo.InvariantCulture,
            $"<div style=\"font-size:13px;{Muted}\">{E(steps[0].Label)} – {E(steps[^1].Label)}</div></td></tr></table>"
        );
    }

    private static void WriteTable(StringBuilder html, SheetTable table)
    {
        Begin(html, table.Title);
        html.Append(CultureInfo.InvariantCulture, $"<tr><th style=\"{Cell};text-align:left\">&nbsp;</th>");
        foreach (var heading in table.Headings)
            html.Append(
                CultureInfo.InvariantCulture,
                $"<th scope=\"col\" style=\"{NumberCell};font-size:13px;font-weight:500;{Muted}\">{E(heading)}</th>"
            );
        html.Append("</tr>");
        foreach (var row in table.Rows)
        {
            html.Append(CultureInfo.InvariantCulture, $"<tr><td style=\"{Cell};word-break:break-word\">{E(row.Name)}");
            if (row.More is { } more)
                html.Append(CultureInfo.InvariantCulture, $"<div style=\"font-size:12px;{Muted}\">{E(more)}</div>");
            html.Append(
                CultureInfo.InvariantCulture,
                $"<div style=\"width:{Math.Clamp(row.Share, 0, 100):0}%;height:4px;margin-top:4px;background:#4299e1\"></div></td>"
            );
            foreach (var cell in row.Cells)
                html.Append(CultureInfo.InvariantCulture, $"<td style=\"{NumberCell}\">{E(cell)}</td>");
            html.Append("</tr>");
        }
        html.Append("</table>");
    }

    private static void Begin(StringBuilder html, string title) =>
        html.Append(
            CultureInfo.InvariantCulture,
            $"<h2 style=\"margin:18px 0 8px;font-size:17px\">{E(title)}</h2><table width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" style=\"background:#fff;border:1px solid #e3e8ef;border-radius:8px\">"
        );

    private static string E(string text) => WebUtility.HtmlEncode(text);
}
