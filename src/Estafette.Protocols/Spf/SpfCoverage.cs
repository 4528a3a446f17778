using System.Net;
using Estafette.Protocols.Dns;

namespace Estafette.Protocols.Spf;

/// <summary>Whether the record of a customer's domain lets our servers send.</summary>
public enum SpfCoverageOutcome
{
    /// <summary>It reaches our domain, or passes each of our addresses.</summary>
    Covered,

    /// <summary>The domain has no record.</summary>
    NoRecord,

    /// <summary>There is a good record that does not let us send.</summary>
    NotCovered,

    /// <summary>Two records, faults, a broken include or too many look-ups on the way.</summary>
    Broken,

    /// <summary>A look-up failed; ask again later.</summary>
    Unknown,
}

/// <summary>Answer of <see cref="SpfCoverage"/>.</summary>
/// <param name="Outcome">The answer.</param>
/// <param name="Reason">In words, for the people of the domain.</param>
/// <param name="Record">Text of the domain's record, when there is exactly one.</param>
/// <param name="Lookups">Look-ups up to where our domain was found, or of the whole record.</param>
public sealed record SpfCoverageAnswer(SpfCoverageOutcome Outcome, string Reason, string? Record = null, int Lookups = 0);

/// <summary>Finds out whether the record of a domain reaches an include domain, or lets all of some addresses send.</summary>
/// <remarks>
/// The walk takes the terms in the order of a check (RFC 7208 §4.6), counts look-ups as it does and stops at <c>all</c>; only what a check of a
/// client that matches nothing else would reach is found. An include counts when its match passes, at every level. Domains with macros other
/// than <c>d</c> differ by message and are counted and not entered.
/// </remarks>
public static class SpfCoverage
{
    /// <param name="dns">Look-ups.</param>
    /// <param name="domain">Domain whose record is read.</param>
    /// <param name="includeDomain">Our domain that the record should include; null to look at addresses alone.</param>
    /// <param name="addresses">Our sending addresses; all of them have to pass. Empty to look at the include alone.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="OperationCanceledException">The token ended the work.</exception>
    public static async Task<SpfCoverageAnswer> CheckAsync(
        IDnsLookup dns,
        string domain,
        string? includeDomain,
        IReadOnlyCollection<IPAddress> addresses,
        CancellationToken cancellation
    )
    {
        ArgumentNullException.ThrowIfNull(dns);
        ArgumentNullException.ThrowIfNull(addresses);
        if (!SpfSubject.CanHaveRecord(domain))
            return new SpfCoverageAnswer(SpfCoverageOutcome.NoRecord, $"\"{domain}\" is no domain that can have a record.");
        var (record, problem) = await SpfEvaluation.SelectAsync(dns, domain, cancellation);
        if (record is null)
            return new SpfCoverageAnswer(OutcomeOf(problem.Result), problem.Reason);

        var walked = includeDomain is null ? null : await WalkAsync(dns, record, domain, includeDomain, cancellation);
        if (walked is { Outcome: SpfCoverageOutcome.Covered } || addresses.Count == 0)
            return walked ?? new SpfCoverageAnswer(SpfCoverageOutcome.NotCovered, "There is nothing to look for.", record.Text);
        var listed = await CheckAddressesAsync(dns, domain, addresses, record.Text, cancellation);
        // Of two refusals, the one that people can act on.
        var isWorse = walked is { Outcome: not SpfCoverageOutcome.NotCovered } || listed.Outcome == SpfCoverageOutcome.NotCovered;
        return walked is not null && listed.Outcome != SpfCoverageOutcome.Covered && isWorse ? walked : listed;
    }

    private static async Task<SpfCoverageAnswer> WalkAsync(
        IDnsLookup dns,
        SpfRecord record,
        string domain,
        string includeDomain,
        CancellationToken cancellation
    )
    {
        var walk = new SpfWalk(dns, includeDomain.TrimEnd('.'), cancellation);
        var (outcome, reason) =
            await walk.WalkAsync(record, domain)
            ?? (SpfCoverageOutcome.NotCovered, $"The record of {domain} does not include {includeDomain}.");
        return new SpfCoverageAnswer(outcome, reason, record.Text, walk.Lookups);
    }

