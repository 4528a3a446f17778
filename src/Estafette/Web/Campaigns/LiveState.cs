using Estafette.Core.Campaigns;
using Estafette.Core.Channels;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Core.Statistics;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Web.Campaigns;

/// <summary>A failed attempt in the far end's own words.</summary>
public sealed record LiveError(DeliveryId Delivery, DateTimeOffset At, string Server, AttemptOutcome Outcome, int? Code, string? Text);

/// <summary>A running campaign at one moment.</summary>
public sealed record LiveState(
    CampaignStatus Status,
    bool IsExpanded,
    long Audience,
    long Done,
    long Sent,
    long Failed,
    long Deferred,
    long Opened,
    long Clicked,
    double? PerSecond,
    IReadOnlyList<ServerFigures> Servers,
    IReadOnlyList<LiveError> Errors
)
{
    private const int ErrorsShown = 8;

    /// <summary>Time the rest will take at the present rate; null when nothing moves.</summary>
    public TimeSpan? Remaining => PerSecond is > 0 and { } rate ? TimeSpan.FromSeconds((Audience - Done) / rate) : null;

    /// <summary>Null when the customer has no such campaign.</summary>
    internal static async Task<LiveState?> ReadAsync(CustomerId customer, CampaignId id, EstafetteDb db, CancellationToken ct)
    {
        var campaign = await db.Of<Campaign>(customer).AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct);
        if (campaign is null)
            return null;
        var progress = (await ReadProgress.RunAsync(customer, id, db, ct))!;
        var figures = progress.Figures;
        return new LiveState(
            campaign.Status,
            campaign.ExpandedAt is not null,
            progress.Audience,
            progress.Done,
            figures.Sent,
            figures.Bounced + figures.Rejected,
            figures.DeferredAttempts,
            figures.Opened,
            figures.Clicked,
            null,
            progress.Servers,
            await ErrorsAsync(customer, id, progress.Servers, db, ct)
        );
    }

    /// <summary>
    /// The last failures among the deliveries that are not sent, newest first. Each status and server is a range of the index that ends with the
    /// delivery, so that a few rows of each are read, however many failed.
    /// </summary>
    private static async Task<IReadOnlyList<LiveError>> ErrorsAsync(
        CustomerId customer,
        CampaignId id,
        IReadOnlyList<ServerFigures> servers,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        DeliveryStatus[] failed =
        [
            DeliveryStatus.Deferred,
            DeliveryStatus.InDoubt,
            DeliveryStatus.SoftBounced,
            DeliveryStatus.HardBounced,
            DeliveryStatus.Rejected,
        ];
        var rows = new List<LiveError>();
        foreach (var server in servers.Where(s => s.Failed > 0))
        foreach (var status in failed)
            rows.AddRange(
                await (
                    from delivery in db.Of<DeliveryRecord>(customer)
                    join attempt in db.Of<AttemptRecord>(customer) on delivery.Id equals attempt.DeliveryId
                    where
                        delivery.CampaignId == id
                        && delivery.Status == status
                        && delivery.ServerId == server.Server
                        && attempt.Attempt == delivery.Attempts
                        && attempt.Outcome != AttemptOutcome.Accepted
                    orderby delivery.Id descending
                    select new LiveError(delivery.Id, attempt.StartedAt, server.Name, attempt.Outcome, attempt.Code, attempt.Text)
                )
                    .Take(ErrorsShown)
                    .ToListAsync(ct)
            );
        return [.. rows.OrderByDescending(r => r.Delivery.Value).Take(ErrorsShown).OrderByDescending(r => r.At)];
    }
}
