using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Estafette.Cli;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;

namespace Estafette.Api.Authentication;

/// <summary>
/// The certificate of a caller: of its TLS connection, or in the header that the proxy in front writes. The header of anybody else is taken out of the
/// request, since it would be no proof.
/// </summary>
internal sealed class CallerCertificates(ApiOptions options, WebOptions web, DataOptions data, TimeProvider clock)
{
    private const int MaxHeader = 16 * 1024;
    private readonly List<System.Net.IPNetwork> _proxies = [.. web.Proxies];
    private Trusted? _trusted;

    private sealed record Trusted(string Stamp, X509Certificate2Collection Authorities);

    /// <summary>Certificates are trusted by who issued them, and known by subject.</summary>
    private bool IsByAuthority => options.CertificateTrust == CertificateTrust.Ca;

    /// <summary>What a certificate must fulfil to be registered; null when any may be.</summary>
    public Func<X509Certificate2, bool>? Rule => IsByAuthority ? IsIssuedByAuthority : null;

    /// <summary>What the caller presents; null when there is none, or in mode ca none that a trusted authority issued.</summary>
    public async Task<PresentedCertificate?> ReadAsync(HttpContext http)
    {
        var certificate = await http.Connection.GetClientCertificateAsync(http.RequestAborted) is { } own
            ? new X509Certificate2(own)
            : FromHeader(http);
        if (certificate is null)
            return null;
        if (!IsByAuthority || IsIssuedByAuthority(certificate))
            return new PresentedCertificate(certificate, IsByAuthority);
        certificate.Dispose();
        return null;
    }

    /// <summary>Takes the header with a certificate out of a request that no proxy of ours made.</summary>
    public void RemoveForeignHeader(HttpContext http)
    {
        if (options.CertificateHeader is { Length: > 0 } name && !IsProxy(http))
            http.Request.Headers.Remove(name);
    }

    /// <summary>Whether a client certificate ends at a trusted authority and is valid now.</summary>
    public bool IsIssuedByAuthority(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(Authorities());
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = clock.GetUtcNow().UtcDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.2"));
        return chain.Build(certificate);
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

    /// <summary>The trusted authorities, read again when a file changed or the installation's own came into being.</summary>
    private X509Certificate2Collection Authorities()
    {
        var own = CertificateAuthority.CertificateFile(data);
        var stamp = FileStamp.Of(options.CertificateAuthorities, own);
        if (_trusted is { } known && known.Stamp == stamp)
            return known.Authorities;
        var authorities = new X509Certificate2Collection();
        if (options.CertificateAuthorities is { Length: > 0 } file)
            authorities.ImportFromPemFile(file);
        if (File.Exists(own))
            authorities.ImportFromPemFile(own);
        _trusted = new Trusted(stamp, authorities);
        return authorities;
    }
}

/// <summary>The address at the other end of the connection, before forwarded headers took its place.</summary>
internal sealed record PeerAddress(IPAddress? Address);
