using Estafette.Core.Campaigns;
using Estafette.Core.Notices;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;
using Estafette.Tests.Delivery;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Estafette.Tests.Campaigns;

/// <summary>Campaigns that pause by themselves, and go on by hand only.</summary>
public abstract class CampaignBreakerTests(DatabaseKind kind) : CampaignTests(kind)
{
    private CampaignBreaker Breaker => App.Services.GetServices<IHostedService>().OfType<CampaignBreaker>().Single();

    private Task CountAsync(CampaignId id, Metric metric, long count, long dimension = 0) =>
        App.Writes.RunAsync(
            async session =>
            {
                var counter = new RollupCounter();
                counter.Add(App.Customer, id, metric, App.Now, dimension, count);
                await counter.WriteAsync(session, Token);
            },
            Token
        );

    private async Task<Campaign> ReadAsync(CampaignId id)
    {
        await using var db = App.OpenDb();
        return await db.Of<Campaign>(App.Customer).AsNoTracking().SingleAsync(c => c.Id == id, Token);
    }

    private async Task<CampaignId> RunningAsync() => await LaunchAsync(await AddPeopleAsync(3), await Scenario.AddSmtpAsync("s", 1));

    [Fact]
    public async Task Complaints_pause_it_once_and_only_a_person_lets_it_go_on()
    {
        var id = await RunningAsync();
        await CountAsync(id, Metric.Attempted, 499);
        await CountAsync(id, Metric.Complained, 2);
        (await Breaker.LookAsync(Token)).ShouldBe(0, "499 say nothing");
        await CountAsync(id, Metric.Attempted, 1);
        (await Breaker.LookAsync(Token)).ShouldBe(1);
        var held = await ReadAsync(id);
        (held.Status, held.HoldReason, held.HoldCount, held.HoldPercent).ShouldBe((CampaignStatus.Paused, HoldReason.Complaints, 2, 0.4));
        (await Breaker.LookAsync(Token)).ShouldBe(0, "it stands still");
        (await App.CountAsync("audit_log WHERE action = 'campaign.held'")).ShouldBe(1);

        await using (var db = App.OpenDb())
        {
            await FindNotices.RunAsync(db, Clock, Token);
            await FindNotices.RunAsync(db, Clock, Token);
            var notice = await db.Of<Notice>(App.Customer).SingleAsync(n => n.Kind == NoticeKind.CampaignHeld, Token);
            (notice.SubjectId, notice.Number, notice.Share).ShouldBe((id.Value, 2, 0.4));
            (await ResumeCampaign.RunAsync(App.Customer, id, db, Signals, Clock, Token)).ShouldBe(CampaignOutcome.Done.Instance);
        }
        (await Breaker.LookAsync(Token)).ShouldBe(0, "for the same figures it does not stop again");
        await CountAsync(id, Metric.Attempted, 499);
        await CountAsync(id, Metric.Complained, 2);
        (await Breaker.LookAsync(Token)).ShouldBe(0);
        await CountAsync(id, Metric.Attempted, 1);
        (await Breaker.LookAsync(Token)).ShouldBe(1, "new complaints about new messages do");
        (await ReadAsync(id)).HoldCount.ShouldBe(2);
    }

    [Theory]
    [InlineData(Metric.HardBounced, 0, 99, 100, HoldReason.Bounces)]
    [InlineData(Metric.FailureCause, BreakerFigures.ContentCause, 9, 10, HoldReason.Content)]
    public async Task Dead_addresses_and_refused_content_pause_it_at_their_share(
        Metric metric,
        long dimension,
        long before,
        long at,
        HoldReason reason
    )
    {
        ((int)Core.Delivery.Rules.FailureCause.Content).ShouldBe(BreakerFigures.ContentCause);
        var id = await RunningAsync();
        await CountAsync(id, Metric.Attempted, 1000);
        await CountAsync(id, Metric.FailureCause, 500, (int)Core.Delivery.Rules.FailureCause.MailboxFull);
        await CountAsync(id, metric, before, dimension);
        (await Breaker.LookAsync(Token)).ShouldBe(0);
        await CountAsync(id, metric, at - before, dimension);
        (await Breaker.LookAsync(Token)).ShouldBe(1);
        (await ReadAsync(id)).HoldReason.ShouldBe(reason);
    }

    [Fact]
    public async Task One_complaint_in_a_thousand_warns_once_without_a_pause()
    {
        var id = await RunningAsync();
        await CountAsync(id, Metric.Attempted, 1000);
        await using var db = App.OpenDb();
        await FindNotices.RunAsync(db, Clock, Token);
        (await App.CountAsync("notices WHERE kind = 10")).ShouldBe(0);
        await CountAsync(id, Metric.Complained, 1);
        (await Breaker.LookAsync(Token)).ShouldBe(0);
        await FindNotices.RunAsync(db, Clock, Token);
        await FindNotices.RunAsync(db, Clock, Token);
        (await App.CountAsync("notices WHERE kind = 10")).ShouldBe(1);
    }

    [Fact]
    public async Task Customer_has_its_own_share_and_another_one_is_not_concerned()
    {
        var id = await RunningAsync();
        await CountAsync(id, Metric.Attempted, 1000);
        await CountAsync(id, Metric.HardBounced, 50);
        (await Breaker.LookAsync(Token)).ShouldBe(0);
        await using var db = App.OpenDb();
        var actor = new Core.Accounts.Actor(await App.AddCustomerAsync("Autre"), "test");
        await SetBreakerShares.RunAsync(actor, new BreakerShares(null, 1, null), db, Clock, Token);
        (await Breaker.LookAsync(Token)).ShouldBe(0);
        await SetBreakerShares.RunAsync(actor with { Customer = App.Customer }, new BreakerShares(null, 5, null), db, Clock, Token);
        (await Breaker.LookAsync(Token)).ShouldBe(1);
    }
}

public sealed class CampaignBreakerTestsOnSqlite() : CampaignBreakerTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class CampaignBreakerTestsOnPostgreSql() : CampaignBreakerTests(DatabaseKind.PostgreSql);
