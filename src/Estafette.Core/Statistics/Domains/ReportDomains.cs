using Estafette.Core.Campaigns;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Statistics;

/// <summary>The figures of one recipient domain, or of several together.</summary>
public sealed record DomainFigures
{
    /// <summary>The domain; null for all that have no line of their own.</summary>
    public string? Domain { get; init; }

    /// <summary>Its mail provider; null when it is not a known one.</summary>
    public string? Provider { get; init; }
    public long Attempted { get; init; }
    public long Sent { get; init; }
    public long Delivered { get; init; }
    public long Bounced { get; init; }

    /// <summary>Temporary refusals: attempts, not messages.</summary>
    public long Deferred { get; init; }
    public long Opened { get; init; }
    public long Clicked { get; init; }
    public long AcceptMs { get; init; }

    /// <summary>Average time from the first byte of an attempt to its acceptance; null when nothing was accepted.</summary>
    public TimeSpan? TimeToAccept => Sent == 0 ? null : TimeSpan.FromMilliseconds((double)AcceptMs / Sent);

    /// <summary>Bounced / attempted, in percent.</summary>
    public decimal? BounceRate => CampaignFigures.Percent(Bounced, Attempted);

    /// <summary>Opened / attempted, in percent: over all recipients of the domain, because consent is not counted by domain.</summary>
    public decimal? OpenRate => CampaignFigures.Percent(Opened, Attempted);

    internal DomainFigures Plus(DomainFigures other) =>
        this with
        {
            Attempted = Attempted + other.Attempted,
            Sent = Sent + other.Sent,
            Delivered = Delivered + other.Delivered,
            Bounced = Bounced + other.Bounced,
            Deferred = Deferred + other.Deferred,
            Opened = Opened + other.Opened,
            Clicked = Clicked + other.Clicked,
            AcceptMs = AcceptMs + other.AcceptMs,
        };
}

/// <summary>A mail provider with the domains under it; one domain alone when it belongs to no known provider.</summary>
public sealed record ProviderFigures(string? Provider, DomainFigures Total, IReadOnlyList<DomainFigures> Domains);

/// <summary>Reads the figures of a campaign by recipient domain, from rollups.</summary>
/// <remarks>A campaign has a line for each of the 500 biggest domains of its first ten thousand recipients; all others are together in one.</remarks>
public static class ReportDomains
{
    /// <summary>Biggest first; null when the customer has no such campaign.</summary>
    public static async Task<IReadOnlyList<ProviderFigures>?> RunAsync(
        CustomerId customer,
        CampaignId campaign,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        if (!await db.Of<Campaign>(customer).AnyAsync(c => c.Id == campaign, ct))
            return null;
        var names = await db.Of<CampaignDomain>(customer)
            .Where(d => d.CampaignId == campaign)
            .ToDictionaryAsync(d => (long)d.No, d => d.Domain, ct);
        var rows = await db.Of<RollupRow>(customer)
            .Where(r => r.CampaignId == campaign && r.Metric >= Metric.DomainAttempted && r.Metric <= Metric.DomainClicked && r.Hour == 0)
            .Select(r => new
            {
                r.Metric,
                r.Dimension,
                r.Count,
            })
            .ToListAsync(ct);
        var domains = rows.GroupBy(r => r.Dimension)
            .Select(g =>
            {
                long Of(Metric metric) => g.Where(r => r.Metric == metric).Sum(r => r.Count);
                var domain = names.GetValueOrDefault(g.Key);
                return new DomainFigures
                {
                    Domain = domain,
                    Provider = domain is null ? null : MailProviders.Of(domain),
                    Attempted = Of(Metric.DomainAttempted),
                    Sent = Of(Metric.DomainSent),
                    Delivered = Of(Metric.DomainDelivered),
                    Bounced = Of(Metric.DomainBounced),
                    Deferred = Of(Metric.DomainDeferred),
                    Opened = Of(Metric.DomainOpened),
                    Clicked = Of(Metric.DomainClicked),
                    AcceptMs = Of(Metric.DomainAcceptMs),
                };
            })
            .Where(d => d.Attempted + d.Sent + d.Bounced + d.Deferred + d.Opened > 0)
            .ToList();
        return domains
            .GroupBy(d => d.Provider ?? d.Domain ?? "", StringComparer.Ordinal)
            .Select(g => new ProviderFigures(
                g.First().Provider,
                g.Aggregate(new DomainFigures { Domain = g.First().Domain }, (sum, d) => sum.Plus(d)),
                g.OrderByDescending(d => d.Attempted).ToList()
            ))
            .OrderByDescending(p => p.Total.Attempted)
            .ThenBy(p => p.Total.Domain, StringComparer.Ordinal)
            .ToList();
    }
}

/// <summary>A domain that a campaign is reported by.</summary>
internal sealed class CampaignDomain : ICustomerOwned
{
    public CampaignId CampaignId { get; private set; }
    public string Domain { get; private set; } = "";

    /// <summary>The dimension of its figures, from 1.</summary>
    public int No { get; private set; }
    public CustomerId CustomerId { get; private set; }
}

internal sealed class CampaignDomainConfiguration : IEntityTypeConfiguration<CampaignDomain>
{
    public void Configure(EntityTypeBuilder<CampaignDomain> builder) =>
        builder.ToTable("campaign_domains").HasKey(d => new { d.CampaignId, d.Domain });
}
