using System.ComponentModel.DataAnnotations;

namespace Estafette.Api;

/// <summary>The programmatic door.</summary>
internal sealed record ApiOptions
{
    public const string Section = "Api";

    /// <summary>Requests of one application per second, counted over ten seconds; more are answered with 429.</summary>
    /// <remarks>1 to 100,000; default 1,000.</remarks>
    [Range(1, 100_000)]
    public int RequestsPerSecond { get; init; } = 1000;

    /// <summary>Header in which a reverse proxy passes on the client certificate as PEM, percent-encoded or not; believed only from Web:TrustedProxies.</summary>
    /// <remarks>Default: none, which means that certificates are taken from the TLS connection alone.</remarks>
    public string? CertificateHeader { get; init; }

    /// <summary>How client certificates are trusted: pinned (the key itself is registered) or ca (issued by a trusted authority, and registered by subject).</summary>
    /// <remarks>Default pinned.</remarks>
    public CertificateTrust CertificateTrust { get; init; }

    /// <summary>PEM file with the authorities trusted in mode ca, beside the installation's own.</summary>
    /// <remarks>Default: none.</remarks>
    public string? CertificateAuthorities { get; init; }

    /// <summary>Address to listen on with TLS for clients with certificates, as HOST:PORT.</summary>
    /// <remarks>Default: none, which means that TLS ends at a proxy in front.</remarks>
    public string? TlsListen { get; init; }

    /// <summary>PEM file with the server certificate and its chain for TlsListen.</summary>
    /// <remarks>Default: a certificate issued by the installation's own authority for localhost and the host of Web:PublicUrl.</remarks>
    public string? TlsCertificate { get; init; }

    /// <summary>PEM file with the private key of TlsCertificate.</summary>
    /// <remarks>Default: the key is in the file of TlsCertificate.</remarks>
    public string? TlsKey { get; init; }
}

/// <summary>How a client certificate is trusted.</summary>
internal enum CertificateTrust
{
    /// <summary>Its public key is registered; who signed it does not matter.</summary>
    Pinned = 0,

    /// <summary>It ends at a trusted authority, is valid today, and its subject is registered.</summary>
    Ca = 1,
}
