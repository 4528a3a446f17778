using System.Net;
using Estafette.Protocols.Dns;

namespace Estafette.Core.Deliverability;

/// <summary>Whether bounces can come back: the return domain takes mail, and its SPF record lets our servers send.</summary>
internal static class ReturnPathCheck
{
    public static async Task<DomainFinding> RunAsync(IDnsLookup dns, DnsOptions options, string domain, CancellationToken ct)
    {
        var exchangers = await DomainChecks.AskAsync(dns, domain, DnsRecordType.Mx, ct);
        if (exchangers.Outcome == DnsOutcome.Failed)
            return DomainFinding.Unknown(CheckSubject.ReturnPath, domain, exchangers.Problem);
        if (!exchangers.Records.Any(r => r.Value.Length > 0))
            return new(CheckSubject.ReturnPath, DomainStatus.Ko, "return-mx-ko") { Arguments = [domain] };
        var spf = await SpfRecordCheck.RunAsync(dns, options, domain, ct);
        var code = spf.Status switch
        {
            DomainStatus.Ok => "return-ok",
            DomainStatus.Ko => "return-spf-ko",
            DomainStatus.Bad => "return-spf-bad",
            _ => DomainFinding.UnknownCode,
        };
        return spf with { Subject = CheckSubject.ReturnPath, Code = code };
    }
}

/// <summary>Whether an address has a name that leads back to it, as mailbox services demand of senders.</summary>
internal static class ReverseNameCheck
{
    /// <summary>Names looked at; an address with more is no mail server of anybody's.</summary>
    private const int MaxNames = 5;

    public static async Task<DomainFinding> RunAsync(IDnsLookup dns, IPAddress address, CancellationToken ct)
    {
        var answer = await DomainChecks.AskAsync(dns, DnsName.Reverse(address), DnsRecordType.Ptr, ct);
        if (answer.Outcome == DnsOutcome.Failed)
            return DomainFinding.Unknown(CheckSubject.Ptr, address.ToString(), answer.Problem);
        var names = answer.Records.Select(r => r.Value).Take(MaxNames).ToList();
        if (names.Count == 0)
            return new(CheckSubject.Ptr, DomainStatus.Ko, "ptr-ko") { Arguments = [address.ToString()] };
        var type = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? DnsRecordType.A : DnsRecordType.Aaaa;
        DnsAnswer? failed = null;
        foreach (var name in names)
        {
            var back = await DomainChecks.AskAsync(dns, name, type, ct);
            if (back.Records.Any(r => IPAddress.TryParse(r.Value, out var found) && found.Equals(address)))
                return new DomainFinding(CheckSubject.Ptr, DomainStatus.Ok, "ptr-ok") { Arguments = [address.ToString(), name] }.With(
                    names
                );
            failed = back.Outcome == DnsOutcome.Failed ? back : failed;
        }
        return failed is not null
            ? DomainFinding.Unknown(CheckSubject.Ptr, address.ToString(), failed.Problem)
            : new DomainFinding(CheckSubject.Ptr, DomainStatus.Bad, "ptr-bad") { Arguments = [address.ToString(), names[0]] }.With(names);
    }
}
