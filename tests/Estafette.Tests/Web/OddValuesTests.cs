using System.Net;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Estafette.Core.Platform;
using Estafette.Testing.Web;

namespace Estafette.Tests.Web;

/// <summary>Every form and every address with parameters, filled with what no browser would send: an answer of ours each time, never an error.</summary>
public sealed class OddValuesTests
{
    private static readonly string[] Odd =
    [
        "",
        "-1",
        "99999999999999999999",
        "1\u0000\u0001x",
        new string('é', 5000),
        "<script>alert(1)</script>'\"--",
        "x\r\nBcc: eve@example.test",
        "{{#if a}}",
        "2026-13-45T99:99",
        "\uFFFD\u202E😀",
        "a@b@c",
        "true",
    ];

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Pages_and_forms_answer_odd_values_without_an_error(DatabaseKind kind)
    {
        var fixture = new WebHostFixture { Database = kind };
        try
        {
            await fixture.InitializeAsync();
            using var owner = await fixture.SignInAsync(WebHostFixture.Owner);
            var tour = new Tour(owner, start: kind == DatabaseKind.Sqlite ? 0 : 1);
            await tour.WalkAsync("/");
            tour.Pages.ShouldBeGreaterThan(25);
            tour.Posts.ShouldBeGreaterThan(150);
            fixture.Host.Errors.Distinct().ShouldBeEmpty();
            tour.Failures.ShouldBeEmpty();
        }
        finally
        {
            await fixture.DisposeAsync();
        }
    }

    /// <summary>Follows every link of the same site once for each shape of address, and tries what it finds there.</summary>
    private sealed class Tour(WebVisitor visitor, int start)
    {
        // Forms that end the session or the account of the visitor.
        private static readonly string[] Spared = ["/sign-out", "/account"];
        private int _turn = start;
        private readonly HashSet<string> _seen = [];
        private readonly HashSet<string> _tried = [];
        private readonly Queue<string> _pages = [];

        public int Pages { get; private set; }
        public int Posts { get; private set; }
        public List<string> Failures { get; } = [];

        public async Task WalkAsync(string start)
        {
            _pages.Enqueue(start);
            while (_pages.TryDequeue(out var path))
            {
                if (!_seen.Add(Shape(path)))
                    continue;
                await GetAsync(path);
                using var answer = await visitor.Http.GetAsync(path);
                if (answer.Content.Headers.ContentType?.MediaType != "text/html" || answer.StatusCode != HttpStatusCode.OK)
                    continue;
                Pages++;
                using var page = new HtmlParser().ParseDocument(await answer.Content.ReadAsStringAsync());
                foreach (var link in page.QuerySelectorAll("a[href^='/']").Select(a => a.GetAttribute("href")!))
                {
                    _pages.Enqueue(link);
                    await TryQueryAsync(link);
                }
                foreach (var form in page.Forms)
                    await TryFormAsync(path, form);
            }
        }

        private async Task TryQueryAsync(string link)
        {
            if (link.Split('?') is not [var path, var query] || !_tried.Add(Shape(link)))
                return;
            foreach (var name in query.Split('&').Select(p => p.Split('=')[0]))
            foreach (var value in SomeOdd())
                await GetAsync($"{path}?{name}={Uri.EscapeDataString(value)}");
        }

        private async Task TryFormAsync(string path, IHtmlFormElement form)
        {
            var action = form.GetAttribute("action") is { Length: > 0 } given ? given : path;
            var handler = form.QuerySelector("input[name=_handler]")?.GetAttribute("value");
            if (Spared.Any(action.StartsWith) || !_tried.Add($"{form.Method} {Shape(action)} {handler}"))
                return;
            var names = form
                .Elements.Select(e => e.GetAttribute("name"))
                .Where(n => n is { Length: > 0 } and not ("_handler" or "__RequestVerificationToken"))
                .Distinct()
                .ToList();
            var fixedFields = form.QuerySelectorAll("input[name=_handler],input[name=__RequestVerificationToken]")
                .Select(i => KeyValuePair.Create(i.GetAttribute("name")!, i.GetAttribute("value")!))
                .ToList();
            foreach (var value in form.Method == "get" ? SomeOdd() : Odd)
            {
                var fields = names.Select(n => KeyValuePair.Create(n!, value)).ToList();
                if (form.Method == "get")
                {
                    foreach (var field in fields)
                        await GetAsync($"{action.Split('?')[0]}?{field.Key}={Uri.EscapeDataString(field.Value)}");
                    continue;
                }
                Posts++;
                using var content = new FormUrlEncodedContent([.. fixedFields, .. fields]);
                await JudgeAsync($"POST {action} {handler} {Start(value)}", () => visitor.Http.PostAsync(action, content));
            }
        }

        /// <summary>Parameters have the same names on many pages, so each time others of the values do.</summary>
        private IEnumerable<string> SomeOdd() => Enumerable.Range(0, 3).Select(_ => Odd[_turn++ % Odd.Length]);

        private Task GetAsync(string address) => JudgeAsync("GET " + Start(address), () => visitor.Http.GetAsync(address));

        private async Task JudgeAsync(string what, Func<Task<HttpResponseMessage>> ask)
        {
            try
            {
                using var answer = await ask();
                if ((int)answer.StatusCode >= 500)
                    Failures.Add($"{(int)answer.StatusCode} {what}");
            }
            catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
            {
                Failures.Add($"no answer {what}");
            }
        }

        private static string Start(string text) => Uri.EscapeDataString(text[..Math.Min(text.Length, 80)]);

        // Addresses that differ in numbers and values only are one.
        private static string Shape(string path)
        {
            var parts = path.Split('?');
            var place = string.Join('/', parts[0].Split('/').Select(p => long.TryParse(p, out _) ? "N" : p));
            return parts.Length == 1 ? place : place + "?" + string.Join('&', parts[1].Split('&').Select(p => p.Split('=')[0]).Order());
        }
    }
}
