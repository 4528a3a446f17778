using Estafette.Core.Campaigns;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Testing;
using Estafette.Testing.Smtp;

namespace Estafette.Tests.Delivery;

public abstract class PauseTests(DatabaseKind kind) : RunningEngineTests(kind)
{
    [Fact]
    public async Task After_a_pause_nothing_starts_later_than_a_second_and_resume_goes_on_with_the_new_content_without_doubles()
    {
        await using var smtp = FakeSmtpServer.Start();
        var id = await LaunchAsync(smtp);
        await using var engine = StartEngine();
        await Eventually.TrueAsync(() => smtp.Accepted >= 40);
        await using var stalls = Stalls.Watch();
        await using (var db = App.OpenDb())
            (await PauseCampaign.RunAsync(App.Customer, id, db, Signals, Clock, Token)).ShouldBe(CampaignOutcome.Done.Instance);
        var paused = TimeProvider.System.GetUtcNow();
        await Eventually.TrueAsync(async () => await App.CountAsync("delivery_queue WHERE epoch <> 0") == 0);
        var before = smtp.Messages.Count;
        before.ShouldBeLessThan(People);
        smtp.Messages.Where(m => m.At > paused.AddSeconds(1) + stalls.Total).ShouldBeEmpty();
        (await AttemptsAsync(id)).Max(a => a.StartedAt).ShouldBeLessThan(paused.AddSeconds(1) + stalls.Total);

        await using (var db = App.OpenDb())
        {
            var edit = new CampaignEdit { Subject = "Nouvelle version" };
            (await EditCampaign.RunAsync(App.Customer, id, edit, db, Clock, Token)).ShouldBe(CampaignOutcome.Done.Instance);
            (await ResumeCampaign.RunAsync(App.Customer, id, db, Signals, Clock, Token)).ShouldBe(CampaignOutcome.Done.Instance);
        }
        await Eventually.TrueAsync(async () => await StatusAsync(id) == CampaignStatus.Finished);
        await engine.StopAsync();

        EverybodyGotOne(smtp);
        var deliveries = (await DeliveriesAsync(id)).ToDictionary(d => d.Address);
        var versions = deliveries.Values.Select(d => d.ContentId!.Value.Value).Distinct().Order().ToList();
        versions.Count.ShouldBe(2);
        foreach (var message in smtp.Messages)
            (deliveries[message.RcptTo[0]].ContentId!.Value.Value == versions[1]).ShouldBe(
                Wire.Header(message, "Subject") == "Nouvelle version"
            );
        deliveries.Values.Count(d => d.ContentId!.Value.Value == versions[0]).ShouldBe(before);
    }

    [Fact]
    public async Task Cancel_while_sending_stops_within_a_second_and_accounts_for_everybody()
    {
        await using var smtp = FakeSmtpServer.Start();
        var id = await LaunchAsync(smtp);
        await App.StartAsync<CampaignCloser>();
        await using var engine = StartEngine();
        await Eventually.TrueAsync(() => smtp.Accepted >= 40);
        await using var stalls = Stalls.Watch();
        await using (var db = App.OpenDb())
            (await CancelCampaign.RunAsync(App.Customer, id, db, Signals, Clock, Token)).ShouldBe(CampaignOutcome.Done.Instance);
        var cancelled = TimeProvider.System.GetUtcNow();
        await Eventually.TrueAsync(async () => await App.CountAsync("delivery_queue") == 0);
        await engine.StopAsync();
        smtp.Messages.Where(m => m.At > cancelled.AddSeconds(1) + stalls.Total).ShouldBeEmpty();
        (await StatusesAsync(id)).ShouldBe(
            new Dictionary<DeliveryStatus, int>
            {
                [DeliveryStatus.Sent] = smtp.Messages.Count,
                [DeliveryStatus.Cancelled] = People - smtp.Messages.Count,
            },
            ignoreOrder: true
        );
    }

    [Fact]
    public async Task Stop_gives_back_what_was_not_sent_and_the_next_run_sends_it_once()
    {
        await using var smtp = FakeSmtpServer.Start();
        var id = await LaunchAsync(smtp, rate: 400);
        while (await StatusAsync(id) != CampaignStatus.Finished)
        {
            var sent = smtp.Accepted;
            await using var engine = StartEngine();
            await Eventually.TrueAsync(async () => smtp.Accepted > sent + 100 || await StatusAsync(id) == CampaignStatus.Finished);
            await engine.StopAsync();
            (await App.CountAsync("delivery_queue WHERE epoch <> 0")).ShouldBe(0);
        }
        EverybodyGotOne(smtp);
        (await AttemptsAsync(id)).Count.ShouldBe(People);
    }
}

public sealed class PauseTestsOnSqlite() : PauseTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class PauseTestsOnPostgreSql() : PauseTests(DatabaseKind.PostgreSql);
