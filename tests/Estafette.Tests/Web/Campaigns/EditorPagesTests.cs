using System.Globalization;
using System.Net;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Demo;
using Estafette.Testing.Web;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Web.Campaigns;

[Collection(WebHostGroup.Name)]
public sealed class EditorPagesTests(WebHostFixture web)
{
    private const string Colleague = "colleague@example.test";

    [Fact]
    public async Task Line_is_saved_without_script_and_the_checklist_says_so()
    {
        using var visitor = await web.SignInAsync(WebHostFixture.Other);
        var id = await CreateAsync(visitor);
        using var saved = await visitor.PostAsync(
            $"/campaigns/{id}/edit/subject",
            "subject",
            ("subject", "Économisez 50 %"),
            ("preheader", "Dès lundi"),
            ("version", "0")
        );
        saved.Headers.Location!.ToString().ShouldEndWith($"/campaigns/{id}/edit?saved=subject");
        var page = await PageAsync(visitor, $"/campaigns/{id}/edit");
        page.QuerySelector("#head-subject .line-summary")!.TextContent.ShouldBe("Économisez 50 % · Dès lundi");
        page.QuerySelector("#head-subject .line-state")!.ClassList.ShouldContain("line-done");
        page.QuerySelector("#head-to .line-state")!.ClassList.ShouldContain("line-todo");
    }

    [Fact]
    public async Task Page_that_saves_by_itself_gets_the_saved_state_the_version_and_the_heads_of_the_lines()
    {
        using var visitor = await web.SignInAsync(WebHostFixture.Other);
        var id = await CreateAsync(visitor);
        var answer = await AutosaveAsync(visitor, id, "subject", ("subject", "Bonjour"), ("preheader", ""), ("version", "0"));
        answer.QuerySelector("#save-state")!.TextContent.Trim().ShouldNotBeEmpty();
        answer.QuerySelector("#save-state .text-danger").ShouldBeNull();
        answer.QuerySelector("#edit-version")!.GetAttribute("value").ShouldBe("1");
        var head = answer.QuerySelector("#head-subject")!;
        head.GetAttribute("hx-swap-oob").ShouldBe("true");
        head.QuerySelector(".line-summary")!.TextContent.ShouldBe("Bonjour");
        // Nothing is lost when the page is loaded again.
        var page = await PageAsync(visitor, $"/campaigns/{id}/edit/subject");
        ((IHtmlInputElement)page.QuerySelector("#f-subject")!).Value.ShouldBe("Bonjour");
    }

    [Fact]
    public async Task Save_over_the_change_of_a_colleague_is_refused_with_who_and_what_and_can_be_kept_on_purpose()
    {
        using var one = await web.SignInAsync(WebHostFixture.Other);
        using var two = await ColleagueAsync();
        var id = await CreateAsync(one);
        await AutosaveAsync(one, id, "subject", ("subject", "Le mien"), ("version", "0"));
        var refused = await AutosaveAsync(two, id, "subject", ("subject", "Le sien"), ("version", "0"));
        refused.QuerySelector("#save-state .alert")!.TextContent.ShouldContain(WebHostFixture.Other);
        var mine = refused.QuerySelector("#save-state button[name=version]")!.GetAttribute("value")!;
        await AutosaveAsync(two, id, "subject", ("subject", "Le sien"), ("version", "0"), ("version", mine));
        (await PageAsync(one, $"/campaigns/{id}/edit")).QuerySelector("#head-subject .line-summary")!.TextContent.ShouldBe("Le sien");
    }

    [Fact]
    public async Task Second_editor_of_a_campaign_is_warned_of_the_first()
    {
        using var one = await web.SignInAsync(WebHostFixture.Other);
        using var two = await ColleagueAsync();
        var id = await CreateAsync(one);
        await PageAsync(one, $"/campaigns/{id}/edit/from");
        var page = await PageAsync(two, $"/campaigns/{id}/edit");
        page.QuerySelector("#presence")!.TextContent.ShouldContain(WebHostFixture.Other);
        (await PageAsync(one, $"/campaigns/{id}/edit")).QuerySelector("#presence")!.TextContent.ShouldContain(Colleague);
    }

    [Fact]
    public async Task Every_line_opens_and_odd_lines_lead_back_to_the_checklist()
    {
        using var visitor = await web.SignInAsync(WebHostFixture.Other);
        var id = await CreateAsync(visitor);
        foreach (var line in Estafette.Web.Campaigns.Editor.EditorState.Keys)
            (await PageAsync(visitor, $"/campaigns/{id}/edit/{line}")).QuerySelector(".line.is-open .line-body form").ShouldNotBeNull(line);
        using var odd = await visitor.GetAsync($"/campaigns/{id}/edit/nothing");
        odd.StatusCode.ShouldBe(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task Start_in_the_night_of_the_change_of_clocks_is_taken_and_said()
    {
        using var visitor = await web.SignInAsync(WebHostFixture.Other);
        var id = await CreateAsync(visitor);
        var year = TimeProvider.System.GetUtcNow().Year + 1;
        var sunday = Enumerable.Range(0, 7).Select(d => new DateTime(year, 3, 31).AddDays(-d)).First(d => d.DayOfWeek == DayOfWeek.Sunday);
        var at = sunday.AddMinutes(150).ToString("yyyy-MM-ddTHH:mm", CultureInfo.InvariantCulture);
        var answer = await AutosaveAsync(
            visitor,
            id,
            "schedule",
            [.. Enumerable.Range(1, 7).Select(d => ("day", $"{d}")), ("start", "date"), ("schedule", at), ("version", "0")]
        );
        answer.QuerySelector("#save-state .text-danger").ShouldBeNull();
        answer.QuerySelector("#head-schedule .line-summary")!.TextContent.ShouldContain("03:00");
    }

    private static async Task<long> CreateAsync(WebVisitor visitor)
    {
        using var created = await visitor.PostAsync("/campaigns/new", "campaign", ("name", "Offre Spéciale d'Été"));
        return long.Parse(created.Headers.Location!.ToString().Split('/')[^2], CultureInfo.InvariantCulture);
    }

    private async Task<WebVisitor> ColleagueAsync()
    {
        await using var scope = web.Host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var demo = await db.Set<User>().Where(u => u.Email == DemoSeeder.AdministratorEmail).Select(u => u.CustomerId).SingleAsync();
        if (!await db.Set<User>().AnyAsync(u => u.Email == Colleague))
            await web.Host.AddUserAsync(demo, Colleague, UserRole.Editor, WebHostFixture.Password);
        return await web.SignInAsync(Colleague);
    }

    private static async Task<IHtmlDocument> PageAsync(WebVisitor visitor, string path) =>
        new HtmlParser().ParseDocument(await visitor.Http.GetStringAsync(path));

    private static async Task<IHtmlDocument> AutosaveAsync(
        WebVisitor visitor,
        long id,
        string line,
        params (string Name, string Value)[] fields
    )
    {
        var path = $"/campaigns/{id}/edit/{line}";
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Headers.Add("HX-Request", "true");
        request.Headers.Add("HX-Target", "save-state");
        request.Content = new FormUrlEncodedContent(
            fields
                .Append(("_handler", line))
                .Append(("__RequestVerificationToken", await visitor.TokenAsync(path)))
                .Select(f => new KeyValuePair<string, string>(f.Item1, f.Item2))
        );
        using var answer = await visitor.Http.SendAsync(request);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return new HtmlParser().ParseDocument(await answer.Content.ReadAsStringAsync());
    }
}
