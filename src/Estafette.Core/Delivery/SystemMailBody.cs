using System.Net;
using System.Text;

namespace Estafette.Core.Delivery;

/// <summary>What a system mail says, in the recipient's language; everything may hold merge fields, which are encoded where they are shown.</summary>
/// <param name="Subject">One line.</param>
/// <param name="Html">Null: text only.</param>
/// <param name="Text">Null: made from the HTML.</param>
public sealed record SystemMailBody(string Subject, string? Html, string? Text = null)
{
    /// <summary>A plain letter: who writes, paragraphs, one button at most, the small print.</summary>
    /// <param name="subject">One line; also the heading.</param>
    /// <param name="paragraphs">Texts, not markup.</param>
    /// <param name="from">Name of the customer, shown above.</param>
    /// <param name="button">Label and merge field or URL of the button; it is repeated as an address to copy.</param>
    /// <param name="smallPrint">Why the recipient gets this mail and what to do when it is not for them.</param>
    public static SystemMailBody Letter(
        string subject,
        IReadOnlyList<string> paragraphs,
        string from,
        (string Label, string Url)? button = null,
        string? smallPrint = null
    )
    {
        var html = new StringBuilder(Head);
        var text = new StringBuilder();
        html.Append("<p class=\"from\">").Append(Encode(from)).Append("</p><h1>").Append(Encode(subject)).Append("</h1>");
        foreach (var paragraph in paragraphs)
        {
            html.Append("<p>").Append(Encode(paragraph)).Append("</p>");
            text.Append(paragraph).Append("\n\n");
        }
        if (button is var (label, url))
        {
            html.Append("<p><a class=\"button\" href=\"").Append(Encode(url)).Append("\">").Append(Encode(label)).Append("</a></p>");
            html.Append("<p class=\"small\">").Append(Encode(url)).Append("</p>");
            text.Append(label).Append(" :\n").Append(url).Append("\n\n");
        }
        if (smallPrint is not null)
        {
            html.Append("<p class=\"small\">").Append(Encode(smallPrint)).Append("</p>");
            text.Append("-- \n").Append(smallPrint).Append('\n');
        }
        return new(subject, html.Append("</div></body></html>").ToString(), text.ToString());
    }

    private const string Head = """
        <!DOCTYPE html><html><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><style>
        body { margin: 0; padding: 24px 12px; background: #f4f6fa; font-family: Arial, Helvetica, sans-serif; color: #182433 }
        .sheet { max-width: 560px; margin: 0 auto; padding: 32px; background: #ffffff; border-radius: 8px; font-size: 16px; line-height: 1.5 }
        h1 { font-size: 22px; line-height: 1.3; margin: 0 0 16px }
        .from { color: #49566c; font-size: 14px; margin: 0 0 8px }
        .small { color: #49566c; font-size: 13px; word-break: break-word }
        .button { display: inline-block; padding: 12px 20px; background: #066fd1; color: #ffffff; border-radius: 6px; text-decoration: none }
        </style></head><body><div class="sheet">
        """;

    /// <summary>Markup characters are encoded, the braces of merge fields are kept.</summary>
    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
