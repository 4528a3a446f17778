using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Estafette.Tests.Api.Authentication;

/// <summary>Certificates of calling programs, made for a test.</summary>
internal static class ClientKeys
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    /// <summary>A certificate with its key that signed itself.</summary>
    public static X509Certificate2 SelfSigned(string name, DateTimeOffset? from = null, DateTimeOffset? until = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Request("CN=" + name, key).CreateSelfSigned(from ?? Now.AddDays(-1), until ?? Now.AddDays(30));
    }

    /// <summary>An authority.</summary>
    public static X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        return request.CreateSelfSigned(Now.AddDays(-2), Now.AddDays(60));
    }

    /// <summary>A certificate with its key that an authority issued.</summary>
    public static X509Certificate2 Issued(X509Certificate2 authority, string name, DateTimeOffset? until = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signed = Request("CN=" + name, key)
            .Create(authority, Now.AddDays(-1.5), until ?? Now.AddDays(30), RandomNumberGenerator.GetBytes(8));
        using (signed)
            return signed.CopyWithPrivateKey(key);
    }

    /// <summary>A program that shows a certificate, or none, and believes any server.</summary>
    public static HttpClient Caller(Uri address, X509Certificate2? certificate, Action<X509Certificate2>? seen = null)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            SslOptions = new SslClientAuthenticationOptions
            {
                LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate!,
                RemoteCertificateValidationCallback = (_, server, _, _) =>
                {
                    if (server is not X509Certificate2 shown)
                        return false;
                    seen?.Invoke(shown);
                    return true;
                },
            },
        };
        return new HttpClient(handler) { BaseAddress = address };
    }

    private static CertificateRequest Request(string subject, ECDsa key)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
        return request;
    }
}
