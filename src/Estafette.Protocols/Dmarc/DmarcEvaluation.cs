using Estafette.Protocols.Dns;
using Estafette.Protocols.Domains;
using Estafette.Protocols.Spf;

namespace Estafette.Protocols.Dmarc;

/// <summary>Results of DMARC (RFC 7489 §11.2).</summary>
public enum DmarcResult
{
    /// <summary>The domain of From has no policy.</summary>
    None,

    /// <summary>SPF or DKIM passed for a domain that stands for that of From.</summary>
    Pass,

    /// <summary>Neither did.</summary>
    Fail,

    /// <summary>A look-up failed that could have made it pass, or that of the policy.</summary>
    TempError,

    /// <summary>The policy is broken.</summary>
    PermError,
}

/// <summary>A DKIM signature that was checked.</summary>
/// <param name="Domain">Its <c>d</c>.</param>
/// <param name="Passed">Whether it is good.</param>
/// <param name="IsTemporary">When it is not: its key could not be looked up.</param>
public sealed record DmarcSignature(string Domain, bool Passed, bool IsTemporary = false);

/// <summary>Result for one message.</summary>
/// <param name="Result">The result.</param>
/// <param name="Action">What the domain asks for; none unless it failed. <see cref="DmarcRecord.Percent"/> is left to the caller.</param>
/// <param name="SpfAligned">SPF passed for a domain that stands for that of From.</param>
/// <param name="DkimAligned">A signature did.</param>
/// <param name="Reason">In words.</param>
public sealed record DmarcVerdict(DmarcResult Result, DmarcAction Action, bool SpfAligned, bool DkimAligned, string Reason);

/// <summary>Judges a message by its policy and by what SPF and DKIM said (RFC 7489 §6.6.2).</summary>
public static class DmarcEvaluation
{
    /// <param name="policy">Policy of the domain of From.</param>
    /// <param name="spf">Check of the return path, or null when there was none.</param>
    /// <param name="signatures">Signatures of the message.</param>
    public static DmarcVerdict Evaluate(DmarcDiscovery policy, SpfCheck? spf, IReadOnlyCollection<DmarcSignature> signatures)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(signatures);
        // Without a policy the defaults tell what would be aligned.
        var record = policy.Record ?? new DmarcRecord("");
        var spfStands = spf is not null && AreAligned(spf.Domain, policy.Domain, record.SpfAlignment);
        var standing = signatures.Where(s => AreAligned(s.Domain, policy.Domain, record.DkimAlignment)).ToList();
        var spfAligned = spfStands && spf!.Result == SpfResult.Pass;
        var dkimAligned = standing.Exists(s => s.Passed);
        if (policy.Outcome != DmarcDiscoveryOutcome.Found)
            return new DmarcVerdict(ResultOf(policy.Outcome), DmarcAction.None, spfAligned, dkimAligned, policy.Problem ?? "");
        if (spfAligned || dkimAligned)
        {
            var by = (spfAligned, dkimAligned) switch
            {
                (true, true) => "SPF and DKIM",
                (true, false) => "SPF",
                _ => "DKIM",
            };
            return new DmarcVerdict(DmarcResult.Pass, DmarcAction.None, spfAligned, dkimAligned, $"{by} passed for {policy.Domain}.");
        }
        if ((spfStands && spf!.Result == SpfResult.TempError) || standing.Exists(s => s.IsTemporary))
        {
            var reason = $"A look-up for SPF or DKIM of {policy.Domain} failed.";
            return new DmarcVerdict(DmarcResult.TempError, DmarcAction.None, SpfAligned: false, DkimAligned: false, reason);
        }
        var spfSays = spf is null ? "no SPF check" : $"SPF {spf.Result.ToString().ToLowerInvariant()} for {spf.Domain}";
        var failed = $"Neither SPF nor DKIM passed for {policy.Domain} ({spfSays}, {Count(signatures)}).";
        return new DmarcVerdict(DmarcResult.Fail, policy.Action, SpfAligned: false, DkimAligned: false, failed);
    }

    /// <summary>Whether a checked domain stands for that of From (RFC 7489 §3.1).</summary>
    /// <param name="domain">Domain that passed SPF or DKIM.</param>
    /// <param name="fromDomain">Domain of From.</param>
    /// <param name="alignment">Strict: the same. Relaxed: of the same organisational domain.</param>
    public static bool AreAligned(string domain, string fromDomain, DmarcAlignment alignment)
    {
        if (DnsName.FromText(domain) is not { } one || DnsName.FromText(fromDomain) is not { } other)
            return false;
        if (one == other)
            return true;
        return alignment == DmarcAlignment.Relaxed
            && PublicSuffixes.OrganizationalDomain(one) is { } organization
            && organization == PublicSuffixes.OrganizationalDomain(other);
    }

    private static string Count(IReadOnlyCollection<DmarcSignature> signatures) =>
        signatures.Count == 0 ? "no signature" : "signatures of " + string.Join(", ", signatures.Select(s => s.Domain));

    private static DmarcResult ResultOf(DmarcDiscoveryOutcome outcome) =>
        outcome switch
        {
            DmarcDiscoveryOutcome.Failed => DmarcResult.TempError,
            DmarcDiscoveryOutcome.Broken => DmarcResult.PermError,
            _ => DmarcResult.None,
        };
}
