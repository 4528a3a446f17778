using System.Net;
using System.Net.Sockets;
using Estafette.Protocols.Dns;

namespace Estafette.Protocols.Spf;

/// <summary>A result on its way up through includes and redirects.</summary>
/// <param name="Result">The result.</param>
/// <param name="Reason">In words.</param>
/// <param name="Record">Record whose term matched, for its explanation; null unless one did.</param>
/// <param name="Domain">Domain of that record.</param>
internal readonly record struct SpfVerdict(SpfResult Result, string Reason, SpfRecord? Record = null, string Domain = "");

/// <summary>Whether a term matched; an error ends the whole check.</summary>
/// <param name="IsMatch">It did.</param>
/// <param name="Error">Temporary or permanent error, or null.</param>
/// <param name="Detail">Which address or name made it match, or what went wrong.</param>
internal readonly record struct SpfMatch(bool IsMatch, SpfResult? Error = null, string Detail = "")
{
    public static SpfMatch No => default;

    public static SpfMatch Yes(string detail = "") => new(true, null, detail);

    public static SpfMatch Permanent(string detail) => new(false, SpfResult.PermError, detail);

    public static SpfMatch Temporary(string? detail) => new(false, SpfResult.TempError, detail ?? "");
}

/// <summary>One run of check_host() (RFC 7208 §4) with the counts that hold for all its includes and redirects.</summary>
/// <remarks>
/// Circles need no guard of their own: each include and redirect counts as a look-up, so the eleventh ends them and nesting is at most 10 deep.
/// Void look-ups are counted as §4.6.4 words it, by term: one whose own question finds nothing, not those for the addresses of mail exchangers.
/// A name that macros made and that cannot be asked for matches nothing, as if it did not exist, and is not counted as a void look-up.
/// </remarks>
internal sealed class SpfEvaluation(IDnsLookup dns, SpfOptions options, SpfSubject subject, CancellationToken cancellation)
{
    private const int MaxNames = 10;

    private List<string>? _validatedNames;
    private bool _clientHasNoName;

    public int Lookups { get; private set; }

    public int VoidLookups { get; private set; }

    public async Task<SpfVerdict> CheckHostAsync(string domain)
    {
        if (!SpfSubject.CanHaveRecord(domain))
            return new SpfVerdict(SpfResult.None, $"\"{domain}\" is no domain that can have a record.");
        var (record, problem) = await SelectAsync(dns, domain, cancellation);
        if (record is null)
            return problem;
        foreach (var term in record.Mechanisms)
        {
            var match = await MatchAsync(term, domain);
            if (match.Error is { } error)
                return new SpfVerdict(error, $"\"{term.Text}\" of {domain}: {match.Detail}");
            if (match.IsMatch)
            {
                var detail = match.Detail.Length == 0 ? "." : $": {match.Detail}";
                return new SpfVerdict(term.Result, $"\"{term.Text}\" of {domain} matched{detail}", record, domain);
            }
        }
        return record.Redirect is { } redirect
            ? await FollowAsync(redirect, domain)
            : new SpfVerdict(SpfResult.Neutral, $"No term of the record of {domain} matched.");
    }

    /// <summary>The one record of a domain (§4.5), or the result that there is none to use.</summary>
    public static async Task<(SpfRecord? Record, SpfVerdict Problem)> SelectAsync(
        IDnsLookup dns,
        string domain,
        CancellationToken cancellation
    )
    {
        var answer = await dns.LookupAsync(domain, DnsRecordType.Txt, cancellation);
        if (answer.Outcome == DnsOutcome.Failed)
            return (
                null,
                new SpfVerdict(SpfResult.TempError, $"The record of {domain} could not be asked for. {answer.Problem}".TrimEnd())
            );
        var texts = answer.Records.Select(r => r.Value).Where(SpfRecord.IsSpf).ToList();
        if (texts.Count == 0)
            return (null, new SpfVerdict(SpfResult.None, $"{domain} has no SPF record."));
        if (texts.Count > 1)
            return (null, new SpfVerdict(SpfResult.PermError, $"{domain} has {texts.Count} SPF records; only one may be there."));
        var record = SpfRecord.Parse(texts[0]);
        return record.Faults is [var fault, ..]
            ? (null, new SpfVerdict(SpfResult.PermError, $"The record of {domain} cannot be read: \"{fault.Text}\" {fault.Problem}."))
            : (record, default);
    }

