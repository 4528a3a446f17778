using System.Security.Cryptography.X509Certificates;
using Estafette.Api;
using Estafette.Api.Authentication;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Estafette.Tests.Api.Authentication;

/// <summary>The certificate our own TLS listener shows.</summary>
public sealed class ServerCertificateTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly FakeTimeProvider _clock = new(TimeProvider.System.GetUtcNow());

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Listener_shows_a_certificate_of_our_authority_for_its_names()
    {
        await using var api = await ApiHost.StartAsync(
            settings: [("Api:TlsListen", "127.0.0.1:0"), ("Web:PublicUrl", "https://campagnes.example.org")]
        );
        X509Certificate2? shown = null;
        using var caller = ClientKeys.Caller(
            api.Web.TlsAddress!,
            null,
            seen => shown = X509CertificateLoader.LoadCertificate(seen.RawData)
        );
        (await caller.GetAsync("/health/ready")).EnsureSuccessStatusCode();
        foreach (var host in new[] { "localhost", "127.0.0.1", "::1", "campagnes.example.org" })
            shown!.MatchesHostname(host).ShouldBeTrue(host);
        var data = (DataOptions)api.Web.Services.GetService(typeof(DataOptions))!;
        using var authority = X509Certificate2.CreateFromPem(CertificateAuthority.Show(data, TimeProvider.System));
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.Build(shown!).ShouldBeTrue();
    }

    [Fact]
    public void Issued_certificate_is_renewed_before_it_ends()
    {
        var certificate = Create(new ApiOptions());
        var first = certificate.Current().TargetCertificate;
        certificate.Current().TargetCertificate.ShouldBeSameAs(first);
        _clock.Advance(TimeSpan.FromDays(366));
        certificate.Current().TargetCertificate.ShouldBeSameAs(first);
        _clock.Advance(TimeSpan.FromDays(2));
        var second = certificate.Current().TargetCertificate;
        second.Thumbprint.ShouldNotBe(first.Thumbprint);
        second.NotAfter.ShouldBeGreaterThan(first.NotAfter);
    }

    [Fact]
    public void Changed_file_is_read_again_and_a_broken_one_is_not_shown()
    {
        var options = new ApiOptions { TlsCertificate = _folder.File("server.pem"), TlsKey = _folder.File("server.key") };
        using var first = Write("one");
        var certificate = Create(options);
        certificate.Current().TargetCertificate.Thumbprint.ShouldBe(first.Thumbprint);
        // The certificate alone: it does not fit the key yet.
        using var second = ClientKeys.SelfSigned("second name");
        File.WriteAllText(options.TlsCertificate!, second.ExportCertificatePem());
        certificate.Current().TargetCertificate.Thumbprint.ShouldBe(first.Thumbprint);
        using var third = Write("a third name");
        certificate.Current().TargetCertificate.Thumbprint.ShouldBe(third.Thumbprint);
    }

    [Fact]
    public void File_that_cannot_be_used_at_the_start_names_its_setting()
    {
        var wrong = Should.Throw<InvalidSettingsException>(() =>
            Create(new ApiOptions { TlsCertificate = _folder.File("none.pem") }).Current()
        );
        wrong.Message.ShouldContain("Api:TlsCertificate");
        wrong.Message.ShouldContain("none.pem");
    }

    private ServerCertificate Create(ApiOptions options) =>
        new(
            options,
            new PageAddress("http://localhost:8080"),
            new DataOptions { Directory = _folder.Path },
            _clock,
            NullLogger<ServerCertificate>.Instance
        );

    private X509Certificate2 Write(string name)
    {
        var pair = ClientKeys.SelfSigned(name);
        File.WriteAllText(_folder.File("server.pem"), pair.ExportCertificatePem());
        using var key = pair.GetECDsaPrivateKey()!;
        File.WriteAllText(_folder.File("server.key"), key.ExportPkcs8PrivateKeyPem());
        return pair;
    }
}
