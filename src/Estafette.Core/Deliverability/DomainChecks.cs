using Estafette.Protocols.Dkim;
using Estafette.Protocols.Dmarc;
using Estafette.Protocols.Dns;

namespace Estafette.Core.Deliverability;

/// <summary>A key that should be published.</summary>
/// <param name="Subject">Which of the keys of the domain.</param>
/// <param name="Selector">Its name below <c>_domainkey</c>.</param>
/// <param name="RecordValue">Value of its TXT record.</param>
internal sealed record ExpectedKey(CheckSubject Subject, string Selector, string RecordValue);

/// <summary>
/// Looks at what a domain publishes: SPF, DKIM keys, DMARC, MX, and at what this installation publishes for itself: return path and names of its
/// addresses. Keeps nothing; who asks decides how long a result is good for. A name that nobody answers for becomes a finding with
/// <see cref="DomainFinding.UnknownCode"/>, not a fault.
/// </summary>
public sealed class DomainChecks(IDnsLookup dns, DnsOptions options)
{
    /// <summary>Longest time for all checks of one domain; those that are not done by then are unknown.</summary>
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(25);

    private readonly MailDomains _mail = new(dns, options);

    /// <summary>Everything about a domain, in the order it is shown; empty while the checks are off.</summary>
    internal async Task<IReadOnlyList<DomainFinding>> CheckAsync(
        string domain,
        bool isSigned,
        IReadOnlyList<ExpectedKey> keys,
        CancellationToken ct
    )
    {
        if (options.BypassChecks)
            return [];
        var checks = new List<Task<DomainFinding>> { SpfAsync(domain, ct) };
        checks.AddRange(keys.Select(key => DkimAsync(domain, key, ct)));
        checks.Add(DmarcAsync(domain, isSigned, ct));
        checks.Add(MxAsync(domain, ct));
        if (options.ReturnDomain is { Length: > 0 } back)
            checks.Add(GuardAsync(CheckSubject.ReturnPath, back, token => ReturnPathCheck.RunAsync(dns, options, back, token), ct));
        foreach (var address in options.Addresses)
            checks.Add(GuardAsync(CheckSubject.Ptr, address.ToString(), token => ReverseNameCheck.RunAsync(dns, address, token), ct));
        return await Task.WhenAll(checks);
    }

    /// <summary>Whether the SPF record of a domain lets us send.</summary>
    internal Task<DomainFinding> SpfAsync(string domain, CancellationToken ct) =>
        GuardAsync(CheckSubject.Spf, domain, token => SpfRecordCheck.RunAsync(dns, options, domain, token), ct);

    /// <summary>Whether one of our keys is published; aliases are followed.</summary>
    internal Task<DomainFinding> DkimAsync(string domain, ExpectedKey key, CancellationToken ct)
    {
        var name = $"{key.Selector}._domainkey.{domain}";
        return GuardAsync(
            key.Subject,
            name,
            async token =>
            {
                var answer = await AskAsync(dns, name, DnsRecordType.Txt, token);
                if (answer.Outcome == DnsOutcome.Failed)
                    return DomainFinding.Unknown(key.Subject, name, answer.Problem);
                var published = answer.Records.Select(r => r.Value).ToList();
                var compared = DkimKeyRecord.Compare(published, key.RecordValue);
                var (status, code) = compared.Match switch
                {
                    DkimKeyMatch.Ok => (DomainStatus.Ok, "dkim-ok"),
                    DkimKeyMatch.Missing => (DomainStatus.Ko, "dkim-ko"),
                    DkimKeyMatch.Revoked => (DomainStatus.Bad, "dkim-revoked"),
                    _ => (DomainStatus.Bad, "dkim-bad"),
                };
                return new DomainFinding(key.Subject, status, code)
                {
                    Arguments = [name],
                    Detail = status == DomainStatus.Ok ? null : compared.Problem,
                }.With(published);
            },
            ct
        );
    }

