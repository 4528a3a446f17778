using Estafette.Core.Accounts;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Core.Statistics;
using Estafette.Tests.Statistics;

namespace Estafette.Tests.Delivery;

public abstract class ResendDeliveryTests(DatabaseKind kind) : DatabaseTests(kind)
{
    private async Task<ResendOutcome> ResendAsync(DeliveryId id, CustomerId? customer = null)
    {
        await using var db = App.OpenDb();
        return await ResendDelivery.RunAsync(
            new Actor(customer ?? App.Customer, "me"),
            id,
            db,
            App.Writes,
            App.Get<Signals>(),
            App.Clock,
            Token
        );
    }

    private async Task<(SentCampaign Campaign, DeliveryId Failed, DeliveryId Sent)> AddAsync()
    {
        var campaign = await SentCampaign.AddAsync(App);
        var failed = await campaign.AddAsync(["f@x.test"], DeliveryStatus.SoftBounced);
        var sent = await campaign.AddAsync(["s@x.test"]);
        await App.ExecuteAsync($"UPDATE campaigns SET status = 4, finished_at = 1 WHERE id = {campaign.Id}");
        await Recount.RepairAsync(campaign.Id, App.Writes, Token);
        return (campaign, failed[0], sent[0]);
    }

    [Fact]
    public async Task Failed_message_waits_again_and_its_figures_are_taken_back()
    {
        var (campaign, failed, _) = await AddAsync();
        (await ResendAsync(failed)).ShouldBe(ResendOutcome.Queued);
        (await App.ScalarAsync<long>($"SELECT attempt FROM delivery_queue WHERE delivery_id = {failed}")).ShouldBe(1);
        (await App.ScalarAsync<long>($"SELECT status FROM campaigns WHERE id = {campaign.Id}")).ShouldBe(2);
        (await Recount.RunAsync(campaign.Id, App.Store, Token)).ShouldBeEmpty();
        (await App.ScalarAsync<long>("SELECT count(*) FROM audit_log WHERE action = 'delivery.resent'")).ShouldBe(1);
        (await ResendAsync(failed)).ShouldBe(ResendOutcome.WrongStatus);
    }

    [Fact]
    public async Task What_was_accepted_suppressed_or_belongs_to_others_stays()
    {
        var (_, failed, sent) = await AddAsync();
        (await ResendAsync(sent)).ShouldBe(ResendOutcome.WrongStatus);
        (await ResendAsync(failed, await App.AddCustomerAsync("Autre"))).ShouldBe(ResendOutcome.NotFound);
        await App.ExecuteAsync(
            $"INSERT INTO suppressions (customer_id, channel, address_key, reason, origin, created_at) VALUES ({App.Customer}, 1, 'f@x.test', 2, 1, 0)"
        );
        (await ResendAsync(failed)).ShouldBe(ResendOutcome.Suppressed);
        (await App.CountAsync("delivery_queue")).ShouldBe(0);
    }

    [Fact]
    public async Task Message_of_a_cancelled_campaign_stays()
    {
        var (campaign, failed, _) = await AddAsync();
        await App.ExecuteAsync($"UPDATE campaigns SET status = 5 WHERE id = {campaign.Id}");
        (await ResendAsync(failed)).ShouldBe(ResendOutcome.WrongStatus);
        (await Recount.RunAsync(campaign.Id, App.Store, Token)).ShouldBeEmpty();
    }
}

public sealed class ResendDeliveryTestsOnSqlite() : ResendDeliveryTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class ResendDeliveryTestsOnPostgreSql() : ResendDeliveryTests(DatabaseKind.PostgreSql);
