using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Web.Campaigns;

/// <summary>The counters of one campaign, read from its rollups, with the rates of the report (interfaces §2.10).</summary>
internal sealed class CampaignFigures
{
    private readonly Dictionary<Metric, long> _totals = [];

    /// <summary>The counter of a metric over all hours and dimensions.</summary>
    public long Of(Metric metric) => _totals.GetValueOrDefault(metric);

    /// <summary>Deliveries whose fate is known so far, for the progress bar.</summary>
    public long Done =>
        Of(Metric.Sent)
        + Of(Metric.Rejected)
        + Of(Metric.Expired)
        + Of(Metric.Suppressed)
        + Of(Metric.Cancelled)
        + Math.Max(0, Of(Metric.HardBounced) + Of(Metric.SoftBounced));

    /// <summary>Messages sent to recipients whose opens and clicks may be measured one by one.</summary>
    public long Tracked => Of(Metric.SentTracked);

    /// <summary>Recipients who opened or clicked, over messages sent with individual measurement.</summary>
    public double? OpenRate => Rate(Of(Metric.Opened), Tracked);

    /// <summary>Recipients who clicked, over messages sent with individual measurement.</summary>
    public double? ClickRate => Rate(Of(Metric.Clicked), Tracked);

    /// <summary>Recipients who clicked, over those who opened.</summary>
    public double? ReactionRate => Rate(Of(Metric.Clicked), Of(Metric.Opened));

    public double? BounceRate => Rate(Of(Metric.HardBounced) + Of(Metric.SoftBounced) + Of(Metric.Expired), Attempted);

    public double? UnsubscribeRate => Rate(Of(Metric.Unsubscribed), Attempted);

    public double? ComplaintRate => Rate(Of(Metric.Complained), Attempted);

    /// <summary>E of the formulas: messages that an attempt was made for.</summary>
    public long Attempted =>
        Math.Max(Of(Metric.Sent), Of(Metric.Audience) - Of(Metric.Suppressed) - Of(Metric.Cancelled) - Of(Metric.Rejected));

    public static async Task<CampaignFigures> OfAsync(CustomerId customer, CampaignId campaign, EstafetteDb db, CancellationToken ct) =>
        (await OfManyAsync(customer, [campaign], db, ct))[campaign];

    public static async Task<Dictionary<CampaignId, CampaignFigures>> OfManyAsync(
        CustomerId customer,
        IReadOnlyList<CampaignId> campaigns,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var figures = campaigns.ToDictionary(id => id, _ => new CampaignFigures());
        var rows = await db.Of<RollupRow>(customer)
            .Where(r => campaigns.Contains(r.CampaignId))
            .GroupBy(r => new { r.CampaignId, r.Metric })
            .Select(g => new
            {
                g.Key.CampaignId,
                g.Key.Metric,
                Count = g.Sum(r => r.Count),
            })
            .ToListAsync(ct);
        foreach (var row in rows)
            figures[row.CampaignId]._totals[row.Metric] = row.Count;
        return figures;
    }

    private static double? Rate(long part, long whole) => whole == 0 ? null : (double)part / whole;
}
