using System.Globalization;
using System.Net;
using AngleSharp.Html.Parser;
using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Campaigns.Testing;
using Estafette.Core.Campaigns.Variants;
using Estafette.Core.Channels;
using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Estafette.Demo;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Web.Campaigns;

[Collection(WebHostGroup.Name)]
public sealed class ReviewPagesTests(WebHostFixture web)
{
    [Fact]
    public async Task Campaign_is_reviewed_its_warnings_are_read_and_it_is_launched()
    {
        using var visitor = await web.SignInAsync(WebHostFixture.Other);
        var id = await ReadyAsync();
        var page = await visitor.Http.GetStringAsync($"/campaigns/{id}/launch");
        page.ShouldContain("UNSUBSCRIBE_URL");
        page.ShouldNotContain("value=\"launch\"");
        using var read = await visitor.PostAsync($"/campaigns/{id}/launch", "read", ("all", "1"));
        read.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await visitor.Http.GetStringAsync($"/campaigns/{id}/launch")).ShouldContain(WebHostFixture.Other);
        using var launched = await visitor.PostAsync($"/campaigns/{id}/launch", "launch");
        launched.Headers.Location!.ToString().ShouldEndWith($"/campaigns/{id}/live");
    }

    [Fact]
    public async Task Test_goes_to_a_saved_list_of_colleagues_until_it_is_forgotten()
    {
        using var visitor = await web.SignInAsync(WebHostFixture.Other);
        var id = await ReadyAsync();
        var path = $"/campaigns/{id}/edit/test";
        using var kept = await visitor.PostAsync(
            path,
            "test",
            ("addresses", "panel1@example.test, panel2@example.test"),
            ("keep", "Comité")
        );
        WebUtility.HtmlDecode(await kept.Content.ReadAsStringAsync()).ShouldContain("Comité");
        await using var scope = web.Host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var list = await db.Set<TestAddresses>().SingleAsync(t => t.Name == "Comité");
        list.Addresses.ShouldBe("panel1@example.test, panel2@example.test");

        using var sent = await visitor.PostAsync(
            path,
            "test",
            ("addresses", "me@example.test"),
            ("list", list.Id.ToString(CultureInfo.InvariantCulture))
        );
        sent.StatusCode.ShouldBe(HttpStatusCode.OK);
        var to = await db
            .Database.SqlQuery<string>($"""SELECT address AS "Value" FROM deliveries WHERE customer_id = {list.CustomerId.Value}""")
            .ToListAsync();
        to.Count(a => a == "panel1@example.test").ShouldBe(2, "once when it was kept and once by the list");
        to.Count(a => a == "panel2@example.test").ShouldBe(2);
        to.Count(a => a == "me@example.test").ShouldBe(1);

        using var gone = await visitor.PostAsync(path, "test", ("list", list.Id.ToString(CultureInfo.InvariantCulture)), ("forget", "1"));
        (await db.Set<TestAddresses>().CountAsync(t => t.Id == list.Id)).ShouldBe(0);
    }

    [Fact]
    public async Task Two_subjects_are_compared_from_the_line_of_the_test_and_the_checklist_says_so()
    {
        using var visitor = await web.SignInAsync(WebHostFixture.Other);
        var id = await ReadyAsync();
        using var chosen = await visitor.PostAsync($"/campaigns/{id}/edit/variants", "variants", ("kind", "Subject"), ("version", "0"));
        chosen.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        using var saved = await visitor.PostAsync(
            $"/campaigns/{id}/edit/variants",
            "variants",
            ("kind", "Subject"),
            ("subject-2", "Un autre objet"),
            ("share", "30"),
            ("metric", "Clicked"),
            ("wait", "2"),
            ("automatic", "no"),
            ("version", "1")
        );
        saved.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        using var page = new HtmlParser().ParseDocument(await visitor.Http.GetStringAsync($"/campaigns/{id}/edit"));
        page.QuerySelector("#head-variants .line-summary")!.TextContent.ShouldContain("30");
        await using var scope = web.Host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var test = await db.Set<AbTest>().SingleAsync(t => t.CampaignId == id);
        (test.Kind, test.Share, test.Metric, test.WaitMinutes, test.Automatic).ShouldBe(
            (VariantKind.Subject, 30, VariantMetric.Clicked, 120, false)
        );
    }

    /// <summary>A campaign of the demo customer with everything it needs.</summary>
    private async Task<CampaignId> ReadyAsync()
    {
        await using var scope = web.Host.Services.CreateAsyncScope();
        var services = scope.ServiceProvider;
        var db = services.GetRequiredService<EstafetteDb>();
        var customer = await db.Set<User>().Where(u => u.Email == DemoSeeder.AdministratorEmail).Select(u => u.CustomerId).SingleAsync();
        var list = await db.Of<ContactList>(customer).OrderBy(l => l.Id).Select(l => l.Id).FirstAsync();
        var server = await db.Of<SendingServer>(customer).OrderBy(s => s.Id).Select(s => s.Id).FirstAsync();
        var clock = TimeProvider.System;
        var name = string.Create(CultureInfo.InvariantCulture, $"Revue {clock.GetUtcNow().Ticks}");
        var id = (await CreateCampaign.RunAsync(customer, new NewCampaign(name), db, clock, default))!.Value;
        var edit = new CampaignEdit
        {
            Subject = "La lettre",
            FromEmail = "lettre@atelier.test",
            FromName = "Atelier",
            Html = "<p>Bonjour</p>",
        };
        await EditCampaign.RunAsync(customer, id, edit, db, clock, default);
        await SetCampaignLists.RunAsync(customer, id, [list], [], db, clock, default);
        await SetCampaignServers.RunAsync(
            customer,
            id,
            [new CampaignServerChoice(server)],
            db,
            services.GetRequiredService<Signals>(),
            clock,
            default
        );
        return id;
    }
}
