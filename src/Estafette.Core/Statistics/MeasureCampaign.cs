using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Core.Suppression;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Statistics;

/// <summary>Counts of a campaign by present state, and times in seconds.</summary>
public sealed record CampaignMeasures
{
    public required long Total { get; init; }

    /// <summary>Nothing more will happen to these.</summary>
    public required long Done { get; init; }
    public required long InTransit { get; init; }

    /// <summary>Needed more than one attempt.</summary>
    public required long HadDelay { get; init; }
    public required IReadOnlyDictionary<DeliveryStatus, long> ByStatus { get; init; }

    /// <summary>From the start of the campaign to the last acceptance; null before the first.</summary>
    public required double? DeliveryTotal { get; init; }

    /// <summary>From the start to acceptance, of the message in the middle.</summary>
    public required double? DeliveryMedian { get; init; }
    public required long Opened { get; init; }

    /// <summary>From acceptance to the first open, of the message in the middle.</summary>
    public required double? OpenMedian { get; init; }
    public required long Clicked { get; init; }
    public required IReadOnlyList<LinkFigures> Links { get; init; }
    public required long ViewedInBrowser { get; init; }
    public required IReadOnlyDictionary<SuppressionOrigin, long> OptOuts { get; init; }
}

/// <summary>Reads the counts that the API gives of a campaign. Medians are true medians: the row in the middle of an ordered list.</summary>
public static class MeasureCampaign
{
    public static async Task<CampaignMeasures> RunAsync(CustomerId customer, CampaignId campaign, EstafetteDb db, CancellationToken ct)
    {
        var rows = db.Of<DeliveryRecord>(customer).AsNoTracking().Where(d => d.CampaignId == campaign);
        var byStatus = await rows.GroupBy(d => d.Status)
            .Select(g => new { g.Key, Count = g.LongCount() })
            .ToDictionaryAsync(g => g.Key, g => g.Count, ct);
        var inTransit = byStatus.Where(s => !IsFinal(s.Key)).Sum(s => s.Value);
        var launched = await db.Of<Campaigns.Campaign>(customer).Where(c => c.Id == campaign).Select(c => c.LaunchedAt).SingleAsync(ct);
        var sent = rows.Where(d => d.SentAt != null);
        var (count, opened) = (await sent.CountAsync(ct), await sent.CountAsync(d => d.OpenedAt != null, ct));
        var report = await ReportCampaign.RunAsync(customer, campaign, db, ct);
        return new CampaignMeasures
        {
            Total = byStatus.Values.Sum(),
            Done = byStatus.Values.Sum() - inTransit,
            InTransit = inTransit,
            HadDelay = await rows.LongCountAsync(d => d.Attempts > 1, ct),
            ByStatus = byStatus,
            DeliveryTotal = Seconds(launched, count == 0 ? null : await sent.MaxAsync(d => d.SentAt, ct)),
            DeliveryMedian = Seconds(
                launched,
                count == 0 ? null : await sent.OrderBy(d => d.SentAt).Skip((count - 1) / 2).Select(d => d.SentAt).FirstAsync(ct)
            ),
            Opened = report?.Figures.Opened ?? 0,
            OpenMedian = opened == 0 ? null : await OpenMedianAsync(campaign, opened, db, ct),
            Clicked = report?.Figures.Clicked ?? 0,
            Links = report?.Links ?? [],
            ViewedInBrowser = await db
                .Database.SqlQuery<long>(
                    $"SELECT count(DISTINCT delivery_id) AS \"Value\" FROM tracking_events WHERE campaign_id = {campaign.Value} AND kind = 4"
                )
                .SingleAsync(ct),
            OptOuts = await db.Of<SuppressedAddress>(customer)
                .Where(s => s.CampaignId == campaign)
                .GroupBy(s => s.Origin)
                .Select(g => new { g.Key, Count = g.LongCount() })
                .ToDictionaryAsync(g => g.Key, g => g.Count, ct),
        };
    }

    private static bool IsFinal(DeliveryStatus status) =>
        status
            is not (
                DeliveryStatus.Pending
                or DeliveryStatus.Sending
                or DeliveryStatus.Sent
                or DeliveryStatus.Deferred
                or DeliveryStatus.InDoubt
            );

    private static double? Seconds(DateTimeOffset? from, DateTimeOffset? to) =>
        from is { } start && to is { } end ? Math.Max(0, (end - start).TotalSeconds) : null;

    private static async Task<double> OpenMedianAsync(CampaignId campaign, int opened, EstafetteDb db, CancellationToken ct) =>
        await db
            .Database.SqlQuery<long>(
                $"""
                SELECT opened_at - sent_at AS "Value" FROM deliveries
                WHERE campaign_id = {campaign.Value} AND opened_at IS NOT NULL AND sent_at IS NOT NULL ORDER BY opened_at - sent_at
                LIMIT 1 OFFSET {(opened - 1) / 2}
                """
            )
            .SingleAsync(ct) / 1000.0;
}
