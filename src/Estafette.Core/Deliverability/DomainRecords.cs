using Estafette.Protocols.Spf;

namespace Estafette.Core.Deliverability;

/// <summary>What a record is for.</summary>
public enum RecordPurpose
{
    Spf,
    Dkim,
    DkimNext,
    DkimSecond,
    Dmarc,
    ReturnPath,
}

/// <summary>A record to publish.</summary>
/// <param name="Type">TXT or MX.</param>
/// <param name="Name">Full name.</param>
/// <param name="Value">Value as one text.</param>
/// <param name="Purpose">What it is for.</param>
public sealed record DomainRecord(string Type, string Name, string Value, RecordPurpose Purpose)
{
    private const int LongestString = 255;

    /// <summary>The value as a zone file holds it: a TXT record in quoted strings of at most 255 characters (RFC 1035 §3.3.14).</summary>
    public string ZoneFileValue =>
        Type == "TXT" ? string.Join(' ', Value.Chunk(LongestString).Select(part => $"\"{new string(part)}\"")) : Value;

    internal static DomainRecord Of(ExpectedKey key, string domain, RecordPurpose purpose = RecordPurpose.Dkim) =>
        new("TXT", $"{key.Selector}._domainkey.{domain}", key.RecordValue, purpose);
}

/// <summary>The records that the people of a domain should publish, as far as they are known to us.</summary>
internal static class DomainRecords
{
    /// <param name="domain">The domain.</param>
    /// <param name="findings">What its last check found, so that what is there is kept.</param>
    /// <param name="options">Who we are.</param>
    /// <param name="host">Host of this installation, which takes bounces for the return domain.</param>
    public static IReadOnlyList<DomainRecord> Of(
        SenderDomain domain,
        IReadOnlyList<DomainFinding> findings,
        DnsOptions options,
        string host
    )
    {
        var records = new List<DomainRecord>
        {
            new("TXT", domain.Domain, Spf(findings, options), RecordPurpose.Spf),
            DomainRecord.Of(domain.CurrentKey, domain.Domain),
        };
        if (domain.NextKey is { } next)
            records.Add(DomainRecord.Of(next, domain.Domain, RecordPurpose.DkimNext));
        if (domain.SecondKey is { } second)
            records.Add(DomainRecord.Of(second, domain.Domain, RecordPurpose.DkimSecond));
        // A policy that is there, also one of the domain above, is left as it is.
        if (findings.FirstOrDefault(f => f.Subject == CheckSubject.Dmarc) is not { Status: DomainStatus.Ok })
            records.Add(
                new("TXT", "_dmarc." + domain.Domain, $"v=DMARC1; p=none; rua=mailto:postmaster@{domain.Domain}", RecordPurpose.Dmarc)
            );
        if (options.ReturnDomain is { Length: > 0 } back)
            records.Add(new("MX", back, "10 " + host, RecordPurpose.ReturnPath));
        return records;
    }

    private static string Spf(IReadOnlyList<DomainFinding> findings, DnsOptions options)
    {
        var found = findings.FirstOrDefault(f => f.Subject == CheckSubject.Spf);
        var there = found?.Record?.Split('\n').Where(SpfRecord.IsSpf).ToList() ?? [];
        return found is { Status: DomainStatus.Ok } && there is [var right] ? right : SpfSuggestion.For(there, options);
    }
}
