using System.Security.Cryptography.X509Certificates;
using Estafette.Core.Platform;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Estafette.Api.Authentication;

/// <summary>
/// Listens with TLS, for callers that show a certificate. TLS proves that the caller has the key; whether the certificate counts for anything is
/// decided by <see cref="CallerCertificates"/> and the registered ones, so any is taken, and none too.
/// </summary>
internal static class TlsListener
{
    public static IServiceCollection AddTlsListener(this IServiceCollection services)
    {
        services.AddSingleton<ServerCertificate>();
        services
            .AddOptions<KestrelServerOptions>()
            .Configure<ServerCertificate>((kestrel, certificate) => kestrel.ConfigureHttpsDefaults(tls => Configure(tls, certificate)));
        return services;
    }

    /// <summary>Adds the address of the settings; a certificate that cannot be used stops the start.</summary>
    /// <exception cref="InvalidSettingsException">The certificate of the settings cannot be used.</exception>
    public static void ListenWithTls(this WebApplication app)
    {
        if (app.Services.GetRequiredService<ApiOptions>().TlsUrl is not { } url)
            return;
        app.Services.GetRequiredService<ServerCertificate>().Current();
        app.Urls.Add(url);
    }

    private static void Configure(HttpsConnectionAdapterOptions tls, ServerCertificate certificate)
    {
        tls.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
        tls.ClientCertificateValidation = (_, _, _) => true;
        // Kestrel wants to know that there is one; each handshake takes it with its chain below.
        tls.ServerCertificateSelector = (_, _) => certificate.Current().TargetCertificate;
        tls.OnAuthenticate = (_, handshake) =>
        {
            handshake.ServerCertificateContext = certificate.Current();
            handshake.ServerCertificateSelectionCallback = null;
            // A stranger's certificate must not make us fetch what it names.
            handshake.CertificateChainPolicy = new X509ChainPolicy
            {
                DisableCertificateDownloads = true,
                RevocationMode = X509RevocationMode.NoCheck,
            };
        };
    }
}
