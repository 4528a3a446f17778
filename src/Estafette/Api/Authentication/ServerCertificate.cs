using System.Net.Security;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;

namespace Estafette.Api.Authentication;

/// <summary>The certificate with which our own TLS listener proves who it is.</summary>
internal sealed class ServerCertificate(
    ApiOptions options,
    PageAddress pages,
    DataOptions data,
    TimeProvider clock,
    ILogger<ServerCertificate> logger
)
{
    private readonly DoorCertificate _door = new(
        new DoorCertificateSource(
            $"{ApiOptions.Section}:{nameof(ApiOptions.TlsCertificate)}",
            options.TlsCertificate,
            options.TlsKey,
            () => [new Uri(pages.Base).IdnHost, "localhost", "127.0.0.1", "::1"]
        ),
        data,
        clock,
        logger
    );

    /// <inheritdoc cref="DoorCertificate.Current"/>
    public SslStreamCertificateContext Current() => _door.Current();
}
