using Estafette.Core.Campaigns;
using Estafette.Core.Channels;
using Estafette.Core.Delivery;
using Estafette.Core.Delivery.Rules;
using Estafette.Core.Messages;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Statistics;

/// <summary>Reads the report of a campaign.</summary>
public static class ReportCampaign
{
    private static readonly Metric[] HourMetrics =
    [
        Metric.Sent,
        Metric.Delivered,
        Metric.SoftBounced,
        Metric.HardBounced,
        Metric.Expired,
        Metric.Opened,
        Metric.Clicked,
        Metric.Unsubscribed,
        Metric.AggregateOpenTotal,
        Metric.MachineOpenTotal,
        Metric.MachineClickTotal,
    ];

    /// <summary>Null when the customer has no such campaign.</summary>
    public static async Task<CampaignReport?> RunAsync(CustomerId customer, CampaignId campaign, EstafetteDb db, CancellationToken ct)
    {
        if (!await db.Of<Campaign>(customer).AnyAsync(c => c.Id == campaign, ct))
            return null;
        var totals = await TotalsAsync(customer, campaign, db, ct);
        return new CampaignReport
        {
            Figures = FiguresOf(totals),
            Hours = await HoursAsync(customer, campaign, db, ct),
            Links = await LinksAsync(customer, campaign, totals, db, ct),
            Servers = await ServersAsync(customer, totals, db, ct),
            Causes = CausesOf(totals),
        };
    }

    /// <summary>Failed attempts by cause, most frequent first. Null when the customer has no such campaign.</summary>
    internal static async Task<IReadOnlyList<CauseFigures>?> CausesAsync(
        CustomerId customer,
        CampaignId campaign,
        EstafetteDb db,
        CancellationToken ct
    ) =>
        await db.Of<Campaign>(customer).AnyAsync(c => c.Id == campaign, ct)
            ? CausesOf(await TotalsAsync(customer, campaign, db, ct))
            : null;

    private static List<CauseFigures> CausesOf(List<Total> totals) =>
        totals
            .Where(t => t.Metric == Metric.FailureCause && t.Count != 0)
            .Select(t => new CauseFigures((FailureCause)t.Dimension, t.Count))
            .OrderByDescending(c => c.Attempts)
            .ToList();

    /// <summary>The figures alone. Null when the customer has no such campaign.</summary>
    public static async Task<CampaignFigures?> FiguresAsync(
        CustomerId customer,
        CampaignId campaign,
        EstafetteDb db,
        CancellationToken ct
    ) => (await BriefAsync(customer, campaign, db, ct))?.Figures;

    /// <summary>What <see cref="FiguresOf"/> adds up; figures of links and servers, of which a campaign has thousands, are not among them.</summary>
    private static readonly Metric[] ListMetrics =
    [
        Metric.Audience,
        Metric.Attempted,
        Metric.Sent,
        Metric.SentTracked,
        Metric.Delivered,
        Metric.SoftBounced,
        Metric.HardBounced,
        Metric.Rejected,
        Metric.Expired,
        Metric.Suppressed,
        Metric.Cancelled,
        Metric.DeferredAttempts,
        Metric.InDoubt,
        Metric.Opened,
        Metric.OpenTotal,
        Metric.MachineOpenTotal,
        Metric.Clicked,
        Metric.ClickTotal,
        Metric.MachineClickTotal,
        Metric.AggregateOpenTotal,
        Metric.AggregateClickTotal,
        Metric.Unsubscribed,
        Metric.Complained,
    ];

    /// <summary>The figures of several campaigns, for a list; a campaign without any has zeros.</summary>
    public static async Task<Dictionary<CampaignId, CampaignFigures>> ManyAsync(
        CustomerId customer,
        IReadOnlyList<CampaignId> campaigns,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var rows = await RollupsOf(customer, db)
            .Where(r => campaigns.Contains(r.CampaignId) && ListMetrics.Contains(r.Metric))
            .GroupBy(r => new
            {
                r.CampaignId,
                r.Metric,
                r.Dimension,
            })
            .Select(g => new { g.Key.CampaignId, Total = new Total(g.Key.Metric, g.Key.Dimension, g.Sum(r => r.Count)) })
            .ToListAsync(ct);
        var byCampaign = rows.ToLookup(r => r.CampaignId, r => r.Total);
        return campaigns.ToDictionary(id => id, id => FiguresOf([.. byCampaign[id]]));
    }

    /// <summary>Figures and servers: what the live page reads again and again. Null when the customer has no such campaign.</summary>
    internal static async Task<(CampaignFigures Figures, IReadOnlyList<ServerFigures> Servers)?> BriefAsync(
        CustomerId customer,
        CampaignId campaign,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        if (!await db.Of<Campaign>(customer).AnyAsync(c => c.Id == campaign, ct))
            return null;
        var totals = await TotalsAsync(customer, campaign, db, ct);
        return (FiguresOf(totals), await ServersAsync(customer, totals, db, ct));
    }

    /// <summary>
    /// Rollups to be read by campaign. The plus keeps SQLite from the index by customer and metric, in which the figures of all campaigns stand.
    /// </summary>
    private static IQueryable<RollupRow> RollupsOf(CustomerId customer, EstafetteDb db) =>
        db.Set<RollupRow>().FromSqlInterpolated($"SELECT * FROM rollups WHERE +customer_id = {customer.Value}");

