using Estafette.Core.Automations;
using Estafette.Core.Automations.Webhooks;
using Estafette.Core.Platform;
using Estafette.Testing;
using Estafette.Testing.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Estafette.Tests.Automations;

public abstract class WebhookTests(DatabaseKind kind) : AutomationTests(kind)
{
    protected override TestSetup Setup =>
        new() { Settings = new Dictionary<string, string?>(StringComparer.Ordinal) { ["Network:AllowPrivateAddresses"] = "true" } };

    [Fact]
    public async Task Call_is_signed_made_once_and_forgets_the_person_afterwards()
    {
        await using var site = await FakeMailApi.StartAsync();
        (site.Day, site.Status, site.Answer) = (FakeDay.Answers, 204, "");
        var id = await CallingAsync(site.BaseUrl + "/hook");
        await RunAsync();
        while (await Sender().CallSomeAsync(Token) > 0) { }
        var request = site.Requests.Single();
        request.Text.ShouldContain("anne@r.test");
        await using var db = App.OpenDb();
        var secret = App.Get<Secrets>()
            .Unprotect(await db.Of<Automation>(App.Customer).Where(a => a.Id == id).Select(a => a.ProtectedSecret).SingleAsync(Token));
        request.Headers[WebhookSignature.Header].ShouldBe(WebhookSignature.Of(secret, App.Now, request.Text));
        var call = await db.Of<WebhookCall>(App.Customer).SingleAsync(Token);
        (call.Status, call.Attempts, call.Payload).ShouldBe((WebhookStatus.Answered, 1, null));
    }

    [Fact]
    public async Task Failing_call_is_tried_eight_times_at_growing_distances_and_given_up()
    {
        await using var site = await FakeMailApi.StartAsync();
        (site.Day, site.Status, site.Answer) = (FakeDay.Answers, 503, "later");
        await CallingAsync(site.BaseUrl + "/hook");
        await RunAsync();
        for (var i = 0; i < 12; i++)
        {
            await Sender().CallSomeAsync(Token);
            App.Clock.Advance(TimeSpan.FromHours(13));
        }
        site.Requests.Count.ShouldBe(8);
        await using var db = App.OpenDb();
        var call = await db.Of<WebhookCall>(App.Customer).SingleAsync(Token);
        (call.Status, call.Answer, call.Payload).ShouldBe((WebhookStatus.GivenUp, "503 later", null));
    }

    [Fact]
    public async Task Redirects_are_not_followed_and_a_cloud_s_own_addresses_are_refused()
    {
        await using var site = await FakeMailApi.StartAsync();
        (site.Day, site.Answer) = (FakeDay.Redirects, "http://169.254.169.254/latest/meta-data");
        await CallingAsync(site.BaseUrl + "/hook", "http://169.254.169.254/latest/meta-data");
        await RunAsync();
        await Sender().CallSomeAsync(Token);
        await using var db = App.OpenDb();
        var answers = await db.Of<WebhookCall>(App.Customer).OrderBy(c => c.StepId).Select(c => c.Answer).ToListAsync(Token);
        answers[0]!.ShouldStartWith("302");
        answers[1]!.ShouldContain("169.254.169.254");
        site.Requests.Count.ShouldBe(1);
    }

    private async Task<AutomationId> CallingAsync(params string[] urls)
    {
        var list = await App.AddListAsync("Abonnés");
        var id = await CreateAsync();
        await TriggerAsync(id, new TriggerDefinition { Kind = TriggerKind.List, List = list.Value });
        foreach (var url in urls)
            await AddAsync(id, StepKind.Webhook, s => s with { Url = url });
        await PublishAsync(id);
        await SubscribeAsync(list, "anne@r.test");
        return id;
    }

    private WebhookSender Sender() => App.Services.GetServices<IHostedService>().OfType<WebhookSender>().Single();
}

public sealed class WebhookTestsOnSqlite() : WebhookTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class WebhookTestsOnPostgreSql() : WebhookTests(DatabaseKind.PostgreSql);