    /// <summary>The text for a fail (§6.2); null when there is none, or anything at all is wrong with it.</summary>
    public async Task<string?> ExplainAsync(SpfVerdict verdict)
    {
        if (verdict.Record?.Explanation is not { } term || await TargetAsync(term, verdict.Domain) is not { } name)
            return null;
        var answer = await dns.LookupAsync(name, DnsRecordType.Txt, cancellation);
        if (answer.Records.Count != 1)
            return null;
        var text = SpfMacroText.Parse(answer.Records[0].Value, out var problem, isExplanation: true);
        return problem.Length > 0 ? null : await ExpandAsync(text, verdict.Domain);
    }

    // §6.1
    private async Task<SpfVerdict> FollowAsync(SpfTerm redirect, string domain)
    {
        if (++Lookups > options.MaxLookups)
            return new SpfVerdict(SpfResult.PermError, $"\"{redirect.Text}\" of {domain}: {TooMany}");
        if (await TargetAsync(redirect, domain) is not { } target)
            return new SpfVerdict(SpfResult.PermError, $"\"{redirect.Text}\" of {domain} leads to no domain.");
        var verdict = await CheckHostAsync(target);
        return verdict.Result == SpfResult.None
            ? new SpfVerdict(SpfResult.PermError, $"\"{redirect.Text}\" of {domain}: {verdict.Reason}")
            : verdict with
            {
                Reason = $"\"{redirect.Text}\" of {domain}: {verdict.Reason}",
            };
    }

    private async Task<SpfMatch> MatchAsync(SpfTerm term, string domain)
    {
        if (term.AsksForNames && ++Lookups > options.MaxLookups)
            return SpfMatch.Permanent(TooMany);
        switch (term.Kind)
        {
            case SpfTermKind.All:
                return SpfMatch.Yes();
            case SpfTermKind.Ip4:
                return new SpfMatch(SpfNetwork.Contains(term.Address!, term.Ip4Prefix, subject.Client));
            case SpfTermKind.Ip6:
                return new SpfMatch(SpfNetwork.Contains(term.Address!, term.Ip6Prefix, subject.Client));
        }
        var target = await TargetAsync(term, domain);
        if (term.Kind == SpfTermKind.Include)
            return await IncludeAsync(target);
        if (target is null)
            return SpfMatch.No;
        return term.Kind switch
        {
            SpfTermKind.A => await MatchAddressesAsync(term, target, countsVoid: true),
            SpfTermKind.Mx => await MatchExchangersAsync(term, target),
            SpfTermKind.Ptr => await MatchNamesAsync(target),
            _ => await ExistsAsync(target),
        };
    }

    // Table of §5.2.
    private async Task<SpfMatch> IncludeAsync(string? target)
    {
        if (target is null)
            return SpfMatch.Permanent("it leads to no domain.");
        var verdict = await CheckHostAsync(target);
        return verdict.Result switch
        {
            SpfResult.Pass => SpfMatch.Yes(verdict.Reason),
            SpfResult.TempError => SpfMatch.Temporary(verdict.Reason),
            SpfResult.PermError or SpfResult.None => SpfMatch.Permanent(verdict.Reason),
            _ => SpfMatch.No,
        };
    }

    private async Task<SpfMatch> MatchAddressesAsync(SpfTerm term, string name, bool countsVoid)
    {
        var isIp4 = subject.Client.AddressFamily == AddressFamily.InterNetwork;
        var answer = await dns.LookupAsync(name, isIp4 ? DnsRecordType.A : DnsRecordType.Aaaa, cancellation);
        if (ErrorOf(answer, countsVoid) is { } error)
            return error;
        var prefix = isIp4 ? term.Ip4Prefix : term.Ip6Prefix;
        foreach (var record in answer.Records)
        {
            if (IPAddress.TryParse(record.Value, out var address) && SpfNetwork.Contains(address, prefix, subject.Client))
                return SpfMatch.Yes($"{name} has the address {record.Value}.");
        }
        return SpfMatch.No;
    }

    private async Task<SpfMatch> MatchExchangersAsync(SpfTerm term, string name)
    {
        var answer = await dns.LookupAsync(name, DnsRecordType.Mx, cancellation);
        if (ErrorOf(answer) is { } error)
            return error;
        if (answer.Records.Count > MaxNames)
            return SpfMatch.Permanent($"{name} has {answer.Records.Count} mail exchangers, more than {MaxNames}.");
        foreach (var exchanger in answer.Records.Select(r => r.Value).Where(DnsName.IsValid))
        {
            var match = await MatchAddressesAsync(term, exchanger, countsVoid: false);
            if (match.IsMatch || match.Error is not null)
                return match;
        }
        return SpfMatch.No;
    }

