using Estafette.Core.Campaigns;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Statistics;

/// <summary>Where a running campaign stands.</summary>
public sealed record CampaignProgress
{
    public required CampaignStatus Status { get; init; }

    /// <summary>Recipients frozen so far; grows while a launch is still being written.</summary>
    public required long Audience { get; init; }

    /// <summary>Deliveries that need nothing more from the engine.</summary>
    public long Done => Math.Max(0, Audience - Remaining);

    /// <summary>Deliveries still in the queue: waiting, being sent or deferred.</summary>
    public required long Remaining { get; init; }

    /// <summary>True while <see cref="Remaining"/> is derived from the figures; exact below 10,000.</summary>
    public required bool IsEstimate { get; init; }
    public required CampaignFigures Figures { get; init; }
    public required IReadOnlyList<ServerFigures> Servers { get; init; }
}

/// <summary>Reads where a campaign stands; cheap enough for a live page at every second.</summary>
public static class ReadProgress
{
    private const int ExactBelow = 10_000;

    /// <summary>Null when the customer has no such campaign.</summary>
    public static async Task<CampaignProgress?> RunAsync(CustomerId customer, CampaignId campaign, EstafetteDb db, CancellationToken ct)
    {
        if (await ReportCampaign.BriefAsync(customer, campaign, db, ct) is not { } brief)
            return null;
        var figures = brief.Figures;
        var status = await db.Of<Campaign>(customer).Where(c => c.Id == campaign).Select(c => c.Status).SingleAsync(ct);
        var id = campaign.Value;
        var queued = await db
            .Database.SqlQuery<int>(
                $"SELECT count(*) AS \"Value\" FROM (SELECT 1 FROM delivery_queue WHERE campaign_id = {id} LIMIT {ExactBelow}) AS q"
            )
            .SingleAsync(ct);
        var exact = queued < ExactBelow;
        return new CampaignProgress
        {
            Status = status,
            Audience = figures.Audience,
            Remaining = exact ? queued : Math.Max(queued, figures.Audience - Settled(figures)),
            IsEstimate = !exact,
            Figures = figures,
            Servers = brief.Servers,
        };
    }

    private static long Settled(CampaignFigures f) =>
        f.Sent + f.SoftBounced + f.HardBounced + f.Rejected + f.Expired + f.Suppressed + f.Cancelled;
}
