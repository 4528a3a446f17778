using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Estafette.Cli;
using Estafette.Core.Platform;

namespace Estafette.Api.Authentication;

/// <summary>
/// The certificate of a caller: of its TLS connection, or in the header that the proxy in front writes. The header of anybody else is ignored, since
/// it would be no proof.
/// </summary>
internal sealed class CallerCertificates(ApiOptions options, WebOptions web, DataOptions data, TimeProvider clock)
{
    private const int MaxHeader = 16 * 1024;
    private readonly Lazy<X509Certificate2Collection> _authorities = new(() => Authorities(options, data));
    private readonly List<System.Net.IPNetwork> _proxies = [.. web.Proxies];

    public async Task<PresentedCertificate?> ReadAsync(HttpContext http)
    {
        var certificate = await http.Connection.GetClientCertificateAsync(http.RequestAborted) is { } own
            ? new X509Certificate2(own)
            : FromHeader(http);
        return certificate is null ? null : new PresentedCertificate(certificate, IsTrusted(certificate));
    }

    private X509Certificate2? FromHeader(HttpContext http)
    {
        if (options.CertificateHeader is not { Length: > 0 } name || !IsProxy(http))
            return null;
        var text = http.Request.Headers[name].ToString();
        if (text.Length is 0 or > MaxHeader)
            return null;
        var pem = text.Contains('%') ? Uri.UnescapeDataString(text) : text;
        // Some proxies send only the base64 between the lines, or tabs for line ends.
        if (!pem.Contains("-----BEGIN", StringComparison.Ordinal))
            pem = $"-----BEGIN CERTIFICATE-----\n{pem}\n-----END CERTIFICATE-----";
        pem = pem.Replace('\t', '\n').Replace("-----BEGIN CERTIFICATE----- ", "-----BEGIN CERTIFICATE-----\n", StringComparison.Ordinal);
        try
        {
            return X509Certificate2.CreateFromPem(pem);
        }
        catch (Exception wrong) when (wrong is CryptographicException or ArgumentException)
        {
            return null;
        }
    }

    // The connection's own address: forwarded headers changed RemoteIpAddress already.
    private bool IsProxy(HttpContext http)
    {
        var peer = http.Features.Get<PeerAddress>()?.Address ?? http.Connection.RemoteIpAddress;
        return peer is not null && _proxies.Exists(network => network.Contains(peer.IsIPv4MappedToIPv6 ? peer.MapToIPv4() : peer));
    }

    private bool IsTrusted(X509Certificate2 certificate)
    {
        if (options.CertificateTrust != CertificateTrust.Ca)
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_authorities.Value);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = clock.GetUtcNow().UtcDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.2"));
        return chain.Build(certificate);
    }

    private static X509Certificate2Collection Authorities(ApiOptions options, DataOptions data)
    {
        var trusted = new X509Certificate2Collection();
        if (options.CertificateAuthorities is { Length: > 0 } file)
            trusted.ImportFromPemFile(file);
        var own = CertificateAuthority.CertificateFile(data);
        if (File.Exists(own))
            trusted.ImportFromPemFile(own);
        return trusted;
    }
}

/// <summary>The address at the other end of the connection, before forwarded headers took its place.</summary>
internal sealed record PeerAddress(IPAddress? Address);