    private static Task<List<Total>> TotalsAsync(CustomerId customer, CampaignId campaign, EstafetteDb db, CancellationToken ct) =>
        RollupsOf(customer, db)
            // What is counted by device and domain has many dimensions and reports of its own.
            .Where(r =>
                r.CampaignId == campaign && r.Metric < Metric.DeviceUsers
                || r.CampaignId == campaign && r.Metric == Metric.MachineLinkClickTotal
            )
            .GroupBy(r => new { r.Metric, r.Dimension })
            .Select(g => new Total(g.Key.Metric, g.Key.Dimension, g.Sum(r => r.Count)))
            .ToListAsync(ct);

    private static CampaignFigures FiguresOf(List<Total> totals)
    {
        long Of(Metric metric) => totals.Where(t => t.Metric == metric).Sum(t => t.Count);
        return new CampaignFigures
        {
            Audience = Of(Metric.Audience),
            Attempted = Of(Metric.Attempted),
            AttemptedTracked = totals
                .Where(t => t.Metric == Metric.Attempted && t.Dimension == (long)DeliveryTracking.Individual)
                .Sum(t => t.Count),
            Sent = Of(Metric.Sent),
            Delivered = Of(Metric.Delivered),
            SoftBounced = Of(Metric.SoftBounced),
            HardBounced = Of(Metric.HardBounced),
            Rejected = Of(Metric.Rejected),
            Expired = Of(Metric.Expired),
            Suppressed = Of(Metric.Suppressed),
            Cancelled = Of(Metric.Cancelled),
            DeferredAttempts = Of(Metric.DeferredAttempts),
            InDoubt = Of(Metric.InDoubt),
            Opened = Of(Metric.Opened),
            Opens = Of(Metric.OpenTotal),
            MachineOpens = Of(Metric.MachineOpenTotal),
            Clicked = Of(Metric.Clicked),
            Clicks = Of(Metric.ClickTotal),
            MachineClicks = Of(Metric.MachineClickTotal),
            AggregateOpens = Of(Metric.AggregateOpenTotal),
            AggregateClicks = Of(Metric.AggregateClickTotal),
            Unsubscribed = Of(Metric.Unsubscribed),
            Complained = Of(Metric.Complained),
        };
    }

    private static async Task<List<HourFigures>> HoursAsync(CustomerId customer, CampaignId campaign, EstafetteDb db, CancellationToken ct)
    {
        var rows = await db.Of<RollupRow>(customer)
            .Where(r => r.CampaignId == campaign && HourMetrics.Contains(r.Metric) && r.Dimension == 0)
            .Select(r => new
            {
                r.Hour,
                r.Metric,
                r.Count,
            })
            .ToListAsync(ct);
        return rows.GroupBy(r => r.Hour)
            .OrderBy(g => g.Key)
            .Select(hour =>
            {
                long Of(params Metric[] metrics) => hour.Where(r => metrics.Contains(r.Metric)).Sum(r => r.Count);
                return new HourFigures(
                    DateTimeOffset.FromUnixTimeSeconds(hour.Key * 3600),
                    Of(Metric.Sent),
                    Of(Metric.Delivered),
                    Of(Metric.SoftBounced, Metric.HardBounced, Metric.Expired),
                    Of(Metric.Opened),
                    Of(Metric.Clicked),
                    Of(Metric.Unsubscribed),
                    Of(Metric.AggregateOpenTotal),
                    Of(Metric.MachineOpenTotal),
                    Of(Metric.MachineClickTotal)
                );
            })
            .ToList();
    }

    private static async Task<List<LinkFigures>> LinksAsync(
        CustomerId customer,
        CampaignId campaign,
        List<Total> totals,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var links = await (
            from content in db.Of<ContentVersion>(customer)
            where content.CampaignId == campaign
            join link in db.Set<ContentLink>() on content.Id equals link.ContentId
            orderby content.Version, link.LinkNo
            select new
            {
                link.ContentId,
                content.Version,
                link.LinkNo,
                link.Url,
                link.Label,
            }
        ).ToListAsync(ct);
        var counts = totals.ToDictionary(t => (t.Metric, t.Dimension), t => t.Count);
        return links
            .Select(l =>
            {
                var dimension = LinkDimension.Of(l.ContentId.Value, l.LinkNo);
                return new LinkFigures(
                    l.ContentId,
                    l.Version,
                    l.LinkNo,
                    l.Url,
                    l.Label,
                    counts.GetValueOrDefault((Metric.LinkClickers, dimension)),
                    counts.GetValueOrDefault((Metric.LinkClickTotal, dimension)),
                    counts.GetValueOrDefault((Metric.AggregateClickTotal, dimension)),
                    counts.GetValueOrDefault((Metric.MachineLinkClickTotal, dimension))
                );
            })
            .ToList();
    }

    private static async Task<List<ServerFigures>> ServersAsync(
        CustomerId customer,
        List<Total> totals,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var names = await db.Of<SendingServer>(customer).Select(s => new { s.Id, s.Name }).ToDictionaryAsync(s => s.Id, s => s.Name, ct);
        return totals
            .Where(t => t.Metric is Metric.ServerAccepted or Metric.ServerFailed)
            .GroupBy(t => new ServerId(t.Dimension))
            .Select(g => new ServerFigures(
                g.Key,
                names.GetValueOrDefault(g.Key, $"#{g.Key}"),
                g.Where(t => t.Metric == Metric.ServerAccepted).Sum(t => t.Count),
                g.Where(t => t.Metric == Metric.ServerFailed).Sum(t => t.Count)
            ))
            .OrderBy(s => s.Name, StringComparer.OrdinalIgnoreCase)
            .ToList();
    }

    private sealed record Total(Metric Metric, long Dimension, long Count);
}
