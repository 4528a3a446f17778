using Estafette.Core.Delivery;
using Estafette.Core.Delivery.Rules;
using Estafette.Core.Platform;
using Estafette.Core.Statistics;

namespace Estafette.Tests.Statistics;

public abstract class DeliveryFilterTests(DatabaseKind kind) : DatabaseTests(kind)
{
    private SentCampaign _campaign = null!;

    private async Task<List<string>> AllAsync(DeliveryFilter filter, int size = 2)
    {
        var found = new List<string>();
        string? after = null;
        do
        {
            var page = await ListDeliveries.RunAsync(App.Customer, _campaign.Id, filter, after, size, App.Store, Token);
            found.AddRange(page!.Rows.Select(r => r.Address));
            after = page.Next;
        } while (after is not null);
        return found;
    }

    private async Task<List<DeliveryId>> AddAsync()
    {
        _campaign = await SentCampaign.AddAsync(App);
        var sent = await _campaign.AddAsync(["a@gmail.com", "b@googlemail.com", "c@gmail.com", "d@dupont.test", "e@dupont.test"]);
        await _campaign.AddAsync(["f@gmail.com"], DeliveryStatus.HardBounced);
        await _campaign.AddAsync(["g@dupont.test"], DeliveryStatus.Suppressed);
        return sent;
    }

    [Fact]
    public async Task Addresses_of_a_domain_or_a_provider_are_listed()
    {
        await AddAsync();
        (await AllAsync(new DeliveryFilter { Domain = "Dupont.test" })).ShouldBe(["d@dupont.test", "e@dupont.test", "g@dupont.test"]);
        (await AllAsync(new DeliveryFilter { Provider = "Google" })).ShouldBe([
            "a@gmail.com",
            "c@gmail.com",
            "f@gmail.com",
            "b@googlemail.com",
        ]);
        (await AllAsync(new DeliveryFilter { Provider = "Google", Status = DeliveryStatus.HardBounced })).ShouldBe(["f@gmail.com"]);
        (await AllAsync(new DeliveryFilter { Provider = "Nobody" })).ShouldBeEmpty();
    }

    [Fact]
    public async Task Several_statuses_and_a_server_are_listed()
    {
        await AddAsync();
        var failed = new DeliveryFilter { Statuses = [DeliveryStatus.HardBounced, DeliveryStatus.Suppressed] };
        (await AllAsync(failed)).ShouldBe(["f@gmail.com", "g@dupont.test"]);
        (await AllAsync(failed with { Server = new ServerId(5) })).ShouldBe(["f@gmail.com"]);
        (await AllAsync(new DeliveryFilter { Server = new ServerId(5) })).Count.ShouldBe(6);
        (await AllAsync(new DeliveryFilter { Server = new ServerId(99) })).ShouldBeEmpty();
    }

    [Fact]
    public async Task Opened_and_clicked_between_two_times_are_listed_in_the_order_of_time()
    {
        var sent = await AddAsync();
        var start = App.Now;
        foreach (var (id, i) in sent.Select((id, i) => (id, i)))
            await App.ExecuteAsync(
                $"UPDATE deliveries SET opened_at = {start.AddHours(9 - i).ToUnixTimeMilliseconds()}, clicked_at = {(i > 2 ? start.AddHours(9 - i).ToUnixTimeMilliseconds() : "NULL")} WHERE id = {id}"
            );
        var between = new DeliveryFilter { OpenedFrom = start.AddHours(6), OpenedBefore = start.AddHours(9) };
        (await AllAsync(between)).ShouldBe(["d@dupont.test", "c@gmail.com", "b@googlemail.com"]);
        (await AllAsync(between with { Domain = "gmail.com" })).ShouldBe(["c@gmail.com"]);
        (await AllAsync(between with { Engagement = EngagementFilter.Clicked })).ShouldBe(["d@dupont.test"]);
        (await AllAsync(new DeliveryFilter { Engagement = EngagementFilter.Clicked })).ShouldBe(["e@dupont.test", "d@dupont.test"]);
    }

    [Fact]
    public async Task Opened_at_the_same_moment_are_all_listed_once()
    {
        var sent = await AddAsync();
        await App.ExecuteAsync($"UPDATE deliveries SET opened_at = 5000 WHERE campaign_id = {_campaign.Id}");
        (await AllAsync(new DeliveryFilter { Engagement = EngagementFilter.Opened }, 1)).Count.ShouldBe(sent.Count + 2);
    }

    [Fact]
    public async Task Who_clicked_a_link_and_who_failed_for_a_cause_are_listed()
    {
        var sent = await AddAsync();
        await _campaign.AddEventsAsync(sent.Take(3), kind: 2, link: 1, times: 2);
        await _campaign.AddEventsAsync(sent.Skip(3), kind: 2, link: 2);
        await App.ExecuteAsync($"UPDATE tracking_events SET machine = 2 WHERE delivery_id = {sent[0]}");
        (await AllAsync(new DeliveryFilter { Link = (new ContentId(7), 1) })).ShouldBe(["b@googlemail.com", "c@gmail.com"]);
        (await AllAsync(new DeliveryFilter { Cause = FailureCause.UnknownRecipient })).ShouldBe(["f@gmail.com"]);
        (await AllAsync(new DeliveryFilter { Cause = FailureCause.Policy })).ShouldBeEmpty();
    }

    [Fact]
    public async Task Attempts_reason_and_content_are_filters()
    {
        var sent = await AddAsync();
        await App.ExecuteAsync($"UPDATE deliveries SET attempts = 3, content_id = 8 WHERE id = {sent[1]}");
        await App.ExecuteAsync($"UPDATE deliveries SET reason = 1 WHERE status = 10");
        (await AllAsync(new DeliveryFilter { AttemptsAtLeast = 2 })).ShouldBe(["b@googlemail.com"]);
        (await AllAsync(new DeliveryFilter { AttemptsAtLeast = 4 })).ShouldBeEmpty();
        (await AllAsync(new DeliveryFilter { Reason = DeliveryReason.OptOut })).ShouldBe(["g@dupont.test"]);
        (await AllAsync(new DeliveryFilter { Content = new ContentId(8) })).ShouldBe(["b@googlemail.com"]);
    }
}

public sealed class DeliveryFilterTestsOnSqlite() : DeliveryFilterTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class DeliveryFilterTestsOnPostgreSql() : DeliveryFilterTests(DatabaseKind.PostgreSql);
