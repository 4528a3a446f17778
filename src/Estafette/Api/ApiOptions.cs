using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Net;
using Estafette.Protocols.Mime;

namespace Estafette.Api;

/// <summary>The programmatic door.</summary>
internal sealed record ApiOptions : IValidatableObject
{
    public const string Section = "Api";

    /// <summary>Requests of one application per second, counted over ten seconds; more are answered with 429.</summary>
    /// <remarks>1 to 100,000; default 1,000.</remarks>
    [Range(1, 100_000)]
    public int RequestsPerSecond { get; init; } = 1000;

    /// <summary>Header in which a reverse proxy passes on the client certificate as PEM, percent-encoded or not; believed only from Web:TrustedProxies and taken out of the requests of all others.</summary>
    /// <remarks>Default: none, which means that certificates are taken from the TLS connection alone.</remarks>
    public string? CertificateHeader { get; init; }

    /// <summary>How client certificates are trusted: pinned (the key itself is registered) or ca (issued by a trusted authority, and registered by subject).</summary>
    /// <remarks>Default pinned.</remarks>
    public CertificateTrust CertificateTrust { get; init; }

    /// <summary>PEM file with the authorities trusted in mode ca, beside the installation's own.</summary>
    /// <remarks>Default: none.</remarks>
    public string? CertificateAuthorities { get; init; }

    /// <summary>Address to listen on with TLS, as HOST:PORT; a client certificate is asked for but not demanded, so that browsers may come too.</summary>
    /// <remarks>HOST is an address (IPv6 in brackets), localhost, or * for all addresses. Default: none, which means that TLS ends at a proxy in front.</remarks>
    public string? TlsListen { get; init; }

    /// <summary>PEM file with the server certificate and its chain for TlsListen.</summary>
    /// <remarks>Read again when the file changes. Default: a certificate issued by the installation's own authority for localhost and the host of Web:PublicUrl.</remarks>
    public string? TlsCertificate { get; init; }

    /// <summary>PEM file with the private key of TlsCertificate.</summary>
    /// <remarks>Default: the key is in the file of TlsCertificate.</remarks>
    public string? TlsKey { get; init; }

    internal string? TlsUrl => TlsListen is { Length: > 0 } address ? "https://" + address : null;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (TlsListen is { Length: > 0 } && !IsAddress(TlsListen))
            yield return new ValidationResult(
                $"'{TlsListen}' is no address to listen on; write HOST:PORT, such as 0.0.0.0:8443 or [::]:8443.",
                [nameof(TlsListen)]
            );
        if (TlsKey is { Length: > 0 } && TlsCertificate is not { Length: > 0 })
            yield return new ValidationResult("There is a key without a certificate; give TlsCertificate too.", [nameof(TlsKey)]);
        if (CertificateAuthorities is { Length: > 0 } && !File.Exists(CertificateAuthorities))
            yield return new ValidationResult($"There is no file '{CertificateAuthorities}'.", [nameof(CertificateAuthorities)]);
        if (CertificateHeader is { Length: > 0 } && !MimeHeaders.IsFieldName(CertificateHeader))
            yield return new ValidationResult($"'{CertificateHeader}' is no name of a header.", [nameof(CertificateHeader)]);
    }

    private static bool IsAddress(string text)
    {
        var colon = text.LastIndexOf(':');
        var host = colon > 0 ? text[..colon] : "";
        var isHost =
            host is "localhost" or "*"
            || (IPAddress.TryParse(host, out _) && (host.StartsWith('[') ? host.EndsWith(']') : host.Contains('.')));
        return isHost && ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _);
    }
}

/// <summary>How a client certificate is trusted.</summary>
internal enum CertificateTrust
{
    /// <summary>Its public key is registered; who signed it does not matter.</summary>
    Pinned = 0,

    /// <summary>It ends at a trusted authority, is valid today, and its subject is registered.</summary>
    Ca = 1,
}
