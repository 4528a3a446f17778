using Estafette.Protocols.Addresses;
using static Estafette.Core.Campaigns.PreFlight.PreFlightChecks;

namespace Estafette.Core.Campaigns.PreFlight;

/// <summary>Sender addresses that mailboxes refuse or that people cannot answer.</summary>
internal sealed class SenderCheck : IPreFlightCheck
{
    /// <summary>Mail services whose DMARC policy has others reject what we send in their name.</summary>
    private static readonly HashSet<string> Mailboxes = new(StringComparer.Ordinal)
    {
        "gmail.com",
        "googlemail.com",
        "yahoo.com",
        "yahoo.fr",
        "ymail.com",
        "aol.com",
        "hotmail.com",
        "hotmail.fr",
        "outlook.com",
        "outlook.fr",
        "live.com",
        "live.fr",
        "msn.com",
        "icloud.com",
        "me.com",
        "orange.fr",
        "wanadoo.fr",
        "free.fr",
        "sfr.fr",
        "laposte.net",
        "bbox.fr",
        "gmx.fr",
        "gmx.com",
        "proton.me",
    };

    public IEnumerable<CampaignProblem> Check(PreFlightSubject subject)
    {
        if (!EmailAddress.TryParse(subject.Campaign.FromEmail ?? "", out var from, out _))
            yield break;
        if (Mailboxes.Contains(from.Domain))
            yield return Warning(
                "from.mailbox",
                "from",
                $"{from.Domain} is a mailbox service: others reject what does not come from its own servers. Use an address of your own domain.",
                from.Domain
            );
        var local = from
            .Address.Split('@')[0]
            .Replace("-", "", StringComparison.Ordinal)
            .Replace("_", "", StringComparison.Ordinal)
            .Replace(".", "", StringComparison.Ordinal);
        if (subject.Campaign.ReplyTo is null && local.ToLowerInvariant() is "noreply" or "nepasrepondre" or "donotreply")
            yield return Warning(
                "from.noreply",
                "from",
                "Nobody can answer this address: people then report spam instead. Give a reply address."
            );
        if (string.IsNullOrWhiteSpace(subject.Campaign.FromName))
            yield return Warning("from.nameless", "from", "Without a sender's name, inboxes show a bare address.");
    }
}
