using AngleSharp.Html.Dom;
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

    /// <summary>Walks through the site and tries what it finds there.</summary>
    private sealed class Tour(WebVisitor visitor, int start)
    {
        // Forms that end the session or the account of the visitor.
        private static readonly string[] Spared = ["/sign-out", "/account"];
        private int _turn = start;
        private readonly HashSet<string> _tried = [];

        public int Pages { get; private set; }
        public int Posts { get; private set; }
        public List<string> Failures { get; } = [];

        public async Task WalkAsync(string start)
        {
            await foreach (var page in SiteWalk.RunAsync(visitor, start))
            {
                Judge("GET " + Start(page.Path), page.Answer);
                if (page.Document is null)
                    continue;
                Pages++;
                foreach (var link in page.Document.QuerySelectorAll("a[href^='/']"))
                    await TryQueryAsync(link.GetAttribute("href")!);
                foreach (var form in page.Document.Forms)
                    await TryFormAsync(page.Path, form);
            }
        }

        private async Task TryQueryAsync(string link)
        {
            if (link.Split('?') is not [var path, var query] || !_tried.Add(SiteWalk.Shape(link)))
                return;
            foreach (var name in query.Split('&').Select(p => p.Split('=')[0]))
            foreach (var value in SomeOdd())
                await GetAsync($"{path}?{name}={Uri.EscapeDataString(value)}");
        }

        private async Task TryFormAsync(string path, IHtmlFormElement form)
        {
            var action = form.GetAttribute("action") is { Length: > 0 } given ? given : path;
            var handler = form.QuerySelector("input[name=_handler]")?.GetAttribute("value");
            if (Spared.Any(action.StartsWith) || !_tried.Add($"{form.Method} {SiteWalk.Shape(action)} {handler}"))
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
                Judge(what, answer);
            }
            catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
            {
                Failures.Add($"no answer {what}");
            }
        }

        private void Judge(string what, HttpResponseMessage answer)
        {
            if ((int)answer.StatusCode >= 500)
                Failures.Add($"{(int)answer.StatusCode} {what}");
        }

        private static string Start(string text) => Uri.EscapeDataString(text[..Math.Min(text.Length, 80)]);
    }
}
