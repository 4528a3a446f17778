using System.Net;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Estafette.Testing.Web;

namespace Estafette.Tests.Web;

/// <summary>An answer that a link led to.</summary>
/// <param name="Path">The link, as it was written.</param>
/// <param name="Text">The whole answer; bytes of files as they happen to read.</param>
/// <param name="Document">Null when it is no page of the site, or no page at all.</param>
internal sealed record WalkedPage(string Path, HttpResponseMessage Answer, string Text, IHtmlDocument? Document);

/// <summary>Follows every link of the same site once for each shape of address.</summary>
internal static class SiteWalk
{
    public static async IAsyncEnumerable<WalkedPage> RunAsync(WebVisitor visitor, params string[] starts)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var paths = new Queue<string>(starts);
        while (paths.TryDequeue(out var path))
        {
            if (!seen.Add(Shape(path)))
                continue;
            using var answer = await visitor.GetAsync(path);
            var text = await answer.Content.ReadAsStringAsync();
            if (answer.Content.Headers.ContentType?.MediaType != "text/html" || answer.StatusCode != HttpStatusCode.OK)
            {
                yield return new WalkedPage(path, answer, text, null);
                continue;
            }
            using var page = new HtmlParser().ParseDocument(text);
            foreach (var link in page.QuerySelectorAll("a[href^='/']"))
                paths.Enqueue(link.GetAttribute("href")!);
            yield return new WalkedPage(path, answer, text, page);
        }
    }

    /// <summary>Addresses that differ in numbers and values only are one.</summary>
    public static string Shape(string path)
    {
        var parts = path.Split('?');
        var place = string.Join('/', parts[0].Split('/').Select(p => long.TryParse(p, out _) ? "N" : p));
        return parts.Length == 1 ? place : place + "?" + string.Join('&', parts[1].Split('&').Select(p => p.Split('=')[0]).Order());
    }
}
