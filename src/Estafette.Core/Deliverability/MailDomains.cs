using System.Collections.Concurrent;
using Estafette.Protocols.Dns;

namespace Estafette.Core.Deliverability;

/// <summary>
/// Says which domains cannot receive mail: no MX and no address record, or a null MX (RFC 5321 §5.1, RFC 7505). A domain that nobody answers for is
/// not refused.
/// </summary>
public sealed class MailDomains(IDnsLookup dns, DnsOptions options)
{
    /// <summary>Time for all domains of one question.</summary>
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(10);

    private const int AtOnce = 32;

    /// <summary>Those of some domains that cannot receive mail.</summary>
    /// <param name="domains">A-labels; each is asked for once.</param>
    /// <param name="ct">Ends the wait.</param>
    public async Task<IReadOnlySet<string>> RefusingAsync(IReadOnlyCollection<string> domains, CancellationToken ct)
    {
        var refusing = new ConcurrentDictionary<string, bool>(StringComparer.OrdinalIgnoreCase);
        if (options.BypassChecks || domains.Count == 0)
            return refusing.Keys.ToHashSet(StringComparer.OrdinalIgnoreCase);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Budget);
        try
        {
            await Parallel.ForEachAsync(
                domains.Distinct(StringComparer.OrdinalIgnoreCase),
                new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = limit.Token },
                async (domain, stop) =>
                {
                    if (!await ReceivesAsync(domain, stop))
                        refusing[domain] = true;
                }
            );
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // Those not answered in time are taken and looked at again when they are written to.
        }
        return refusing.Keys.ToHashSet(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Whether a domain receives mail, as far as it can be known.</summary>
    public async Task<bool> ReceivesAsync(string domain, CancellationToken ct)
    {
        if (domain.StartsWith('['))
            return true;
        var exchangers = await dns.LookupAsync(domain, DnsRecordType.Mx, ct);
        if (exchangers.Outcome == DnsOutcome.Found)
            return exchangers.Records.Any(r => r.Value.Length > 0);
        if (exchangers.Outcome is DnsOutcome.Failed)
            return true;
        if (exchangers.Outcome == DnsOutcome.NoSuchName)
            return false;
        foreach (var type in new[] { DnsRecordType.A, DnsRecordType.Aaaa })
            if ((await dns.LookupAsync(domain, type, ct)).Outcome is DnsOutcome.Found or DnsOutcome.Failed)
                return true;
        return false;
    }
}
