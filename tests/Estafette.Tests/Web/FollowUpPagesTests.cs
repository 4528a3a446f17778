using System.Net;
using System.Text.RegularExpressions;
using Estafette.Core.Messages;
using Estafette.Core.Platform;
using Estafette.Web.Campaigns;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Web;

[Collection(WebHostGroup.Name)]
public sealed partial class FollowUpPagesTests(WebHostFixture web)
{
    private string Campaign => $"/campaigns/{web.Owned["campaigns"]}";

    [Fact]
    public async Task Every_part_of_a_report_opens_by_its_address()
    {
        using var owner = await web.SignInAsync(WebHostFixture.Owner);
        foreach (var part in ReportParts.All.Append("nonsense"))
            using (var page = await owner.GetAsync($"{Campaign}/report?part={part}"))
                page.StatusCode.ShouldBe(HttpStatusCode.OK, part);
    }

    [Fact]
    public async Task Preview_tells_what_is_changed_and_shows_the_message_before_and_after()
    {
        using var owner = await web.SignInAsync(WebHostFixture.Owner);
        var template = new TemplateId(web.Owned["templates"]);
        await using (var scope = web.Host.Services.CreateAsyncScope())
        {
            var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
            const string html = "<h1>Lettre</h1><p onclick=\"x()\">Texte</p><script>alert(1)</script>";
            await db.Set<Template>().Where(t => t.Id == template).ExecuteUpdateAsync(set => set.SetProperty(t => t.Html, html));
        }
        var page = await (await owner.GetAsync($"/templates/{template}/preview?view=changes")).Content.ReadAsStringAsync();
        WebUtility.HtmlDecode(page).ShouldContain("scripts retirés");
        page.ShouldContain("before=1");
        using var before = await owner.GetAsync($"/templates/{template}/preview/html?before=1");
        (await before.Content.ReadAsStringAsync()).ShouldContain("onclick");
        before.Headers.GetValues("Content-Security-Policy").Single().ShouldStartWith("sandbox;");
        using var after = await owner.GetAsync($"/templates/{template}/preview/html");
        (await after.Content.ReadAsStringAsync()).ShouldNotContain("onclick");
    }

    [Fact]
    public async Task Report_is_a_pdf()
    {
        using var owner = await web.SignInAsync(WebHostFixture.Owner);
        using var file = await owner.GetAsync($"{Campaign}/report.pdf");
        file.Content.Headers.ContentType!.MediaType.ShouldBe("application/pdf");
        (await file.Content.ReadAsStringAsync()).ShouldStartWith("%PDF-1.7");
    }

    [Fact]
    public async Task Shared_link_opens_for_anybody_until_it_is_revoked()
    {
        using var owner = await web.SignInAsync(WebHostFixture.Owner);
        using var made = await owner.PostAsync($"{Campaign}/share", "share", ("days", "7"));
        var path = Link().Match(await made.Content.ReadAsStringAsync()).Groups[1].Value;
        path.ShouldNotBeEmpty();
        using var anybody = web.Host.Visit();
        using (var page = await anybody.GetAsync(path))
        {
            page.StatusCode.ShouldBe(HttpStatusCode.OK);
            page.Headers.GetValues("X-Robots-Tag").Single().ShouldContain("noindex");
            page.Headers.GetValues("Content-Security-Policy").Single().ShouldNotContain("script");
            (await page.Content.ReadAsStringAsync()).ShouldNotContain("a@example.test");
        }
        using (var pdf = await anybody.GetAsync(path + "/report.pdf"))
            pdf.Content.Headers.ContentType!.MediaType.ShouldBe("application/pdf");
        var id = Share().Match(await (await owner.GetAsync($"{Campaign}/share")).Content.ReadAsStringAsync()).Groups[1].Value;
        using var revoked = await owner.PostAsync($"{Campaign}/share", $"revoke-{id}", ("share", id));
        revoked.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        using (var page = await anybody.GetAsync(path))
            page.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Link_that_was_never_made_is_not_found()
    {
        using var anybody = web.Host.Visit();
        foreach (var token in new[] { "x", new string('a', 43), new string('a', 5000) })
            using (var page = await anybody.GetAsync("/r/" + token))
                page.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Calendar_opens_on_any_day_and_stays_on_today_for_nonsense()
    {
        using var owner = await web.SignInAsync(WebHostFixture.Owner);
        foreach (var query in new[] { "", "?view=week&date=2026-03-01", "?date=2028-02-29", "?date=9999-99-99", "?date=0001-01-01&view=x" })
            using (var page = await owner.GetAsync("/campaigns/calendar" + query))
                page.StatusCode.ShouldBe(HttpStatusCode.OK, query);
    }

    [Fact]
    public async Task Campaigns_are_listed_by_list_and_day()
    {
        using var owner = await web.SignInAsync(WebHostFixture.Owner);
        var today = TimeProvider.System.GetUtcNow();
        var open = $"/campaigns/{web.Owned["campaigns"]}\"";
        (await owner.Http.GetStringAsync($"/campaigns?from={today.AddDays(-2):yyyy-MM-dd}&to={today.AddDays(2):yyyy-MM-dd}")).ShouldContain(
            open
        );
        (await owner.Http.GetStringAsync($"/campaigns?from={today.AddDays(2):yyyy-MM-dd}")).ShouldNotContain(open);
        (await owner.Http.GetStringAsync($"/campaigns?list={web.Owned["lists"]}")).ShouldNotContain(open);
        (await owner.Http.GetStringAsync("/campaigns?from=nonsense&list=x")).ShouldContain(open);
    }

    [Fact]
    public async Task Comparison_says_how_many_campaigns_it_takes()
    {
        using var owner = await web.SignInAsync(WebHostFixture.Owner);
        var page = await owner.Http.GetStringAsync($"/campaigns/compare?id={web.Owned["campaigns"]}&id=x");
        page.ShouldContain("role=\"alert\"");
    }

    [Fact]
    public async Task Reader_chooses_notices_and_shares_nothing()
    {
        using var reader = await web.SignInAsync(WebHostFixture.Reader);
        using var chosen = await reader.PostAsync("/notices", "choose", ("kind", "1"));
        chosen.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await reader.Http.GetStringAsync("/notices?saved=1")).ShouldContain("checked");
        using var refused = await reader.PostAsync("/notices", "rule", ("percent", "1"));
        ((int)refused.StatusCode).ShouldBeInRange(400, 499);
    }

    [GeneratedRegex("value=\"[^\"]*(/r/[A-Za-z0-9_-]{43})\"", RegexOptions.CultureInvariant)]
    private static partial Regex Link();

    [GeneratedRegex("name=\"share\" value=\"([0-9]+)\"", RegexOptions.CultureInvariant)]
    private static partial Regex Share();
}
