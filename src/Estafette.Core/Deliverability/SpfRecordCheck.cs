using System.Net;
using Estafette.Protocols.Dns;
using Estafette.Protocols.Spf;

namespace Estafette.Core.Deliverability;

/// <summary>
/// Whether the SPF record of a domain lets us send (interfaces §1.5): none is ko, several are bad (RFC 7208 §4.5), one is measured against our
/// include domain or our addresses. Where neither is configured, a record that can be evaluated and lets somebody send is accepted.
/// </summary>
internal static class SpfRecordCheck
{
    /// <summary>A name that no record can include (RFC 6761 §6.4): the walk towards it meets every broken term.</summary>
    private const string Nowhere = "estafette.invalid";

    public static async Task<DomainFinding> RunAsync(IDnsLookup dns, DnsOptions options, string domain, CancellationToken ct)
    {
        var answer = await DomainChecks.AskAsync(dns, domain, DnsRecordType.Txt, ct);
        if (answer.Outcome == DnsOutcome.Failed)
            return DomainFinding.Unknown(CheckSubject.Spf, domain, answer.Problem);
        var records = answer.Records.Select(r => r.Value).Where(SpfRecord.IsSpf).ToList();
        var (status, code, detail) = records.Count switch
        {
            0 => (DomainStatus.Ko, "spf-ko", null),
            1 => await MeasureAsync(dns, options, domain, SpfRecord.Parse(records[0]), ct),
            _ => (DomainStatus.Bad, "spf-several", null),
        };
        return code == DomainFinding.UnknownCode
            ? DomainFinding.Unknown(CheckSubject.Spf, domain, detail)
            : new DomainFinding(CheckSubject.Spf, status, code)
            {
                Arguments = [domain, SpfSuggestion.For(records, options)],
                Detail = detail,
            }.With(records);
    }

    private static async Task<(DomainStatus, string, string?)> MeasureAsync(
        IDnsLookup dns,
        DnsOptions options,
        string domain,
        SpfRecord record,
        CancellationToken ct
    )
    {
        // The include domain itself, when it is also a sender's or the return domain, is measured by its addresses or taken as it is.
        var include = options.SpfInclude is { Length: > 0 } own && !IsSame(own, domain) ? own : null;
        IReadOnlyCollection<IPAddress> addresses = options.Addresses;
        var isMeasured = include is not null || addresses.Count > 0;
        var answer = await SpfCoverage.CheckAsync(dns, domain, isMeasured ? include : Nowhere, addresses, ct);
        return answer.Outcome switch
        {
            SpfCoverageOutcome.Covered => (DomainStatus.Ok, "spf-ok", null),
            SpfCoverageOutcome.Unknown => (DomainStatus.Pending, DomainFinding.UnknownCode, answer.Reason),
            SpfCoverageOutcome.Broken => (DomainStatus.Bad, "spf-broken", answer.Reason),
            SpfCoverageOutcome.NoRecord => (DomainStatus.Ko, "spf-ko", answer.Reason),
            _ when isMeasured => (DomainStatus.Bad, "spf-bad", answer.Reason),
            _ when LetsSomebodySend(record) => (DomainStatus.Ok, "spf-valid", null),
            _ => (DomainStatus.Bad, "spf-nobody", null),
        };
    }

    private static bool LetsSomebodySend(SpfRecord record) =>
        record.Mechanisms.Any(term => term.Result == SpfResult.Pass) || record.Redirect is not null;

    private static bool IsSame(string one, string other) => one.TrimEnd('.').Equals(other, StringComparison.OrdinalIgnoreCase);
}

/// <summary>The SPF record that a domain should have: its own with our servers put first, so that they match before any limit or refusal.</summary>
internal static class SpfSuggestion
{
    private const string OfNobody = "~all";

    /// <param name="records">What the domain has.</param>
    /// <param name="options">Who we are.</param>
    public static string For(IReadOnlyList<string> records, DnsOptions options)
    {
        var ours = Ours(options);
        var known = records.SelectMany(r => SpfRecord.Parse(r).Terms).ToList();
        var kept = known
            .Where(t => t.Kind != SpfTermKind.All && (records.Count == 1 || t.Kind != SpfTermKind.Redirect))
            .Select(t => t.Text)
            .Except(ours, StringComparer.OrdinalIgnoreCase);
        var hasRedirect = records.Count == 1 && known.Exists(t => t.Kind == SpfTermKind.Redirect);
        var end = known.FirstOrDefault(t => t.Kind == SpfTermKind.All)?.Text ?? (hasRedirect ? null : OfNobody);
        return string.Join(' ', ["v=spf1", .. ours, .. kept, .. end is null ? Array.Empty<string>() : [end]]);
    }

    private static string[] Ours(DnsOptions options) =>
        options.SpfInclude is { Length: > 0 } include ? ["include:" + include]
        : options.Addresses is { Count: > 0 } addresses
            ? [.. addresses.Select(a => (a.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? "ip4:" : "ip6:") + a)]
        : ["a", "mx"];
}
