using AngleSharp.Dom;
using AngleSharp.Html.Parser;

namespace Estafette.Core.Automations.Feeds;

/// <summary>HTML of a feed: what is active goes, what is open is closed, links become absolute. The content of the campaign is cleaned once more.</summary>
internal static class FeedHtml
{
    private const int Longest = 200_000;
    private const string Dropped =
        "script,style,iframe,frame,object,embed,applet,form,input,button,select,textarea,svg,math,template,link,meta,base,audio,video,canvas,noscript,title";

    public static string Clean(string html, Uri? from)
    {
        var document = new HtmlParser().ParseDocument("<!doctype html><body>" + (html.Length > Longest ? html[..Longest] : html));
        foreach (var element in document.QuerySelectorAll(Dropped).ToList())
            element.Remove();
        foreach (var comment in document.Descendants<IComment>().ToList())
            comment.Remove();
        foreach (var element in document.Body!.QuerySelectorAll("*"))
            CleanAttributes(element, from);
        return document.Body.InnerHtml.Trim();
    }

    /// <summary>The words alone, one space between them.</summary>
    public static string Text(string html) =>
        string.Join(
            ' ',
            new HtmlParser().ParseDocument(html).Body!.TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
        );

    private static void CleanAttributes(IElement element, Uri? from)
    {
        foreach (var attribute in element.Attributes.ToList())
        {
            var name = attribute.Name;
            if (name is "href" or "src")
            {
                if (Absolute(attribute.Value, from) is { } address)
                    element.SetAttribute(name, address);
                else
                    element.RemoveAttribute(name);
            }
            else if (name is not ("alt" or "title" or "width" or "height" or "colspan" or "rowspan" or "align" or "valign"))
            {
                element.RemoveAttribute(name);
            }
        }
    }

    private static string? Absolute(string value, Uri? from) =>
        (from is null ? Uri.TryCreate(value.Trim(), UriKind.Absolute, out var uri) : Uri.TryCreate(from, value.Trim(), out uri))
        && uri.Scheme is "http" or "https" or "mailto"
            ? uri.AbsoluteUri
            : null;
}
