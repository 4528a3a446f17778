using System.Globalization;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns;

/// <summary>A customer's own shares in percent that pause a campaign; null: as the installation says.</summary>
public sealed record BreakerShares(double? Complaints, double? Bounces, double? Content)
{
    /// <summary>As stored.</summary>
    public static BreakerShares Of(Customer customer) =>
        new(customer.BreakerComplaintPercent, customer.BreakerBouncePercent, customer.BreakerContentPercent);
}

/// <summary>Changes when campaigns of a customer pause by themselves.</summary>
public static class SetBreakerShares
{
    public static async Task RunAsync(Actor actor, BreakerShares shares, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        var row = await db.Set<Customer>().SingleAsync(c => c.Id == actor.Customer, ct);
        (row.BreakerComplaintPercent, row.BreakerBouncePercent, row.BreakerContentPercent) = (
            shares.Complaints,
            shares.Bounces,
            shares.Content
        );
        var detail = string.Create(CultureInfo.InvariantCulture, $"{shares.Complaints}/{shares.Bounces}/{shares.Content}");
        db.Add(actor, "breaker.changed", $"customer {row.Id} {row.Name}", clock.GetUtcNow(), detail);
        await db.SaveChangesAsync(ct);
    }
}