    /// <summary>Whether there is a policy that receivers act on, and whether something of ours that passes stands for the domain.</summary>
    internal Task<DomainFinding> DmarcAsync(string domain, bool isSigned, CancellationToken ct) =>
        GuardAsync(
            CheckSubject.Dmarc,
            "_dmarc." + domain,
            async token =>
            {
                var policy = await DmarcPolicy.FindAsync(dns, domain, token);
                var (status, code) = policy.Outcome switch
                {
                    DmarcDiscoveryOutcome.Failed => (DomainStatus.Pending, DomainFinding.UnknownCode),
                    DmarcDiscoveryOutcome.NoRecord => (DomainStatus.Ko, "dmarc-ko"),
                    DmarcDiscoveryOutcome.Broken => (DomainStatus.Bad, "dmarc-bad"),
                    _ when !isSigned && !ReturnPathStandsFor(domain, policy.Record!) => (DomainStatus.Bad, "dmarc-unaligned"),
                    _ when policy.Action == DmarcAction.None => (DomainStatus.Ok, "dmarc-watching"),
                    _ when policy.RecordDomain != domain => (DomainStatus.Ok, "dmarc-inherited"),
                    _ => (DomainStatus.Ok, "dmarc-ok"),
                };
                var fault = policy.Problem ?? (policy.Record is { Faults: [var first, ..] } ? first : null);
                return new DomainFinding(CheckSubject.Dmarc, status, code)
                {
                    Arguments = [domain, policy.RecordDomain ?? domain, policy.Action.ToString().ToLowerInvariant()],
                    Detail = fault,
                }.With(policy.Record is { } record ? [record.Text] : []);
            },
            ct
        );

    /// <summary>Whether the domain can receive answers.</summary>
    internal Task<DomainFinding> MxAsync(string domain, CancellationToken ct) =>
        GuardAsync(
            CheckSubject.Mx,
            domain,
            async token =>
            {
                var answer = await AskAsync(dns, domain, DnsRecordType.Mx, token);
                if (answer.Outcome == DnsOutcome.Failed)
                    return DomainFinding.Unknown(CheckSubject.Mx, domain, answer.Problem);
                var receives = await _mail.ReceivesAsync(domain, token);
                var (status, code) = (answer.Outcome, receives) switch
                {
                    (DnsOutcome.Found, true) => (DomainStatus.Ok, "mx-ok"),
                    (DnsOutcome.Found, false) => (DomainStatus.Bad, "mx-null"),
                    (_, true) => (DomainStatus.Ok, "mx-address"),
                    _ => (DomainStatus.Ko, "mx-ko"),
                };
                return new DomainFinding(CheckSubject.Mx, status, code) { Arguments = [domain] }.With(
                    answer.Records.Select(r => $"{r.Preference} {(r.Value.Length == 0 ? "." : r.Value)}")
                );
            },
            ct
        );

    // Without a return domain bounces go to the sender's own address, which is aligned as far as its SPF record lets us send.
    private bool ReturnPathStandsFor(string domain, DmarcRecord record) =>
        options.ReturnDomain is not { Length: > 0 } back || DmarcEvaluation.AreAligned(back, domain, record.SpfAlignment);

    /// <summary>Asks for a name; one that cannot be a name does not exist.</summary>
    internal static Task<DnsAnswer> AskAsync(IDnsLookup dns, string name, DnsRecordType type, CancellationToken ct) =>
        DnsName.IsValid(name)
            ? dns.LookupAsync(name, type, ct)
            : Task.FromResult(new DnsAnswer(DnsOutcome.NoSuchName, [], TimeSpan.FromMinutes(1)));

    private static async Task<DomainFinding> GuardAsync(
        CheckSubject subject,
        string name,
        Func<CancellationToken, Task<DomainFinding>> check,
        CancellationToken ct
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Budget);
        try
        {
            return await check(limit.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return DomainFinding.Unknown(subject, name, $"No answer within {Budget.TotalSeconds} s.");
        }
    }
}
