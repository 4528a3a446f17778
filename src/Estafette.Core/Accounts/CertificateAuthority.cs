using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Estafette.Core.Platform;

namespace Estafette.Core.Accounts;

/// <summary>
/// The installation's own authority: made at first use, its key in the data directory readable by the program's user alone. It issues client
/// certificates, whose private keys are handed out once and not kept, and the server's own certificate when none is configured.
/// </summary>
internal static class CertificateAuthority
{
    private const string Folder = "certificates";

    // Two who need it first at the same moment must not make two.
    private static readonly Lock Making = new();

    public static string CertificateFile(DataOptions data) => data.File(Path.Combine(Folder, "authority.pem"));

    private static string KeyFile(DataOptions data) => data.File(Path.Combine(Folder, "authority.key"));

    /// <summary>The certificate of the authority as PEM.</summary>
    public static string Show(DataOptions data, TimeProvider clock)
    {
        using var authority = Open(data, clock);
        return authority.ExportCertificatePem();
    }

    /// <summary>A client certificate with its key, as PEM.</summary>
    public static (string Certificate, string Key) IssueClient(
        DataOptions data,
        X500DistinguishedName subject,
        TimeSpan validity,
        TimeProvider clock
    )
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
        using var signed = Sign(data, request, validity, clock);
        return (signed.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    /// <summary>A server certificate with its key, for host names and addresses.</summary>
    public static X509Certificate2 IssueServer(DataOptions data, IReadOnlyCollection<string> hosts, TimeProvider clock)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(NameOf(hosts.First()), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        var names = new SubjectAlternativeNameBuilder();
        foreach (var host in hosts)
            if (IPAddress.TryParse(host, out var address))
                names.AddIpAddress(address);
            else
                names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        using var signed = Sign(data, request, TimeSpan.FromDays(397), clock);
        using var whole = signed.CopyWithPrivateKey(key);
        // The TLS stack takes keys that were read from a file.
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null);
    }

    private static X500DistinguishedName NameOf(string name)
    {
        var builder = new X500DistinguishedNameBuilder();
        builder.AddCommonName(name);
        return builder.Build();
    }

    private static X509Certificate2 Sign(DataOptions data, CertificateRequest request, TimeSpan validity, TimeProvider clock)
    {
        using var authority = Open(data, clock);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var now = clock.GetUtcNow();
        var until = now + validity;
        return request.Create(
            authority,
            now.AddMinutes(-5),
            until < authority.NotAfter ? until : authority.NotAfter,
            RandomNumberGenerator.GetBytes(16)
        );
    }

    private static X509Certificate2 Open(DataOptions data, TimeProvider clock)
    {
        var (certificate, key) = (CertificateFile(data), KeyFile(data));
        lock (Making)
            if (!File.Exists(certificate) || !File.Exists(key))
                Create(certificate, key, clock);
        return X509Certificate2.CreateFromPemFile(certificate, key);
    }

    private static void Create(string certificateFile, string keyFile, TimeProvider clock)
    {
        var folder = Path.GetDirectoryName(certificateFile)!;
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var request = new CertificateRequest(NameOf("Estafette " + RandomNumberGenerator.GetHexString(8)), key, HashAlgorithmName.SHA384);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true)
        );
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var now = clock.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddMinutes(-5), now.AddYears(20));
        WritePrivate(keyFile, key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(certificateFile, certificate.ExportCertificatePem());
    }

    private static void WritePrivate(string path, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(path, options);
        writer.Write(text);
    }
}
