using Estafette.Core.Platform;
using Estafette.Protocols.Addresses;
using Estafette.Protocols.Dns;

namespace Estafette.Core.Deliverability;

/// <summary>One thing about a sender's domain.</summary>
/// <param name="Code">spf-ko, spf-bad, dkim-ko, dkim-bad, mx-ko; for warnings also dns-unknown.</param>
/// <param name="Domain">The domain.</param>
public sealed record SenderFinding(string Code, string Domain);

/// <summary>What was found of a sender's domain.</summary>
/// <param name="Faults">What keeps it from sending.</param>
/// <param name="Warnings">What could not be found out.</param>
public sealed record SenderCheckResult(IReadOnlyList<SenderFinding> Faults, IReadOnlyList<SenderFinding> Warnings)
{
    /// <summary>Asking later may tell.</summary>
    public bool IsTemporary => Warnings.Count > 0;
}

/// <summary>Looks at the domain of a sender address before it is used: is its SPF record there and right, is our DKIM key published (interfaces §1.5).</summary>
public sealed class SenderChecks(IDnsLookup dns, DnsOptions options, Microsoft.EntityFrameworkCore.IDbContextFactory<EstafetteDb> databases)
{
    public async Task<SenderCheckResult> CheckAsync(CustomerId customer, string email, CancellationToken ct)
    {
        if (options.BypassChecks || !EmailAddress.TryParse(email, out var address, out _))
            return new([], []);
        var (faults, warnings) = (new List<SenderFinding>(), new List<SenderFinding>());
        foreach (var code in new[] { await SpfAsync(address.Domain, ct), await DkimAsync(customer, address.Domain, ct) })
            if (code == "dns-unknown")
                warnings.Add(new(code, address.Domain));
            else if (code is not null)
                faults.Add(new(code, address.Domain));
        return new(faults, warnings);
    }

    private async Task<string?> SpfAsync(string domain, CancellationToken ct)
    {
        var answer = await dns.LookupAsync(domain, DnsRecordType.Txt, ct);
        if (answer.Outcome == DnsOutcome.Failed)
            return "dns-unknown";
        var records = answer.Records.Count(r =>
            r.Value.Equals("v=spf1", StringComparison.OrdinalIgnoreCase)
            || r.Value.StartsWith("v=spf1 ", StringComparison.OrdinalIgnoreCase)
        );
        return records switch
        {
            0 => "spf-ko",
            1 => null,
            _ => "spf-bad",
        };
    }

    private async Task<string?> DkimAsync(CustomerId customer, string domain, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var known = await Microsoft.EntityFrameworkCore.EntityFrameworkQueryableExtensions.SingleOrDefaultAsync(
            db.Of<SenderDomain>(customer).Where(d => d.Domain == domain),
            ct
        );
        if (known is null)
            return "dkim-ko";
        var answer = await dns.LookupAsync($"{known.DkimSelector}._domainkey.{domain}", DnsRecordType.Txt, ct);
        return answer.Outcome switch
        {
            DnsOutcome.Failed => "dns-unknown",
            DnsOutcome.Found => answer.Records.Any(r =>
                r.Value.Replace(" ", "", StringComparison.Ordinal).Contains("p=" + known.DkimPublicKey, StringComparison.Ordinal)
            )
                ? null
                : "dkim-bad",
            _ => "dkim-ko",
        };
    }
}
