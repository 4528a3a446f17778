using System.Net;
using System.Net.Sockets;
using Estafette.Protocols.Dkim;
using Estafette.Protocols.Dns;
using Estafette.Protocols.Spf;

namespace Estafette.Inspection;

/// <summary>What receivers think of a sender and of a message: SPF, DKIM, spam test.</summary>
internal static class SenderInspection
{
    // Below the limit of a line, so that the answer is "temperror" with its reason.
    private static readonly SpfOptions Spf = new() { Limit = TimeSpan.FromSeconds(8) };

    public static async ValueTask<Inspected> SpfAsync(InspectionRequest request, InspectionSources sources, CancellationToken ct)
    {
        if (request.Ip is not { Length: > 0 } ip)
            return Inspected.Fault("The member 'ip' is missing: the address that sends.");
        if (!TryAddress(ip.Trim(), out var client))
            return Inspected.Fault("The member 'ip' is no IP address.");
        if (sources.Dns(request.Dns) is not { } dns)
            return Inspected.Fault(WrongDns);
        var sender = request.From ?? request.Text().Trim();
        var check = await new SpfEvaluator(dns, Spf).CheckAsync(client, sender, request.Helo, ct);
        return new SpfResult(check.Result.ToString().ToLowerInvariant(), check.Reason, check.Lookups);
    }

    public static async ValueTask<Inspected> DkimAsync(InspectionRequest request, InspectionSources sources, CancellationToken ct)
    {
        if (sources.Dns(request.Dns) is not { } dns)
            return Inspected.Fault(WrongDns);
        var verdicts = await DkimVerifier.VerifyAsync(request.Input, dns, sources.Clock, ct);
        return new DkimResult([.. verdicts.Select(v => new DkimSignatureResult(v.Domain, v.Selector, v.Word, v.Reason))]);
    }

    public static async ValueTask<Inspected> SpamAsync(InspectionRequest request, InspectionSources sources, CancellationToken ct)
    {
        var verdict = await sources.Spam().ScoreAsync(request.Input, request.Language, ct);
        return verdict.Score is { } score
            ? new SpamResult(score, verdict.Threshold, [.. verdict.Checks.Select(c => new SpamRuleResult(c.Name, c.Score, c.Description))])
            : Inspected.Fault($"The spam test could not be made: {verdict.Error}.");
    }

    /// <summary>Reads the resolver of a request; the name of this machine is an address, too.</summary>
    public static IPEndPoint? Resolver(string text)
    {
        const string here = "localhost";
        text = text.Trim();
        if (text.StartsWith(here, StringComparison.OrdinalIgnoreCase))
            text = IPAddress.Loopback + text[here.Length..];
        return DnsResolvers.TryParse(text, out var resolver) ? resolver : null;
    }

    private const string WrongDns = "The member 'dns' is no resolver; write ADDRESS:PORT, such as 127.0.0.1:53.";

    // IPAddress reads "1" and "0x7f.1" too, which no protocol does.
    private static bool TryAddress(string text, out IPAddress address) =>
        IPAddress.TryParse(text, out address!) && (address.AddressFamily == AddressFamily.InterNetworkV6 || address.ToString() == text);
}
