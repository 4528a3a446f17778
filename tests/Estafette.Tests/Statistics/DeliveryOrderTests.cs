using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Core.Statistics;
using Estafette.Web.Campaigns;
using Estafette.Web.Grids;

namespace Estafette.Tests.Statistics;

public abstract class DeliveryOrderTests(DatabaseKind kind) : DatabaseTests(kind)
{
    private SentCampaign _campaign = null!;

    private async Task<string> AllAsync(DeliverySort by, bool descending, DeliveryFilter? filter = null, int size = 2)
    {
        var found = new List<string>();
        string? after = null;
        do
        {
            var page = await ListDeliveries.RunAsync(
                App.Customer,
                _campaign.Id,
                filter ?? new DeliveryFilter(),
                new DeliveryOrder(by, descending),
                after,
                size,
                App.Store,
                Token
            );
            page!.Rows.Count.ShouldBeLessThanOrEqualTo(size);
            found.AddRange(page.Rows.Select(r => r.Address.Split('@')[0]));
            after = page.Next;
        } while (after is not null);
        return string.Join(' ', found);
    }

    /// <summary>Sent: d, b, c, e; bounced: a; never attempted: f. Opened in the order c, b; both at once with d.</summary>
    private async Task AddAsync()
    {
        _campaign = await SentCampaign.AddAsync(App);
        var sent = await _campaign.AddAsync(["d@x.test", "b@x.test", "c@x.test", "e@y.test"]);
        await _campaign.AddAsync(["a@x.test"], DeliveryStatus.HardBounced);
        await _campaign.AddAsync(["f@x.test"], DeliveryStatus.Suppressed);
        await (await SentCampaign.AddAsync(App)).AddAsync(["other@x.test"]);
        await App.ExecuteAsync($"UPDATE deliveries SET opened_at = 5000, clicked_at = 9000 WHERE id = {sent[2]}");
        await App.ExecuteAsync($"UPDATE deliveries SET opened_at = 6000, attempts = 3 WHERE id IN ({sent[0]}, {sent[1]})");
        await App.ExecuteAsync($"UPDATE deliveries SET status_at = 1 WHERE id = {sent[3]}");
    }

    [Fact]
    public async Task Every_order_shows_each_delivery_once_page_by_page_both_ways()
    {
        await AddAsync();
        foreach (var by in Enum.GetValues<DeliverySort>())
        foreach (var descending in new[] { false, true })
        foreach (var size in new[] { 1, 2, 6, 10 })
            (await AllAsync(by, descending, size: size))
                .Split(' ')
                .ShouldBe(["a", "b", "c", "d", "e", "f"], ignoreOrder: true, $"{by} {descending} {size}");
    }

    [Fact]
    public async Task Deliveries_come_by_address_and_by_status_both_ways()
    {
        await AddAsync();
        (await AllAsync(DeliverySort.Address, false)).ShouldBe("a b c d e f");
        (await AllAsync(DeliverySort.Address, true)).ShouldBe("f e d c b a");
        var (bounced, suppressed) = ((int)DeliveryStatus.HardBounced, (int)DeliveryStatus.Suppressed);
        bounced.ShouldBeLessThan(suppressed);
        (await AllAsync(DeliverySort.Status, false)).ShouldBe("d b c e a f");
        (await AllAsync(DeliverySort.Status, true)).ShouldBe("f a d b c e");
    }

    [Fact]
    public async Task What_did_not_happen_comes_last_both_ways()
    {
        await AddAsync();
        (await AllAsync(DeliverySort.Opened, false)).ShouldBe("c d b a e f");
        (await AllAsync(DeliverySort.Opened, true)).ShouldBe("b d c a e f");
        (await AllAsync(DeliverySort.Clicked, true)).ShouldBe("c a b d e f");
        (await AllAsync(DeliverySort.Unsubscribed, true)).ShouldBe("a b c d e f");
        (await AllAsync(DeliverySort.Server, true)).ShouldEndWith(" f");
        (await AllAsync(DeliverySort.Server, false)).ShouldEndWith(" f");
    }

    [Fact]
    public async Task What_a_filter_leaves_is_put_in_order()
    {
        await AddAsync();
        var sent = new DeliveryFilter { Status = DeliveryStatus.Sent };
        (await AllAsync(DeliverySort.Since, false, sent)).ShouldStartWith("e ");
        (await AllAsync(DeliverySort.Attempts, true, sent)).ShouldBe("b d c e");
        (await AllAsync(DeliverySort.Address, true, sent with { Domain = "x.test" })).ShouldBe("d c b");
        (await AllAsync(DeliverySort.Opened, true, new DeliveryFilter { Engagement = EngagementFilter.Opened })).ShouldBe("b d c");
        (await AllAsync(DeliverySort.Status, true, new DeliveryFilter { AddressPrefix = "a" })).ShouldBe("a");
    }
}

public sealed class DeliveryOrderTestsOnSqlite() : DeliveryOrderTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class DeliveryOrderTestsOnPostgreSql() : DeliveryOrderTests(DatabaseKind.PostgreSql);

/// <summary>Which orders the page of recipients offers.</summary>
public sealed class DeliveryOrdersOfferedTests
{
    private static List<string> Offered(long audience, GridQuery query)
    {
        var grid = new DeliveriesGrid(new CampaignId(1), audience);
        return [.. grid.Columns.Where(c => grid.CanSort(c, query)).Select(c => c.Key)];
    }

    [Fact]
    public void Few_deliveries_are_put_in_the_order_of_any_column_also_when_filtered()
    {
        var grid = new DeliveriesGrid(new CampaignId(1), 10);
        var all = grid.Columns.Select(c => c.Key).Where(k => k != "deeds").ToList();
        Offered(DeliveryOrder.Most, new GridQuery()).ShouldBe(all);
        Offered(DeliveryOrder.Most, new GridQuery { Search = "a" }).ShouldBe(all);
    }

    [Fact]
    public void Many_deliveries_are_put_only_in_the_orders_of_indexes()
    {
        Offered(10_000_000, new GridQuery()).ShouldBe(["address", "status", "opened", "clicked"]);
        Offered(10_000_000, new GridQuery { Search = "a" }).ShouldBeEmpty();
    }
}
