using Estafette.Core.Channels;
using Estafette.Core.Delivery;
using Estafette.Core.Delivery.Rules;
using Estafette.Core.Platform;

namespace Estafette.Tests.Delivery;

public abstract class ClaimAndStoreTests(DatabaseKind kind) : CampaignTests(kind)
{
    [Fact]
    public async Task Claimers_at_the_same_time_never_share_a_row()
    {
        var (campaign, lanes) = await PrepareAsync(500, 4);
        var claims = await Task.WhenAll(
            lanes.SelectMany(lane => Enumerable.Range(0, 10).Select(_ => Task.Run(() => ClaimAsync(lane, campaign, 20), Token)))
        );
        var ids = claims.SelectMany(c => c.Rows).Select(r => r.Id).ToList();
        ids.Count.ShouldBe(500);
        ids.Distinct().Count().ShouldBe(500);
        (await ClaimAsync(lanes[0], campaign, 20)).Rows.ShouldBeEmpty();
    }

    [Fact]
    public async Task Daily_maximum_is_never_passed_by_one_and_comes_back_when_nothing_was_handed_over()
    {
        var (campaign, lanes) = await PrepareAsync(200, 1);
        var cap = new DailyCap(lanes[0].Server, null, 20260303, 77);
        var own = new DailyCap(lanes[0].Server, campaign, 20260303, 60);
        var claims = await Task.WhenAll(
            Enumerable.Range(0, 12).Select(_ => Task.Run(() => ClaimAsync(lanes[0], campaign, 20, caps: [own, cap]), Token))
        );
        claims.Sum(c => c.Rows.Count).ShouldBe(60);
        claims.ShouldContain(c => c.MaximumReached);
        (await GrantedAsync(0), await GrantedAsync(campaign.Value)).ShouldBe((60, 60));
        var rows = claims.SelectMany(c => c.Rows).Take(10).ToList();
        await StoreAsync(
            rows.Take(5).Select(r => Result(lanes[0], campaign, r, SendResult.NotStarted, Back(r)) with { Caps = [own, cap] })
        );
        await StoreAsync(
            rows.Skip(5)
                .Select(r =>
                    Result(
                        lanes[0],
                        campaign,
                        r,
                        new SendResult
                        {
                            Outcome = AttemptOutcome.Rejected,
                            Phase = SendPhase.Render,
                            Text = "suppressed",
                        },
                        new Decision(DeliveryStatus.Suppressed)
                    ) with
                    {
                        Caps = [own, cap],
                    }
                )
        );
        (await GrantedAsync(0), await GrantedAsync(campaign.Value)).ShouldBe((50, 50));
        (await ClaimAsync(lanes[0], campaign, 100, caps: [own, cap])).Rows.Count.ShouldBe(10);
        (await ClaimAsync(lanes[0], campaign, 100, caps: [own, cap])).Rows.ShouldBeEmpty();
    }

    [Fact]
    public async Task Unused_part_of_a_maximum_is_returned_with_the_claim()
    {
        var (campaign, lanes) = await PrepareAsync(3, 1);
        var cap = new DailyCap(lanes[0].Server, null, 20260303, 1000);
        (await ClaimAsync(lanes[0], campaign, 500, caps: [cap])).Rows.Count.ShouldBe(3);
        (await GrantedAsync(0)).ShouldBe(3);
    }

    [Fact]
    public async Task Result_of_a_lane_that_lost_its_row_writes_nothing_but_an_event()
    {
        var (campaign, lanes) = await PrepareAsync(2, 1);
        var rows = (await ClaimAsync(lanes[0], campaign, 10)).Rows;
        var old = lanes[0] with { Epoch = lanes[0].Epoch - 1 };
        var fenced = await StoreAsync([
            Result(old, campaign, rows[0], Accepted, new Decision(DeliveryStatus.Sent)),
            Result(lanes[0], campaign, rows[1], Accepted, new Decision(DeliveryStatus.Sent)),
        ]);
        fenced.ShouldBe(1);
        (await StatusesAsync(campaign)).ShouldBe(
            new Dictionary<DeliveryStatus, int> { [DeliveryStatus.Pending] = 1, [DeliveryStatus.Sent] = 1 },
            ignoreOrder: true
        );
        (await App.CountAsync("attempts")).ShouldBe(1);
        (await App.CountAsync("delivery_queue WHERE epoch <> 0")).ShouldBe(1);
        (await App.CountAsync($"delivery_events WHERE source = 5 AND delivery_id = {rows[0].Id}")).ShouldBe(1);
        (await App.ScalarAsync<long>($"SELECT sum(count) FROM rollups WHERE campaign_id = {campaign} AND metric = {SentMetric}")).ShouldBe(
            1
        );
    }

    [Fact]
    public async Task Same_result_twice_counts_once()
    {
        var (campaign, lanes) = await PrepareAsync(1, 1);
        var row = (await ClaimAsync(lanes[0], campaign, 10)).Rows[0];
        var result = Result(lanes[0], campaign, row, Accepted, new Decision(DeliveryStatus.Sent));
        (await StoreAsync([result])).ShouldBe(0);
        (await StoreAsync([result])).ShouldBe(1);
        (await App.ScalarAsync<long>($"SELECT sum(count) FROM rollups WHERE campaign_id = {campaign} AND metric = {SentMetric}")).ShouldBe(
            1
        );
    }

