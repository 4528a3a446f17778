using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Estafette.Core.Suppression;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns;

/// <summary>Who a launch would reach now; suppressed addresses are counted apart.</summary>
public sealed record Audience(long Recipients, long Suppressed);

/// <summary>Counts the contacts confirmed in an included list and in no excluded one, as the freezing of an audience chooses them.</summary>
public static class CountAudience
{
    public static async Task<Audience> RunAsync(CustomerId customer, CampaignId campaign, EstafetteDb db, CancellationToken ct)
    {
        var targets = db.Of<CampaignList>(customer).Where(l => l.CampaignId == campaign);
        var subscriptions = db.Of<Subscription>(customer);
        var reached = db.Of<Contact>(customer)
            .Where(c => c.Email != null)
            .Where(c =>
                subscriptions.Any(s =>
                    s.ContactId == c.Id && s.Status == SubscriptionStatus.Confirmed && targets.Any(t => t.ListId == s.ListId && !t.Excluded)
                )
            )
            .Where(c =>
                !subscriptions.Any(s =>
                    s.ContactId == c.Id
                    && s.Status != SubscriptionStatus.Unsubscribed
                    && targets.Any(t => t.ListId == s.ListId && t.Excluded)
                )
            );
        var all = await reached.LongCountAsync(ct);
        var suppressed = await reached.LongCountAsync(
            c => db.Of<SuppressedAddress>(customer).Any(s => s.Channel == Channel.Email && s.AddressKey == c.ContactKey),
            ct
        );
        return new Audience(all - suppressed, suppressed);
    }
}