    private static async Task<SpfCoverageAnswer> CheckAddressesAsync(
        IDnsLookup dns,
        string domain,
        IEnumerable<IPAddress> addresses,
        string record,
        CancellationToken cancellation
    )
    {
        var evaluator = new SpfEvaluator(dns);
        var lookups = 0;
        foreach (var address in addresses)
        {
            var check = await evaluator.CheckAsync(address, "postmaster@" + domain, domain, cancellation);
            lookups = Math.Max(lookups, check.Lookups);
            if (check.Result != SpfResult.Pass)
                return new SpfCoverageAnswer(OutcomeOf(check.Result), $"{address} does not pass. {check.Reason}", record, check.Lookups);
        }
        return new SpfCoverageAnswer(SpfCoverageOutcome.Covered, $"The record of {domain} lets all our addresses send.", record, lookups);
    }

    private static SpfCoverageOutcome OutcomeOf(SpfResult result) =>
        result switch
        {
            SpfResult.None => SpfCoverageOutcome.NoRecord,
            SpfResult.TempError => SpfCoverageOutcome.Unknown,
            SpfResult.PermError => SpfCoverageOutcome.Broken,
            SpfResult.Pass => SpfCoverageOutcome.Covered,
            _ => SpfCoverageOutcome.NotCovered,
        };
}

/// <summary>One walk through a record and those it includes.</summary>
internal sealed class SpfWalk(IDnsLookup dns, string goal, CancellationToken cancellation)
{
    private static readonly int MaxLookups = new SpfOptions().MaxLookups;

    public int Lookups { get; private set; }

    /// <summary>Null when the whole record was walked and the goal was not found.</summary>
    public async Task<(SpfCoverageOutcome Outcome, string Reason)?> WalkAsync(SpfRecord record, string domain)
    {
        foreach (var term in record.Mechanisms)
        {
            if (term.Kind == SpfTermKind.All)
                return null;
            if (await StepAsync(term, domain) is { } end)
                return end;
        }
        return record.Redirect is { } redirect ? await StepAsync(redirect, domain) : null;
    }

    private async Task<(SpfCoverageOutcome Outcome, string Reason)?> StepAsync(SpfTerm term, string domain)
    {
        if (!term.AsksForNames)
            return null;
        if (++Lookups > MaxLookups)
            return (
                SpfCoverageOutcome.Broken,
                $"\"{term.Text}\" of {domain} asks for names for the {MaxLookups + 1}th time; {MaxLookups} are allowed."
            );
        var isRedirect = term.Kind == SpfTermKind.Redirect;
        if (!isRedirect && term.Kind != SpfTermKind.Include)
            return null;
        if (term.Macro is not { IsFixed: true } macro)
            return null;
        var target = macro.Expand(_ => domain).TrimEnd('.');
        var found = target.Equals(goal, StringComparison.OrdinalIgnoreCase)
            ? (SpfCoverageOutcome.Covered, $"\"{term.Text}\" of {domain} leads to {goal}.")
            : await EnterAsync(term, domain, target);
        // A match of our servers below an include that does not pass ends the check without a pass.
        return !isRedirect && term.Result != SpfResult.Pass && found is { Item1: SpfCoverageOutcome.Covered }
            ? (SpfCoverageOutcome.NotCovered, $"\"{term.Text}\" of {domain} leads to {goal}, but does not let it send.")
            : found;
    }

    private async Task<(SpfCoverageOutcome Outcome, string Reason)?> EnterAsync(SpfTerm term, string domain, string target)
    {
        if (!SpfSubject.CanHaveRecord(target))
            return (SpfCoverageOutcome.Broken, $"\"{term.Text}\" of {domain} leads to no domain.");
        var (record, problem) = await SpfEvaluation.SelectAsync(dns, target, cancellation);
        if (record is not null)
            return await WalkAsync(record, target);
        var outcome = problem.Result == SpfResult.TempError ? SpfCoverageOutcome.Unknown : SpfCoverageOutcome.Broken;
        return (outcome, $"\"{term.Text}\" of {domain}: {problem.Reason}");
    }
}