    [Fact]
    public async Task Pinned_and_tried_rows_go_only_where_they_may()
    {
        var (campaign, lanes) = await PrepareAsync(2, 3);
        var rows = (await ClaimAsync(lanes[0], campaign, 10)).Rows;
        var later = new SendResult
        {
            Outcome = AttemptOutcome.Deferred,
            Blame = Blame.Destination,
            Text = "later",
        };
        var down = new SendResult
        {
            Outcome = AttemptOutcome.Unreachable,
            Blame = Blame.Server,
            Text = "down",
        };
        await StoreAsync([
            Result(lanes[0], campaign, rows[0], later, new Decision(DeliveryStatus.Deferred, App.Now, Pin: lanes[0].Server)),
            Result(
                lanes[0],
                campaign,
                rows[1],
                down,
                new Decision(DeliveryStatus.Pending, App.Now, Tried: [lanes[0].Server, lanes[1].Server])
            ),
        ]);
        (await ClaimAsync(lanes[1], campaign, 10)).Rows.ShouldBeEmpty();
        var third = (await ClaimAsync(lanes[2], campaign, 10, onlyTried: true)).Rows.Single();
        third.Id.ShouldBe(rows[1].Id);
        third.Tried.ShouldBe([lanes[0].Server, lanes[1].Server]);
        (third.Attempts, third.FirstAttemptAt).ShouldBe((1, App.Now));
        var first = (await ClaimAsync(lanes[0], campaign, 10)).Rows.Single();
        (first.Id, first.Pin).ShouldBe((rows[0].Id, lanes[0].Server));
    }

