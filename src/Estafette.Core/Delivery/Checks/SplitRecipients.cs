using Estafette.Core.Platform;
using Estafette.Core.Suppression;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Delivery.Checks;

/// <summary>A recipient who gets nothing, and why.</summary>
public sealed record ExcludedRecipient(string Address, SuppressionReason Reason);

/// <summary>The recipients of a campaign shared out: who gets the message and who does not.</summary>
/// <param name="Recipients">Addresses, in the order in which they were added; at most as many as were asked for.</param>
/// <param name="Excluded">The others.</param>
/// <param name="RecipientCount">All that would get it.</param>
/// <param name="ExcludedCount">All the others.</param>
public sealed record SplitAudience(
    IReadOnlyList<string> Recipients,
    IReadOnlyList<ExcludedRecipient> Excluded,
    long RecipientCount,
    long ExcludedCount
)
{
    public bool IsCut => RecipientCount > Recipients.Count || ExcludedCount > Excluded.Count;
}

/// <summary>Shares out the recipients a campaign has by now: by the suppressions of today before it starts, by what was decided once it has.</summary>
public static class SplitRecipients
{
    public static async Task<SplitAudience> RunAsync(
        CustomerId customer,
        CampaignId campaign,
        int most,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var all = db.Of<DeliveryRecord>(customer).AsNoTracking().Where(d => d.CampaignId == campaign);
        var suppressed = db.Of<SuppressedAddress>(customer);
        var excluded =
            from delivery in all
            join entry in suppressed on new { delivery.Channel, delivery.AddressKey } equals new { entry.Channel, entry.AddressKey }
            where delivery.Status == DeliveryStatus.Pending || delivery.Status == DeliveryStatus.Suppressed
            select new
            {
                delivery.Id,
                delivery.Address,
                entry.Reason,
            };
        var (total, left) = (await all.LongCountAsync(ct), await excluded.LongCountAsync(ct));
        var ids = excluded.Select(e => e.Id);
        return new SplitAudience(
            await all.Where(d => !ids.Contains(d.Id)).OrderBy(d => d.Id).Take(most).Select(d => d.Address).ToListAsync(ct),
            [.. (await excluded.OrderBy(e => e.Id).Take(most).ToListAsync(ct)).Select(e => new ExcludedRecipient(e.Address, e.Reason))],
            total - left,
            left
        );
    }
}
