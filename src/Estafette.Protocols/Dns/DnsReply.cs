namespace Estafette.Protocols.Dns;

/// <summary>What a resolver answered, as far as a look-up needs it.</summary>
/// <param name="Code">RCODE (RFC 1035 §4.1.1).</param>
/// <param name="IsTruncated">TC: ask again over TCP; nothing else of the answer was read.</param>
/// <param name="IsReferral">No answer, only the servers of another zone: what a server says that is no resolver and does not hold the name.</param>
/// <param name="Answers">Records of the answer section that we know, class IN.</param>
/// <param name="NegativeTimeToLive">How long "there is nothing" holds (RFC 2308 §5); null without a SOA, when it may not be kept.</param>
internal sealed record DnsReply(
    int Code,
    bool IsTruncated,
    bool IsReferral,
    IReadOnlyList<DnsTimedRecord> Answers,
    TimeSpan? NegativeTimeToLive
)
{
    public const int NoError = 0;
    public const int FormatError = 1;
    public const int NameError = 3;
    public const int NotImplemented = 4;
}

/// <summary>A record and how long it may be kept.</summary>
internal readonly record struct DnsTimedRecord(DnsRecord Record, TimeSpan TimeToLive);