    [Fact]
    public async Task Row_is_not_claimed_before_it_is_due_nor_for_another_customer()
    {
        var (campaign, lanes) = await PrepareAsync(1, 1);
        var row = (await ClaimAsync(lanes[0], campaign, 10)).Rows[0];
        var later = new SendResult
        {
            Outcome = AttemptOutcome.Deferred,
            Blame = Blame.Destination,
            Text = "later",
        };
        await StoreAsync([Result(lanes[0], campaign, row, later, new Decision(DeliveryStatus.Deferred, App.Now.AddMinutes(5)))]);
        (await ClaimAsync(lanes[0], campaign, 10)).Rows.ShouldBeEmpty();
        App.Clock.Advance(TimeSpan.FromMinutes(5));
        var stranger = lanes[0] with { Customer = await App.AddCustomerAsync("Other") };
        (await ClaimAsync(stranger, campaign, 10)).Rows.ShouldBeEmpty();
        (await ClaimAsync(lanes[0], campaign, 10)).Rows.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Suppression_made_after_the_launch_is_seen_at_claim()
    {
        var (campaign, lanes) = await PrepareAsync(2, 1);
        await App.ExecuteAsync(
            $"INSERT INTO suppressions (customer_id, channel, address_key, reason, origin, created_at) VALUES ({App.Customer}, 1, 'p1@r.test', 4, 1, 0)"
        );
        var rows = (await ClaimAsync(lanes[0], campaign, 10)).Rows;
        rows.Single(r => r.Address == "p1@r.test").Suppressed.ShouldBe(Core.Suppression.SuppressionReason.Complaint);
        rows.Single(r => r.Address == "p0@r.test").Suppressed.ShouldBeNull();
    }

    [Theory]
    [InlineData("550 no \0 such user")]
    [InlineData("half of a pair \uD83D")]
    public async Task Hostile_words_of_the_far_end_do_not_block_the_results(string words)
    {
        var (campaign, lanes) = await PrepareAsync(1, 1);
        var row = (await ClaimAsync(lanes[0], campaign, 10)).Rows[0];
        var refused = new SendResult
        {
            Outcome = AttemptOutcome.Rejected,
            Blame = Blame.Message,
            Phase = SendPhase.Rcpt,
            Code = 550,
            Enhanced = "5.1.1",
            ProviderId = words,
            Text = words,
        };
        (await StoreAsync([Result(lanes[0], campaign, row, refused, new Decision(DeliveryStatus.HardBounced))])).ShouldBe(0);
        (await StatusesAsync(campaign))[DeliveryStatus.HardBounced].ShouldBe(1);
        (await App.CountAsync("suppressions WHERE address_key = 'p0@r.test' AND reason = 2")).ShouldBe(1);
    }

    [Fact]
    public async Task Word_of_the_far_end_that_came_first_is_not_overwritten()
    {
        var (campaign, lanes) = await PrepareAsync(1, 1);
        var row = (await ClaimAsync(lanes[0], campaign, 10)).Rows[0];
        await App.ExecuteAsync($"UPDATE deliveries SET status = {(int)DeliveryStatus.Delivered} WHERE id = {row.Id}");
        await StoreAsync([Result(lanes[0], campaign, row, Accepted, new Decision(DeliveryStatus.Sent))]);
        (await StatusesAsync(campaign))[DeliveryStatus.Delivered].ShouldBe(1);
    }

    [Fact]
    public async Task Recovery_stores_answers_doubts_starts_and_gives_the_rest_back()
    {
        var (campaign, lanes) = await PrepareAsync(4, 1);
        var rows = (await ClaimAsync(lanes[0], campaign, 3)).Rows;
        var directory = Path.Combine(App.DataDirectory, "journal");
        using (var journal = DeliveryJournal.Open(directory))
        {
            journal.TryStart(Key(rows[0]), App.Now, out var entry).ShouldBeTrue();
            journal.Answer(entry, Key(rows[0]), App.Now, 5, Accepted);
            journal.TryStart(Key(rows[1]), App.Now, out _).ShouldBeTrue();
        }
        // The name of the machine may have changed with its container.
        await App.ExecuteAsync("UPDATE lanes SET owner_node = 'another-container'");
        (await RecoverAsync()).ShouldBe(new RecoverySummary(1, 1, 1));
        (await StatusesAsync(campaign)).ShouldBe(
            new Dictionary<DeliveryStatus, int>
            {
                [DeliveryStatus.Sent] = 1,
                [DeliveryStatus.InDoubt] = 1,
                [DeliveryStatus.Pending] = 2,
            },
            ignoreOrder: true
        );
        (await App.CountAsync("delivery_queue WHERE epoch <> 0")).ShouldBe(0);
        (await RecoverAsync()).ShouldBe(new RecoverySummary(0, 0, 0));

        JournalKey Key(ClaimedDelivery row) => new(row.Id, row.Attempts + 1, lanes[0].Lane, lanes[0].Epoch, new ContentId(1));
    }

    [Fact]
    public async Task Claims_whose_journal_is_lost_are_in_doubt()
    {
        var (campaign, lanes) = await PrepareAsync(3, 1);
        await ClaimAsync(lanes[0], campaign, 2);
        (await RecoverAsync()).ShouldBe(new RecoverySummary(0, 2, 0));
        (await StatusesAsync(campaign))[DeliveryStatus.InDoubt].ShouldBe(2);
    }

    private const int SentMetric = (int)Core.Platform.Rollups.Metric.Sent;

    private static SendResult Accepted { get; } = new() { Outcome = AttemptOutcome.Accepted, Text = "250 ok" };

    private static Decision Back(ClaimedDelivery row) =>
        new(DeliveryStatus.Pending, DateTimeOffset.FromUnixTimeMilliseconds(row.DueAt), CountsAttempt: false);

    private async Task<(CampaignId, List<OwnedLane>)> PrepareAsync(int people, int servers)
    {
        var list = await AddPeopleAsync(people);
        var ids = new List<ServerId>();
        for (var i = 0; i < servers; i++)
            ids.Add(await Scenario.AddSmtpAsync($"s{i}", 1));
        var campaign = await LaunchAsync(list, [.. ids]);
        var ownership = new SingleNodeOwnership(App.Writes, Clock);
        var lanes = new List<OwnedLane>();
        foreach (var id in ids)
            lanes.Add((await ownership.TakeAsync(App.Customer, id, Token))!);
        return (campaign, lanes);
    }

    private Task<ClaimedBatch> ClaimAsync(
        OwnedLane lane,
        CampaignId campaign,
        int count,
        bool onlyTried = false,
        IReadOnlyList<DailyCap>? caps = null
    ) => ClaimDeliveries.RunAsync(new ClaimRequest(lane, campaign, count, onlyTried, caps ?? []), App.Store, App.Writes, App.Now, Token);

    private Task<int> StoreAsync(IEnumerable<StoredResult> results) =>
        App.Writes.RunAsync(session => StoreResults.RunAsync(session, results.ToList(), Token), Token);

    private Task<RecoverySummary> RecoverAsync() =>
        RecoverDeliveries.RunAsync(Path.Combine(App.DataDirectory, "journal"), App.Store, App.Writes, new DeliveryOptions(), Clock, Token);

    private Task<long> GrantedAsync(long campaign) => App.ScalarAsync<long>($"SELECT granted FROM budgets WHERE campaign_id = {campaign}");

    private StoredResult Result(OwnedLane lane, CampaignId campaign, ClaimedDelivery row, SendResult result, Decision decision) =>
        new()
        {
            Delivery = row.Id,
            Customer = App.Customer,
            Campaign = campaign,
            DueAt = row.DueAt,
            Lane = lane.Lane,
            Epoch = lane.Epoch,
            Server = lane.Server,
            Attempt = row.Attempts + (decision.CountsAttempt ? 1 : 0),
            FirstAttemptAt = row.FirstAttemptAt ?? App.Now,
            StartedAt = App.Now,
            DurationMs = 1,
            Result = result,
            Decision = decision,
            AddressKey = row.AddressKey,
        };
}

public sealed class ClaimAndStoreTestsOnSqlite() : ClaimAndStoreTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class ClaimAndStoreTestsOnPostgreSql() : ClaimAndStoreTests(DatabaseKind.PostgreSql);