    // §5.5: failed look-ups of names match nothing.
    private async Task<SpfMatch> MatchNamesAsync(string target)
    {
        var names = await ValidatedNamesAsync();
        if (_clientHasNoName && ++VoidLookups > options.MaxVoidLookups)
            return SpfMatch.Permanent(TooManyVoid);
        var name = names.Find(n => IsWithin(n, target));
        return name is null ? SpfMatch.No : SpfMatch.Yes($"the client is {name}.");
    }

    private async Task<SpfMatch> ExistsAsync(string name)
    {
        // §5.7: an A record, whatever the family of the client.
        var answer = await dns.LookupAsync(name, DnsRecordType.A, cancellation);
        return ErrorOf(answer) ?? (answer.Outcome == DnsOutcome.Found ? SpfMatch.Yes($"{name} is there.") : SpfMatch.No);
    }

    private SpfMatch? ErrorOf(DnsAnswer answer, bool countsVoid = true)
    {
        if (answer.Outcome == DnsOutcome.Failed)
            return SpfMatch.Temporary(answer.Problem);
        if (countsVoid && answer.Outcome != DnsOutcome.Found && ++VoidLookups > options.MaxVoidLookups)
            return SpfMatch.Permanent(TooManyVoid);
        return null;
    }

    /// <summary>Names of the client that lead back to it (§5.5), of its first ten.</summary>
    private async Task<List<string>> ValidatedNamesAsync()
    {
        if (_validatedNames is not null)
            return _validatedNames;
        var answer = await dns.LookupAsync(DnsName.Reverse(subject.Client), DnsRecordType.Ptr, cancellation);
        _clientHasNoName = answer.Outcome is DnsOutcome.NoRecords or DnsOutcome.NoSuchName;
        var type = subject.Client.AddressFamily == AddressFamily.InterNetwork ? DnsRecordType.A : DnsRecordType.Aaaa;
        var names = new List<string>();
        foreach (var name in answer.Records.Take(MaxNames).Select(r => r.Value).Where(DnsName.IsValid))
        {
            var addresses = await dns.LookupAsync(name, type, cancellation);
            if (addresses.Records.Any(r => IPAddress.TryParse(r.Value, out var a) && a.Equals(subject.Client)))
                names.Add(name.TrimEnd('.'));
        }
        return _validatedNames = names;
    }

    /// <summary>Domain of a term with its macros filled in; null when it cannot be asked for.</summary>
    private async Task<string?> TargetAsync(SpfTerm term, string domain)
    {
        if (term.Macro is not { } macro)
            return domain;
        if (subject.HasForeignLocalPart && (macro.Uses('s') || macro.Uses('l')))
            return null;
        var name = await ExpandAsync(macro, domain);
        name = name.EndsWith('.') ? name[..^1] : name;
        // §7.3: a name too long loses labels on its left.
        while (name.Length > DnsName.MaxLength && name.IndexOf('.') is >= 0 and var dot)
            name = name[(dot + 1)..];
        return DnsName.IsValid(name) ? name : null;
    }

    private async Task<string> ExpandAsync(SpfMacroText text, string domain)
    {
        var validated = text.Uses('p') ? await BestNameAsync(domain) : "";
        return text.Expand(letter => subject.ValueOf(letter, domain, validated, options));
    }

    // §7.3, macro "p": the domain itself, else a name below it, else any.
    private async Task<string> BestNameAsync(string domain)
    {
        var names = await ValidatedNamesAsync();
        return names.Find(n => n.Equals(domain, StringComparison.OrdinalIgnoreCase))
            ?? names.Find(n => IsWithin(n, domain))
            ?? names.FirstOrDefault()
            ?? "unknown";
    }

    private static bool IsWithin(string name, string domain) =>
        name.EndsWith(domain, StringComparison.OrdinalIgnoreCase) && (name.Length == domain.Length || name[^(domain.Length + 1)] == '.');

    private string TooMany => $"the records ask for names more than {options.MaxLookups} times (RFC 7208 §4.6.4).";

    private string TooManyVoid => $"more than {options.MaxVoidLookups} questions of the records find nothing (RFC 7208 §4.6.4).";
}
