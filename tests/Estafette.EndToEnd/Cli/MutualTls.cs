using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace Estafette.EndToEnd.Cli;

/// <summary>A program that calls the API with what <c>estafette cert</c> gave it.</summary>
internal static class MutualTls
{
    /// <param name="address">Of the TLS listener.</param>
    /// <param name="issued">What <c>cert issue --json</c> printed.</param>
    /// <param name="authority">What <c>cert authority</c> printed: the one root that is trusted.</param>
    public static HttpClient Client(string address, JsonElement issued, string authority)
    {
        var pair = X509Certificate2.CreateFromPemFile(
            issued.GetProperty("certificate").GetString()!,
            issued.GetProperty("key").GetString()!
        );
        var handler = new SocketsHttpHandler();
        handler.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => pair;
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.Add(X509Certificate2.CreateFromPem(authority));
        return new HttpClient(handler) { BaseAddress = new Uri(address) };
    }
}
