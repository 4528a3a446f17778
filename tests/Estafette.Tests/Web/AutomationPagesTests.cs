using System.Net;
using Estafette.Core.Accounts;
using Estafette.Core.Automations;
using Estafette.Core.Contacts;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Platform;
using Estafette.Testing.Web;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Web;

[Collection(WebHostGroup.Name)]
public sealed class AutomationPagesTests(WebHostFixture web)
{
    [Fact]
    public async Task Welcome_recipe_is_built_changed_and_started_without_script()
    {
        using var visitor = await web.SignInAsync(WebHostFixture.Other);
        var path = await CreateAsync(visitor, "Welcome");
        (await visitor.Http.GetStringAsync(path)).ShouldContain("step-5");

        using (var refused = await visitor.PostAsync(path, "publish"))
            (await refused.Content.ReadAsStringAsync()).ShouldContain($"{path}/trigger");
        await ChooseListAsync(visitor, path);
        using (
            var added = await visitor.PostAsync(
                path,
                "add-5-no-0",
                ("parent", "5"),
                ("branch", "no"),
                ("index", "0"),
                ("kind", "SetAttribute")
            )
        )
            added.Headers.Location!.ToString().ShouldEndWith($"{path}/steps/7");
        (await ToAsync(visitor, $"{path}/steps/7", "step", ("attribute", "suivi"), ("value", "oui"))).ShouldContain("saved=1");
        (await ToAsync(visitor, path, "up-2", ("step", "2"), ("by", "up"))).ShouldContain("#step-2");
        (await ToAsync(visitor, path, "down-2", ("step", "2"), ("by", "down"))).ShouldContain("#step-2");
        (await ToAsync(visitor, path, "publish")).ShouldContain("published=1");
        (await ToAsync(visitor, path, "pause")).ShouldContain("paused=1");
        (await ToAsync(visitor, path, "resume")).ShouldContain("resumed=1");
        (await ToAsync(visitor, path + "/settings", "stop")).ShouldContain(path);
        await using var scope = web.Host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var id = new AutomationId(long.Parse(path.Split('/')[2]));
        (await db.Set<Automation>().SingleAsync(a => a.Id == id)).Status.ShouldBe(AutomationStatus.Stopped);
    }

    [Fact]
    public async Task Reader_sees_automations_and_may_not_touch_them()
    {
        using var manager = await web.SignInAsync(WebHostFixture.Other);
        var path = await CreateAsync(manager, "Birthday");
        using var reader = await web.SignInAsync(WebHostFixture.Reader);
        using var shown = await reader.GetAsync(path);
        shown.StatusCode.ShouldBe(HttpStatusCode.OK);
        using var refused = await reader.GetAsync(path + "/trigger");
        refused.StatusCode.ShouldNotBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Trial_tells_what_would_happen_and_when()
    {
        using var visitor = await web.SignInAsync(WebHostFixture.Other);
        var path = await CreateAsync(visitor, "Welcome");
        await ChooseListAsync(visitor, path);
        await using var scope = web.Host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var list = await db.Set<ContactList>().OrderBy(l => l.Id).Select(l => l.Id).FirstAsync();
        var contact = await (
            from subscription in db.Set<Subscription>()
            join person in db.Set<Contact>() on subscription.ContactId equals person.Id
            where subscription.ListId == list && subscription.Status == SubscriptionStatus.Confirmed
            select person.Email
        ).FirstAsync();
        var page = await visitor.Http.GetStringAsync($"{path}/try?contact={Uri.EscapeDataString(contact!)}&opens=1");
        page.ShouldContain("class=\"trial\"");
        (page.Split("trial-at").Length - 1).ShouldBe(7);
    }

    [Theory]
    [InlineData("fr", "L’entrée dans un segment", "Choisissez le segment dont les nouveaux membres entrent.", "Qui entre dans le segment")]
    [InlineData("en", "Entry into a segment", "Choose the segment whose new members enter.", "Whoever newly belongs to the segment")]
    public async Task Segment_whose_new_members_enter_is_asked_for_and_told(string language, string kind, string missing, string told)
    {
        var (id, name) = await AddSegmentAsync(language);
        using var visitor = await web.SignInAsync(WebHostFixture.Other);
        visitor.Http.DefaultRequestHeaders.Add("Accept-Language", language);
        var path = await CreateAsync(visitor, "Birthday");
        var form = WebUtility.HtmlDecode(await visitor.Http.GetStringAsync(path + "/trigger"));
        form.ShouldContain(kind);
        form.ShouldContain($"<option value=\"{id}\">{name}</option>");

        foreach (var wrong in new[] { "", "999999" })
        {
            using var refused = await visitor.PostAsync(
                path + "/trigger",
                "trigger",
                ("kind", "Segment"),
                ("segment", wrong),
                ("time", "09:00")
            );
            refused.StatusCode.ShouldBe(HttpStatusCode.OK);
            WebUtility.HtmlDecode(await refused.Content.ReadAsStringAsync()).ShouldContain(missing);
        }

        (await ToAsync(visitor, path + "/trigger", "trigger", ("kind", "Segment"), ("segment", $"{id}"), ("time", "09:00"))).ShouldContain(
            "saved=1"
        );
        var page = WebUtility.HtmlDecode(await visitor.Http.GetStringAsync(path));
        page.ShouldContain(told);
        page.ShouldContain(name);
        WebUtility.HtmlDecode(await visitor.Http.GetStringAsync(path + "/trigger")).ShouldContain($"<option value=\"{id}\" selected");
    }

    private async Task<(long Id, string Name)> AddSegmentAsync(string language)
    {
        await using var scope = web.Host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var now = TimeProvider.System.GetUtcNow();
        var segment = new Segment
        {
            CustomerId = await db.Set<User>().Where(u => u.Email == WebHostFixture.Other).Select(u => u.CustomerId).SingleAsync(),
            Name = $"Nouveaux {language}",
            Definition = new SegmentDefinition(new(false, [new SegmentCondition(SegmentSubject.Email, SegmentOperator.NotEmpty)])).ToJson(),
            CreatedAt = now,
            UpdatedAt = now,
        };
        db.Add(segment);
        await db.SaveChangesAsync();
        return (segment.Id.Value, segment.Name);
    }

    private static async Task<string> CreateAsync(WebVisitor visitor, string recipe)
    {
        using var created = await visitor.PostAsync("/automations/new", "automation", ("name", $"Test {recipe}"), ("recipe", recipe));
        created.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        return new Uri(visitor.Http.BaseAddress!, created.Headers.Location!).AbsolutePath;
    }

    private async Task ChooseListAsync(WebVisitor visitor, string path)
    {
        await using var scope = web.Host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var list = await db.Set<ContactList>().OrderBy(l => l.Id).Select(l => l.Id).FirstAsync();
        (await ToAsync(visitor, path + "/trigger", "trigger", ("kind", "List"), ("list", $"{list}"), ("time", "09:00"))).ShouldContain(
            "saved=1"
        );
    }

    private static async Task<string> ToAsync(WebVisitor visitor, string path, string form, params (string, string)[] fields)
    {
        using var answer = await visitor.PostAsync(path, form, fields);
        answer.Headers.Location.ShouldNotBeNull(
            answer.StatusCode == HttpStatusCode.OK ? await answer.Content.ReadAsStringAsync() : answer.StatusCode.ToString()
        );
        return answer.Headers.Location.ToString();
    }
}
