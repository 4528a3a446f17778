namespace Estafette.Protocols.Dmarc;

/// <summary>What the owner of a domain asks of receivers for messages that fail (RFC 7489 §6.3).</summary>
public enum DmarcAction
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Treat them as suspicious.</summary>
    Quarantine,

    /// <summary>Refuse them.</summary>
    Reject,
}

/// <summary>How near a checked domain has to be to that of From (RFC 7489 §3.1).</summary>
public enum DmarcAlignment
{
    /// <summary>Of the same organisational domain.</summary>
    Relaxed,

    /// <summary>The same.</summary>
    Strict,
}

/// <summary>Where reports go (RFC 7489 §6.4).</summary>
/// <param name="Address">Mail address, or the URI when it is no mailto.</param>
/// <param name="MaxBytes">Longest report it takes; null without a limit.</param>
public sealed record DmarcReportAddress(string Address, long? MaxBytes);

/// <summary>A DMARC record with the defaults of RFC 7489 §6.3 where it says nothing, or nothing that can be read.</summary>
/// <param name="Text">As written.</param>
public sealed record DmarcRecord(string Text)
{
    /// <summary><c>p</c>; null when it is missing or cannot be read.</summary>
    public DmarcAction? StatedPolicy { get; init; }

    /// <summary><c>sp</c>, for subdomains without a record of their own; null when it is not said.</summary>
    public DmarcAction? StatedSubdomainPolicy { get; init; }

    /// <summary>The policy in force: <c>p</c>; none when <c>p</c> or <c>sp</c> cannot be read (§6.6.3).</summary>
    public DmarcAction Policy => HasPolicyFault ? DmarcAction.None : StatedPolicy ?? DmarcAction.None;

    /// <summary>The policy in force for subdomains: <c>sp</c>, else <c>p</c>.</summary>
    public DmarcAction SubdomainPolicy => HasPolicyFault ? DmarcAction.None : StatedSubdomainPolicy ?? Policy;

    /// <summary><c>adkim</c>; default relaxed.</summary>
    public DmarcAlignment DkimAlignment { get; init; }

    /// <summary><c>aspf</c>; default relaxed.</summary>
    public DmarcAlignment SpfAlignment { get; init; }

    /// <summary><c>pct</c>: share of the failing messages that the policy is meant for, 0 to 100; default 100.</summary>
    public int Percent { get; init; } = 100;

    /// <summary><c>ri</c>: time between aggregate reports; default 1 day.</summary>
    public TimeSpan ReportInterval { get; init; } = TimeSpan.FromDays(1);

    /// <summary><c>fo</c>: when failure reports are wanted, of 0, 1, d and s; default "0".</summary>
    public string FailureOptions { get; init; } = "0";

    /// <summary><c>rua</c>: where aggregate reports go; those that cannot be read are left out.</summary>
    public IReadOnlyList<DmarcReportAddress> AggregateReports { get; init; } = [];

    /// <summary><c>ruf</c>: where failure reports go.</summary>
    public IReadOnlyList<DmarcReportAddress> FailureReports { get; init; } = [];

    /// <summary>What is wrong with it, in words, for the people of the domain.</summary>
    public IReadOnlyList<string> Faults { get; init; } = [];

    /// <summary>Whether receivers act on it: its policies can be read, or it wants aggregate reports (§6.6.3 step 6).</summary>
    public bool IsUsable => !HasPolicyFault || AggregateReports.Count > 0;

    internal bool HasPolicyFault { get; init; }

    /// <summary>Whether a TXT record is a DMARC record: its first tag is v=DMARC1 (§6.3).</summary>
    public static bool IsDmarc(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Split(';')[0].Split('=') is [var name, var value]
            && name.Trim(' ', '\t').Equals("v", StringComparison.OrdinalIgnoreCase)
            && value.Trim(' ', '\t') == "DMARC1";
    }

    /// <summary>Reads a record; null when it is none (<see cref="IsDmarc"/>).</summary>
    public static DmarcRecord? Parse(string text) => IsDmarc(text) ? DmarcRecordReader.Read(text) : null;
}
