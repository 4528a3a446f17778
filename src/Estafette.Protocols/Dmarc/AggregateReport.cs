using System.Net;

namespace Estafette.Protocols.Dmarc;

/// <summary>What a receiver reports of the messages of a domain in a span of time (RFC 7489 §7.2 and appendix C).</summary>
/// <remarks>Everything comes from a stranger; texts are cut at 1,000 characters, and empty when missing.</remarks>
public sealed record AggregateReport
{
    /// <summary>Who reports.</summary>
    public string Organization { get; init; } = "";

    /// <summary>Whom to ask about it.</summary>
    public string Email { get; init; } = "";

    /// <summary>Further ways to ask.</summary>
    public string ExtraContact { get; init; } = "";

    /// <summary>Number of the report, unique for its sender.</summary>
    public string ReportId { get; init; } = "";

    /// <summary>Beginning of the span; null when missing or unreadable.</summary>
    public DateTimeOffset? Begin { get; init; }

    /// <summary>End of the span; null when missing or unreadable.</summary>
    public DateTimeOffset? End { get; init; }

    /// <summary>Errors the receiver met, 100 at most.</summary>
    public IReadOnlyList<string> Errors { get; init; } = [];

    /// <summary>The policy as the receiver saw it.</summary>
    public AggregatePolicy Policy { get; init; } = new();

    /// <summary>Rows, in order.</summary>
    public IReadOnlyList<AggregateRow> Rows { get; init; } = [];

    /// <summary>Messages of all rows.</summary>
    public long Messages => Rows.Sum(r => r.Count);
}

/// <summary>The policy as a receiver saw it; texts as the record has them, lower case.</summary>
public sealed record AggregatePolicy
{
    /// <summary>Domain that has the record.</summary>
    public string Domain { get; init; } = "";

    /// <summary>Policy; null when missing or unreadable.</summary>
    public DmarcAction? Policy { get; init; }

    /// <summary>Policy of subdomains; null when missing or unreadable.</summary>
    public DmarcAction? SubdomainPolicy { get; init; }

    /// <summary>Alignment of DKIM; default relaxed.</summary>
    public DmarcAlignment DkimAlignment { get; init; }

    /// <summary>Alignment of SPF; default relaxed.</summary>
    public DmarcAlignment SpfAlignment { get; init; }

    /// <summary>Share of the messages, 0 to 100; default 100.</summary>
    public int Percent { get; init; } = 100;
}

/// <summary>Messages of one address that fared alike.</summary>
public sealed record AggregateRow
{
    /// <summary>Address that sent them; null when unreadable.</summary>
    public IPAddress? Source { get; init; }

    /// <summary>How many; 0 when unreadable.</summary>
    public long Count { get; init; }

    /// <summary>What was done with them; null when missing or unreadable.</summary>
    public DmarcAction? Disposition { get; init; }

    /// <summary>DKIM passed for a domain that stands for that of From.</summary>
    public bool DkimAligned { get; init; }

    /// <summary>SPF did.</summary>
    public bool SpfAligned { get; init; }

    /// <summary>Why something else was done than asked for, 20 at most.</summary>
    public IReadOnlyList<AggregateReason> Reasons { get; init; } = [];

    /// <summary>Domain of From.</summary>
    public string HeaderFrom { get; init; } = "";

    /// <summary>Domain of the return path.</summary>
    public string EnvelopeFrom { get; init; } = "";

    /// <summary>Domain of the recipient.</summary>
    public string EnvelopeTo { get; init; } = "";

    /// <summary>Signatures, 20 at most.</summary>
    public IReadOnlyList<AggregateSignature> Signatures { get; init; } = [];

    /// <summary>SPF checks, 20 at most.</summary>
    public IReadOnlyList<AggregateSpf> Spf { get; init; } = [];
}

/// <summary>Why a receiver did something else than asked for.</summary>
/// <param name="Type">forwarded, sampled_out, trusted_forwarder, mailing_list, local_policy or other; lower case.</param>
/// <param name="Comment">In words.</param>
public sealed record AggregateReason(string Type, string Comment);

/// <summary>A signature as a receiver saw it.</summary>
/// <param name="Domain">Its <c>d</c>.</param>
/// <param name="Selector">Its <c>s</c>; often missing.</param>
/// <param name="Result">none, pass, fail, policy, neutral, temperror or permerror; lower case.</param>
/// <param name="Remark">In words.</param>
public sealed record AggregateSignature(string Domain, string Selector, string Result, string Remark);

/// <summary>An SPF check as a receiver saw it.</summary>
/// <param name="Domain">Domain checked.</param>
/// <param name="Scope">helo or mfrom; often missing.</param>
/// <param name="Result">none, neutral, pass, fail, softfail, temperror or permerror; lower case.</param>
public sealed record AggregateSpf(string Domain, string Scope, string Result);

/// <summary>A report, or why there is none.</summary>
/// <param name="Report">The report, or null.</param>
/// <param name="Problem">Why it cannot be read, in words; null with a report.</param>
public sealed record AggregateReading(AggregateReport? Report, string? Problem = null);
