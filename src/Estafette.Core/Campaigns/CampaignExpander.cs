using Estafette.Core.Accounts;
using Estafette.Core.Campaigns.Variants;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns;

/// <summary>
/// Freezes the audience of launched campaigns: contacts of the lists become deliveries and queue rows, with one INSERT … SELECT per ten thousand
/// contacts in the order of their keys. The cursor moves in the same transaction and (campaign, channel, address) is unique, so a restart
/// at any point goes on without losing or doubling anybody. Sending starts with the first batch.
/// </summary>
internal sealed class CampaignExpander(IDbContextFactory<EstafetteDb> databases, WriteQueue writes, LoopContext context)
    : BackgroundLoop(context, Signal.CampaignChanged, TimeSpan.FromSeconds(1))
{
    private const int Batch = 10_000;

    protected override Task<bool> PassAsync(CancellationToken ct) => ExpandSomeAsync(ct);

    /// <summary>Freezes one batch of every campaign that needs it; false when none does.</summary>
    internal async Task<bool> ExpandSomeAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var campaigns = await db.Set<Campaign>()
            .AsNoTracking()
            .Where(c => c.Status == CampaignStatus.Running && c.ExpandedAt == null && c.Kind == CampaignKind.Ordinary)
            .ToListAsync(ct);
        foreach (var campaign in campaigns)
        {
            var draw = await DrawAsync(campaign, db, ct);
            var profile = await db.Set<Customer>().Where(c => c.Id == campaign.CustomerId).Select(c => c.PrivacyProfile).SingleAsync(ct);
            var segments = await FreezeAudience.SegmentsAsync(campaign, db, ct);
            await writes.RunAsync(session => ExpandBatchAsync(session, campaign, profile, segments, draw, ct), ct);
            Signals.Ring(Signal.DeliveriesReady);
        }
        return campaigns.Count > 0;
    }

    private async ValueTask<bool> ExpandBatchAsync(
        WriteSession session,
        Campaign campaign,
        PrivacyProfile profile,
        FrozenSegments segments,
        Draw? draw,
        CancellationToken ct
    )
    {
        var now = Clock.GetUtcNow();
        if (await QueueGivenAsync(session, campaign, profile, draw, now, ct))
            return true;
        var cursor = await ScalarAsync(session.Statement("Campaigns/expansion-cursor").Set("@campaign", campaign.Id.Value), ct);
        if (cursor is not { } after)
            return false;
        var bound = segments.AnyIncluded
            ? session.Statement("Campaigns/expansion-bound-of-segments").Set("@customer", campaign.CustomerId.Value)
            : session.Statement("Campaigns/expansion-bound").Set("@campaign", campaign.Id.Value);
        var until = await ScalarAsync(bound.Set("@after", after).Set("@batch", Batch), ct);
        if (until is { } upper)
            await FreezeAsync(session, campaign, profile, segments, draw, (after, upper), now, ct);
        await session
            .Statement("Campaigns/advance-expansion")
            .Set("@campaign", campaign.Id.Value)
            .Set("@cursor", until ?? after)
            .Set("@done", until is null ? now.ToUnixTimeMilliseconds() : null)
            .ExecuteNonQueryAsync(ct);
        return until is not null;
    }

    private static async ValueTask FreezeAsync(
        WriteSession session,
        Campaign campaign,
        PrivacyProfile profile,
        FrozenSegments segments,
        Draw? draw,
        (long After, long Until) range,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var last = await ScalarAsync(session.Statement("Campaigns/last-delivery"), ct) ?? 0;
        var (granted, unknown, refused) = TrackingByConsent(campaign.Tracking, profile);
        await segments
            .Statement(session)
            .Set("@campaign", campaign.Id.Value)
            .Set("@customer", campaign.CustomerId.Value)
            .Set("@channel", (short)campaign.Channel)
            .Set("@after", range.After)
            .Set("@until", range.Until)
            .Set("@now", now.ToUnixTimeMilliseconds())
            .Set("@granted", granted)
            .Set("@unknown", unknown)
            .Set("@refused", refused)
            .ExecuteNonQueryAsync(ct);
        await QueueAsync(session, campaign, draw, (last, long.MaxValue), now, ct);
    }

    /// <summary>Settles and queues one batch of the recipients that were given; false when all are.</summary>
    private static async ValueTask<bool> QueueGivenAsync(
        WriteSession session,
        Campaign campaign,
        PrivacyProfile profile,
        Draw? draw,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        if (!campaign.TakesRecipients)
            return false;
        var cursor = await ScalarAsync(session.Statement("Campaigns/given-cursor").Set("@campaign", campaign.Id.Value), ct);
        if (cursor is not { } after || after == long.MaxValue)
            return false;
        var bound = session.Statement("Campaigns/given-bound").Set("@campaign", campaign.Id.Value).Set("@after", after);
        var until = await ScalarAsync(bound.Set("@batch", Batch), ct);
        if (until is { } upper)
        {
            var (granted, unknown, refused) = TrackingByConsent(campaign.Tracking, profile);
            await session
                .Statement("Campaigns/settle-given")
                .Set("@campaign", campaign.Id.Value)
                .Set("@after", after)
                .Set("@until", upper)
                .Set("@now", now.ToUnixTimeMilliseconds())
                .Set("@granted", granted)
                .Set("@unknown", campaign.HasDeclaredTracking ? granted : unknown)
                .Set("@refused", refused)
                .ExecuteNonQueryAsync(ct);
            await QueueAsync(session, campaign, draw, (after, upper), now, ct);
        }
        await session
            .Statement("Campaigns/advance-given")
            .Set("@campaign", campaign.Id.Value)
            .Set("@cursor", until ?? long.MaxValue)
            .ExecuteNonQueryAsync(ct);
        return until is not null;
    }

    /// <summary>Draws, queues and counts the deliveries in a range of keys.</summary>
    private static async ValueTask QueueAsync(
        WriteSession session,
        Campaign campaign,
        Draw? draw,
        (long After, long Until) range,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var (last, until) = range;
        if (draw is { } test)
            await session
                .Statement("Campaigns/assign-variants")
                .Set("@campaign", campaign.Id.Value)
                .Set("@last", last)
                .Set("@until", until)
                .Set("@seed", VariantDraw.Seed(campaign.Id))
                .Set("@test", (long)VariantDraw.TestBuckets(test.Share))
                .Set("@variants", (long)test.Variants)
                .ExecuteNonQueryAsync(ct);
        // Before anything of it is sent: figures by domain are counted under these numbers.
        if (await ScalarAsync(session.Statement("Campaigns/has-domains").Set("@campaign", campaign.Id.Value), ct) is null)
            await session
                .Statement("Campaigns/choose-domains")
                .Set("@campaign", campaign.Id.Value)
                .Set("@customer", campaign.CustomerId.Value)
                .ExecuteNonQueryAsync(ct);
        await session
            .Statement("Campaigns/queue-audience")
            .Set("@campaign", campaign.Id.Value)
            .Set("@last", last)
            .Set("@until", until)
            .Set("@rest", draw is { IsDecided: false } ? VariantDraw.WaitingDue : now.ToUnixTimeMilliseconds())
            .Set("@now", now.ToUnixTimeMilliseconds())
            .ExecuteNonQueryAsync(ct);
        var counter = new RollupCounter();
        var counts = session
            .Statement("Campaigns/count-frozen")
            .Set("@campaign", campaign.Id.Value)
            .Set("@last", last)
            .Set("@until", until);
        await using (var reader = await counts.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct))
            {
                counter.Add(campaign.CustomerId, campaign.Id, Metric.Audience, now, count: reader.GetInt64(1));
                if (reader.GetInt16(0) == 10)
                    counter.Add(campaign.CustomerId, campaign.Id, Metric.Suppressed, now, count: reader.GetInt64(1));
            }
        await counter.WriteAsync(session, ct);
        await session
            .Statement("Campaigns/add-audience")
            .Set("@campaign", campaign.Id.Value)
            .Set("@last", last)
            .Set("@until", until)
            .ExecuteNonQueryAsync(ct);
    }

    /// <summary>The A/B test of a campaign as far as freezing needs it; null without one.</summary>
    private static async Task<Draw?> DrawAsync(Campaign campaign, EstafetteDb db, CancellationToken ct)
    {
        var test = await db.Of<AbTest>(campaign.CustomerId).AsNoTracking().SingleOrDefaultAsync(t => t.CampaignId == campaign.Id, ct);
        if (test is null)
            return null;
        var variants = await db.Of<Variant>(campaign.CustomerId).CountAsync(v => v.CampaignId == campaign.Id, ct);
        return variants < 2 ? null : new Draw(test.Share, variants, test.Winner is not null);
    }

    /// <summary>Share of the test in percent, number of variants, and whether the rest has nothing to wait for.</summary>
    private readonly record struct Draw(int Share, int Variants, bool IsDecided);

    /// <summary>Tracking of a delivery (DeliveryTracking) by the contact's consent: granted, unknown, refused.</summary>
    internal static (short Granted, short Unknown, short Refused) TrackingByConsent(TrackingLevel level, PrivacyProfile profile) =>
        (level, profile) switch
        {
            (TrackingLevel.None, _) => (0, 0, 0),
            (TrackingLevel.Aggregate, _) => (1, 1, 1),
            (TrackingLevel.Hygiene, _) => (3, 3, 0),
            (TrackingLevel.Individual, PrivacyProfile.Basic) => (2, 2, 1),
            _ => (2, 1, 1),
        };

    private static async ValueTask<long?> ScalarAsync(System.Data.Common.DbCommand command, CancellationToken ct) =>
        await command.ExecuteScalarAsync(ct) is { } value and not DBNull
            ? Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture)
            : null;
}
