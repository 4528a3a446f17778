using Estafette.Core.Deliverability;
using static Estafette.Core.Campaigns.PreFlight.PreFlightChecks;

namespace Estafette.Core.Campaigns.PreFlight;

/// <summary>What the last check of the sender's domain found wrong: warnings, since only the API refuses to send for them (interfaces §1.5).</summary>
internal static class SenderDomainCheck
{
    /// <param name="domain">The registered domain that stands for the sender's.</param>
    /// <param name="from">The sender's own domain; SPF and MX are not those of the domain above.</param>
    public static IEnumerable<CampaignProblem> Check(SenderDomain domain, string from)
    {
        if (domain.Domain == from)
        {
            if (Of(domain.SpfStatus, "from.spf", from, "SPF record") is { } spf)
                yield return spf;
            if (Of(domain.MxStatus, "from.mx", from, "MX record") is { } mx)
                yield return mx;
        }
        if (domain.DkimActive && Of(domain.DkimStatus, "from.dkim", domain.Domain, "DKIM record") is { } dkim)
            yield return dkim;
        if (Of(domain.DmarcStatus, "from.dmarc", domain.Domain, "DMARC record") is { } dmarc)
            yield return dmarc;
    }

    private static CampaignProblem? Of(DomainStatus status, string code, string domain, string what) =>
        status switch
        {
            DomainStatus.Ko => Warning(code + "-ko", "from", $"{domain} has no {what}; see the page of the domain.", domain),
            DomainStatus.Bad => Warning(code + "-bad", "from", $"The {what} of {domain} is wrong; see the page of the domain.", domain),
            _ => null,
        };
}
