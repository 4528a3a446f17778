using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Inbound.Abuse;

/// <summary>A report with the names of what it is about.</summary>
public sealed record ReportRow(AbuseReport Report, string? Customer, string? Campaign, string? Recipient);

/// <summary>Pages through reports of abuse, newest first: those about one customer, or all of them for the operators.</summary>
internal static class ListReports
{
    /// <param name="customer">Null: all, those about nobody included.</param>
    /// <param name="after">The last id of the page before.</param>
    /// <param name="count">Rows.</param>
    /// <param name="db">A context of the request.</param>
    /// <param name="ct">Stops reading.</param>
    public static async Task<IReadOnlyList<ReportRow>> RunAsync(
        CustomerId? customer,
        long? after,
        int count,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var reports = Filter(customer, db);
        if (after is { } last)
            reports = reports.Where(r => r.Id < last);
        var page = await reports.OrderByDescending(r => r.Id).Take(count).ToListAsync(ct);
        var owners = page.Select(r => r.CustomerId).Distinct().ToList();
        var names = await db.Set<Customer>().Where(c => owners.Contains(c.Id)).ToDictionaryAsync(c => c.Id, c => c.Name, ct);
        var ids = page.Select(r => r.CampaignId).OfType<CampaignId>().Distinct().ToList();
        var campaigns = await db.Set<Campaign>().Where(c => ids.Contains(c.Id)).ToDictionaryAsync(c => c.Id, c => c.Name, ct);
        var messages = page.Select(r => r.DeliveryId).OfType<DeliveryId>().Distinct().ToList();
        var addresses = await db.Set<DeliveryRecord>().Where(d => messages.Contains(d.Id)).ToDictionaryAsync(d => d.Id, d => d.Address, ct);
        return
        [
            .. page.Select(r => new ReportRow(
                r,
                names.GetValueOrDefault(r.CustomerId),
                r.CampaignId is { } campaign ? campaigns.GetValueOrDefault(campaign) : null,
                r.DeliveryId is { } delivery ? addresses.GetValueOrDefault(delivery) : null
            )),
        ];
    }

    /// <summary>Those on all pages, in no order.</summary>
    public static IQueryable<AbuseReport> Filter(CustomerId? customer, EstafetteDb db) =>
        (customer is { } owner ? db.Of<AbuseReport>(owner) : db.Set<AbuseReport>()).AsNoTracking();
}
