using AngleSharp.Html.Parser;
using Estafette.Testing.Web;

namespace Estafette.EndToEnd.Browser;

/// <summary>The pages of a server that a signed-in visitor reaches by links: one for each shape of address.</summary>
internal static class SitePages
{
    // Answers that are no pages, and pages that end the session.
    private static readonly string[] Spared = ["/sign-out", "/assets", "/not-found"];

    // Parameters that choose a tab or a view.
    private static readonly string[] Parts = ["view=", "part="];

    public static async Task<IReadOnlyList<string>> WalkAsync(WebVisitor visitor, params string[] starts)
    {
        var (seen, pages, waiting) = (new HashSet<string>(StringComparer.Ordinal), new List<string>(), new Queue<string>(starts));
        while (waiting.TryDequeue(out var path))
        {
            if (!seen.Add(Shape(path)) || Spared.Any(s => path.StartsWith(s, StringComparison.Ordinal)))
                continue;
            using var answer = await visitor.Http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead);
            if (answer.Headers.Location is { } elsewhere)
                waiting.Enqueue(elsewhere.IsAbsoluteUri ? elsewhere.PathAndQuery : elsewhere.OriginalString);
            if (!answer.IsSuccessStatusCode || answer.Content.Headers.ContentType?.MediaType != "text/html")
                continue;
            using var page = new HtmlParser().ParseDocument(await answer.Content.ReadAsStringAsync());
            // Without our frame it is the content of a message, shown in a frame of a page.
            if (page.QuerySelector("main#content") is null)
                continue;
            pages.Add(path);
            foreach (var link in page.QuerySelectorAll("a[href^='/']:not([download])"))
                waiting.Enqueue(link.GetAttribute("href")!);
        }
        return pages;
    }

    /// <summary>The address without ids and without the choices of lists; tabs and views of a page count as pages.</summary>
    private static string Shape(string path)
    {
        var (address, query) = path.Split('?', 2) is [var before, var after] ? (before, after) : (path, "");
        var view = query
            .Split('&')
            .FirstOrDefault(p => Parts.Any(part => p.StartsWith(part, StringComparison.Ordinal)) && !char.IsDigit(p[^1]));
        var parts = address.Split('/').Select(p => long.TryParse(p, out _) ? "#" : p);
        return string.Join('/', parts) + view;
    }
}
