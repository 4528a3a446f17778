using Estafette.Protocols.Dns;
using Estafette.Protocols.Domains;

namespace Estafette.Protocols.Dmarc;

/// <summary>What the search for a policy came to.</summary>
public enum DmarcDiscoveryOutcome
{
    /// <summary>A record that receivers act on.</summary>
    Found,

    /// <summary>No record at the domain or its organisational domain.</summary>
    NoRecord,

    /// <summary>Several records at one name, or one that receivers do not act on.</summary>
    Broken,

    /// <summary>A look-up failed; ask again later.</summary>
    Failed,
}

/// <summary>The policy of a domain.</summary>
/// <param name="Outcome">What the search came to.</param>
/// <param name="Domain">Domain of From, lower case.</param>
/// <param name="RecordDomain">Domain that has the record: the same, or the organisational domain; null without one.</param>
/// <param name="Record">The record, also when it is of no use; null without one, or with several.</param>
/// <param name="Problem">Why there is no policy, in words; null when there is one.</param>
public sealed record DmarcDiscovery(
    DmarcDiscoveryOutcome Outcome,
    string Domain,
    string? RecordDomain = null,
    DmarcRecord? Record = null,
    string? Problem = null
)
{
    /// <summary>What is asked for messages of the domain: <c>sp</c> when the record is that of a domain above it.</summary>
    public DmarcAction Action =>
        Outcome != DmarcDiscoveryOutcome.Found ? DmarcAction.None
        : Domain == RecordDomain ? Record!.Policy
        : Record!.SubdomainPolicy;
}

/// <summary>Finds policies (RFC 7489 §6.6.3) and who may get reports (§7.1).</summary>
public static class DmarcPolicy
{
    /// <summary>Looks for the policy of a domain: at <c>_dmarc.</c> of it, then of its organisational domain.</summary>
    /// <param name="dns">Look-ups.</param>
    /// <param name="domain">Domain of From; U-labels or A-labels.</param>
    /// <param name="cancellation">Ends the search.</param>
    /// <exception cref="OperationCanceledException">The token ended the search.</exception>
    public static async Task<DmarcDiscovery> FindAsync(IDnsLookup dns, string domain, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(dns);
        ArgumentNullException.ThrowIfNull(domain);
        var own = DnsName.FromText(domain);
        if (own is null)
            return new DmarcDiscovery(DmarcDiscoveryOutcome.NoRecord, domain, Problem: $"\"{domain}\" is no domain.");
        var found = await FindAtAsync(dns, own, own, cancellation);
        if (found is null && PublicSuffixes.OrganizationalDomain(own) is { } above && above != own)
            found = await FindAtAsync(dns, own, above, cancellation);
        return found ?? new DmarcDiscovery(DmarcDiscoveryOutcome.NoRecord, own, Problem: $"{own} has no DMARC record.");
    }

    /// <summary>Whether a domain may have its aggregate reports sent to another one (§7.1): that one has to agree in a record.</summary>
    /// <param name="dns">Look-ups.</param>
    /// <param name="recordDomain">Domain whose record names the address.</param>
    /// <param name="reportDomain">Domain of the address.</param>
    /// <param name="cancellation">Ends the look-up.</param>
    /// <returns>Null when the look-up failed.</returns>
    /// <exception cref="OperationCanceledException">The token ended the look-up.</exception>
    public static async Task<bool?> AllowsReportsAsync(
        IDnsLookup dns,
        string recordDomain,
        string reportDomain,
        CancellationToken cancellation
    )
    {
        ArgumentNullException.ThrowIfNull(dns);
        if (DnsName.FromText(recordDomain) is not { } from || DnsName.FromText(reportDomain) is not { } to)
            return false;
        if (DmarcEvaluation.AreAligned(from, to, DmarcAlignment.Relaxed))
            return true;
        var name = $"{from}._report._dmarc.{to}";
        if (!DnsName.IsValid(name))
            return false;
        var answer = await dns.LookupAsync(name, DnsRecordType.Txt, cancellation);
        return answer.Outcome == DnsOutcome.Failed ? null : answer.Records.Any(r => DmarcRecord.IsDmarc(r.Value));
    }

    /// <summary>Null when there is no record at the name.</summary>
    private static async Task<DmarcDiscovery?> FindAtAsync(IDnsLookup dns, string domain, string at, CancellationToken cancellation)
    {
        var name = "_dmarc." + at;
        if (!DnsName.IsValid(name))
            return null;
        var answer = await dns.LookupAsync(name, DnsRecordType.Txt, cancellation);
        if (answer.Outcome == DnsOutcome.Failed)
            return new DmarcDiscovery(DmarcDiscoveryOutcome.Failed, domain, Problem: answer.Problem ?? $"Looking up {name} failed.");
        var texts = answer.Records.Select(r => r.Value).Where(DmarcRecord.IsDmarc).ToList();
        if (texts.Count == 0)
            return null;
        if (texts.Count > 1)
        {
            var several = $"{name} has {texts.Count} DMARC records; receivers act on none of them.";
            return new DmarcDiscovery(DmarcDiscoveryOutcome.Broken, domain, at, Problem: several);
        }
        var record = DmarcRecord.Parse(texts[0])!;
        return record.IsUsable
            ? new DmarcDiscovery(DmarcDiscoveryOutcome.Found, domain, at, record)
            : new DmarcDiscovery(
                DmarcDiscoveryOutcome.Broken,
                domain,
                at,
                record,
                $"The record at {name} is of no use: {record.Faults[0]}"
            );
    }
}
