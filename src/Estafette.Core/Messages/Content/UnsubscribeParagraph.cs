using AngleSharp.Dom;

namespace Estafette.Core.Messages.Content;

/// <summary>The paragraph with the unsubscribe link that a content without one receives (interfaces.md D-18).</summary>
internal static class UnsubscribeParagraph
{
    public static string TextLabel(string language) => language == "en" ? "Unsubscribe:" : "Se désinscrire :";

    /// <summary>Adds the paragraph at the end of the body.</summary>
    public static void Append(IDocument document, string language, string url)
    {
        var (sentence, label) =
            language == "en"
                ? ("You no longer wish to receive our messages? ", "Unsubscribe")
                : ("Vous ne souhaitez plus recevoir nos messages ? ", "Se désinscrire");
        var link = document.CreateElement("a");
        link.SetAttribute("href", url);
        link.SetAttribute("style", "color:#666666");
        link.TextContent = label;
        var paragraph = document.CreateElement("p");
        paragraph.SetAttribute("style", "margin:16px 0;font-family:Arial,sans-serif;font-size:12px;color:#666666;text-align:center");
        paragraph.AppendChild(document.CreateTextNode(sentence));
        paragraph.AppendChild(link);
        document.Body!.AppendChild(paragraph);
    }
}
