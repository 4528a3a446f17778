using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Estafette.Core.Platform;
using Microsoft.Extensions.Logging;

namespace Estafette.Core.Accounts;

/// <summary>Where a door has its certificate from.</summary>
/// <param name="Setting">Name of the setting for errors, such as "Api:TlsCertificate".</param>
/// <param name="Certificate">PEM file with the certificate and its chain; null: one of the installation's own authority.</param>
/// <param name="Key">PEM file with its key; null: it is in the same file.</param>
/// <param name="Hosts">Names and addresses of a certificate of our own.</param>
internal sealed record DoorCertificateSource(string Setting, string? Certificate, string? Key, Func<IEnumerable<string>> Hosts);

/// <summary>
/// The certificate with which a door proves who it is: from files, read again when they change, or issued by the installation's authority and issued
/// anew before it ends.
/// </summary>
internal sealed partial class DoorCertificate(DoorCertificateSource source, DataOptions data, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan RenewBefore = TimeSpan.FromDays(30);
    private readonly Lock _gate = new();
    private Shown? _shown;

    private sealed record Shown(SslStreamCertificateContext Context, string Stamp, DateTimeOffset RenewAt);

    /// <summary>The certificate of a handshake that begins now.</summary>
    /// <exception cref="InvalidSettingsException">The files of the settings cannot be used and no earlier certificate is known.</exception>
    public SslStreamCertificateContext Current()
    {
        lock (_gate)
            return (_shown = source.Certificate is { Length: > 0 } file ? FromFile(file, source.Key) : Issued()).Context;
    }

    private Shown FromFile(string certificate, string? key)
    {
        key = key is { Length: > 0 } ? key : certificate;
        var stamp = FileStamp.Of(certificate, key);
        if (_shown is { } known && known.Stamp == stamp)
            return known;
        try
        {
            return new Shown(Read(certificate, key), stamp, DateTimeOffset.MaxValue);
        }
        catch (Exception broken) when (broken is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            // Certificate and key are rarely exchanged in one moment: the former pair serves until the files fit together.
            if (_shown is not { } before)
                throw new InvalidSettingsException(
                    $"{source.Setting}: the certificate in '{certificate}' and its key in '{key}' cannot be used: {broken.Message}"
                );
            CertificateUnreadable(logger, certificate, broken.Message);
            return before with { Stamp = stamp };
        }
    }

    private static SslStreamCertificateContext Read(string certificate, string key)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(certificate);
        using var pair = X509Certificate2.CreateFromPemFile(certificate, key);
        // The TLS stack of some systems takes only keys that were read from such a file.
        var usable = X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), null);
        return SslStreamCertificateContext.Create(usable, chain, offline: true);
    }

    private Shown Issued()
    {
        var now = clock.GetUtcNow();
        if (_shown is { } known && now < known.RenewAt)
            return known;
        var hosts = source.Hosts().Where(h => h.Length > 0).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        var certificate = CertificateAuthority.IssueServer(data, hosts, clock);
        var renewAt = new DateTimeOffset(certificate.NotAfter) - RenewBefore;
        // Never at each handshake, even when the authority itself is near its end.
        var tomorrow = now.AddDays(1);
        return new Shown(SslStreamCertificateContext.Create(certificate, null, offline: true), "", renewAt > tomorrow ? renewAt : tomorrow);
    }

    [LoggerMessage(9101, LogLevel.Warning, "The new server certificate in {File} cannot be used, the former one stays: {Reason}")]
    private static partial void CertificateUnreadable(ILogger logger, string file, string reason);
}
