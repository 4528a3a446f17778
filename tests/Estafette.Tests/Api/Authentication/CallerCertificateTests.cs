using System.Security.Cryptography.X509Certificates;
using Estafette.Api.Authentication;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Api.Authentication;

/// <summary>Programs that prove who they are by certificate, over a TLS connection to the whole server (interfaces §1.2, vector 8).</summary>
public sealed class CallerCertificateTests
{
    private const string Path = "/api/v1/";

    [Fact]
    public async Task Certificate_counts_from_its_registration_to_its_revocation()
    {
        await using var api = await StartAsync();
        using var certificate = ClientKeys.SelfSigned("erp");
        using var caller = ClientKeys.Caller(api.Web.TlsAddress!, certificate);

        var unknown = await ApiHost.SendAsync(caller, "GET", Path);
        unknown.Status.ShouldBe(401);
        unknown.Headers["WWW-Authenticate"].ShouldStartWith("Basic realm=\"api\"");

        var row = await RegisterAsync(api, certificate);
        var known = await ApiHost.SendAsync(caller, "GET", Path);
        known.Status.ShouldBe(200, known.Text);
        known["customer"].ShouldEndWith($"/customers/{api.Customer}/");

        await UseAsync(api, db => ClientCertificates.RevokeAsync(ActorOf(api), row.Id, db, TimeProvider.System, default));
        (await ApiHost.SendAsync(caller, "GET", Path)).Status.ShouldBe(
            401,
            "the connection is the same, the certificate is not good any more"
        );
    }

    [Fact]
    public async Task Two_certificates_of_one_program_work_while_they_are_exchanged()
    {
        await using var api = await StartAsync();
        using var old = ClientKeys.SelfSigned("erp");
        using var next = ClientKeys.SelfSigned("erp");
        var first = await RegisterAsync(api, old);
        await RegisterAsync(api, next);
        using var before = ClientKeys.Caller(api.Web.TlsAddress!, old);
        using var after = ClientKeys.Caller(api.Web.TlsAddress!, next);
        (await ApiHost.SendAsync(before, "GET", Path)).Status.ShouldBe(200);
        (await ApiHost.SendAsync(after, "GET", Path)).Status.ShouldBe(200);
        await UseAsync(api, db => ClientCertificates.RevokeAsync(ActorOf(api), first.Id, db, TimeProvider.System, default));
        (await ApiHost.SendAsync(before, "GET", Path)).Status.ShouldBe(401);
        (await ApiHost.SendAsync(after, "GET", Path)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Scopes_of_the_certificate_hold()
    {
        await using var api = await StartAsync();
        using var certificate = ClientKeys.SelfSigned("reader");
        await RegisterAsync(api, certificate, [ApiScopes.CampaignsRead]);
        using var caller = ClientKeys.Caller(api.Web.TlsAddress!, certificate);
        (await ApiHost.SendAsync(caller, "GET", "/api/v1/campaigns/")).Status.ShouldBe(200);
        (await ApiHost.SendAsync(caller, "POST", "/api/v1/campaigns/", "{}")).Status.ShouldBe(403);
    }

    [Fact]
    public async Task Certificate_outside_its_dates_is_refused()
    {
        await using var api = await StartAsync();
        var now = TimeProvider.System.GetUtcNow();
        using var expired = ClientKeys.SelfSigned("old", now.AddDays(-9), now.AddDays(-1));
        using var early = ClientKeys.SelfSigned("new", now.AddDays(1), now.AddDays(9));
        (await TryRegisterAsync(api, expired)).Wrong.ShouldBe(["expired"]);
        await UseAsync(
            api,
            async db =>
            {
                // Registered while it was valid.
                db.Add(
                    new ClientCertificate
                    {
                        CustomerId = api.Customer,
                        Name = "old",
                        KeyHash = ClientCertificate.HashOf(expired),
                        Subject = expired.Subject,
                        NotBefore = now.AddDays(-9),
                        NotAfter = now.AddDays(-1),
                        Scopes = "campaigns:read",
                        CreatedAt = now.AddDays(-9),
                    }
                );
                return await db.SaveChangesAsync();
            }
        );
        await RegisterAsync(api, early);
        foreach (var certificate in (X509Certificate2[])[expired, early])
        {
            using var caller = ClientKeys.Caller(api.Web.TlsAddress!, certificate);
            (await ApiHost.SendAsync(caller, "GET", Path)).Status.ShouldBe(401, certificate.Subject);
        }
    }

    [Fact]
    public async Task Browser_without_certificate_and_program_with_a_key_come_in_too()
    {
        await using var api = await StartAsync();
        using var browser = ClientKeys.Caller(api.Web.TlsAddress!, null);
        (await browser.GetAsync("/sign-in")).StatusCode.ShouldBe(System.Net.HttpStatusCode.OK);
        (await ApiHost.SendAsync(browser, "GET", Path)).Status.ShouldBe(401);
        browser.DefaultRequestHeaders.Authorization = api.Http.DefaultRequestHeaders.Authorization;
        (await ApiHost.SendAsync(browser, "GET", Path)).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("127.0.0.0/8;::1", 200)]
    [InlineData("192.0.2.1", 401)]
    public async Task Header_counts_from_a_trusted_proxy_alone(string proxies, int status)
    {
        await using var api = await ApiHost.StartAsync(
            settings: [("Api:CertificateHeader", "X-Client-Certificate"), ("Web:TrustedProxies", proxies)]
        );
        using var certificate = ClientKeys.SelfSigned("erp");
        await RegisterAsync(api, certificate);
        using var caller = api.Client(null);
        caller.DefaultRequestHeaders.Add("X-Client-Certificate", Uri.EscapeDataString(certificate.ExportCertificatePem()));
        // Whom the proxy forwards for does not matter: the header is the proxy's.
        caller.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.9");
        (await ApiHost.SendAsync(caller, "GET", Path)).Status.ShouldBe(status);
        caller.DefaultRequestHeaders.Remove("X-Client-Certificate");
        caller.DefaultRequestHeaders.Add("X-Client-Certificate", "nothing like a certificate");
        (await ApiHost.SendAsync(caller, "GET", Path)).Status.ShouldBe(401);
    }

    [Fact]
    public async Task Header_without_the_setting_is_nothing()
    {
        await using var api = await ApiHost.StartAsync();
        using var certificate = ClientKeys.SelfSigned("erp");
        await RegisterAsync(api, certificate);
        using var caller = api.Client(null);
        caller.DefaultRequestHeaders.Add("X-Client-Certificate", Uri.EscapeDataString(certificate.ExportCertificatePem()));
        (await ApiHost.SendAsync(caller, "GET", Path)).Status.ShouldBe(401);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("203.0.113.9", false)]
    public void Header_of_a_stranger_is_taken_out_of_the_request(string peer, bool stays)
    {
        var options = new Estafette.Api.ApiOptions { CertificateHeader = "X-Client-Certificate" };
        var certificates = new CallerCertificates(options, new Estafette.Cli.WebOptions(), new DataOptions(), TimeProvider.System);
        var http = new Microsoft.AspNetCore.Http.DefaultHttpContext();
        http.Features.Set(new PeerAddress(System.Net.IPAddress.Parse(peer)));
        // What forwarded headers say does not count.
        http.Connection.RemoteIpAddress = System.Net.IPAddress.Loopback;
        http.Request.Headers["x-client-certificate"] = "x";
        certificates.RemoveForeignHeader(http);
        http.Request.Headers.ContainsKey("X-Client-Certificate").ShouldBe(stays);
    }

    [Fact]
    public async Task By_authority_a_subject_is_known_and_keys_may_change()
    {
        using var folder = new TemporaryDirectory();
        using var authority = ClientKeys.Authority("Trusted");
        using var stranger = ClientKeys.Authority("Stranger");
        await File.WriteAllTextAsync(folder.File("ca.pem"), authority.ExportCertificatePem());
        await using var api = await StartAsync(("Api:CertificateTrust", "ca"), ("Api:CertificateAuthorities", folder.File("ca.pem")));
        using var first = ClientKeys.Issued(authority, "erp");
        using var second = ClientKeys.Issued(authority, "erp");
        using var other = ClientKeys.Issued(authority, "shop");
        using var forged = ClientKeys.Issued(stranger, "erp");
        using var own = ClientKeys.SelfSigned("erp");

        (await TryRegisterAsync(api, forged)).Wrong.ShouldBe(["authority"]);
        (await TryRegisterAsync(api, own)).Wrong.ShouldBe(["authority"]);
        var row = await RegisterAsync(api, first);

        (await StatusOfAsync(api, first)).ShouldBe(200);
        (await StatusOfAsync(api, second)).ShouldBe(200, "another key for the registered subject");
        (await StatusOfAsync(api, other)).ShouldBe(401, "a subject that nobody registered");
        (await StatusOfAsync(api, forged)).ShouldBe(401, "another authority");
        (await StatusOfAsync(api, own)).ShouldBe(401, "its own authority");

        await UseAsync(api, db => ClientCertificates.RevokeAsync(ActorOf(api), row.Id, db, TimeProvider.System, default));
        (await StatusOfAsync(api, first)).ShouldBe(401);
        (await StatusOfAsync(api, second)).ShouldBe(401);
    }

    [Fact]
    public async Task By_authority_behind_a_proxy_an_authority_of_our_own_is_not_needed()
    {
        using var folder = new TemporaryDirectory();
        using var authority = ClientKeys.Authority("Trusted");
        await File.WriteAllTextAsync(folder.File("ca.pem"), authority.ExportCertificatePem());
        await using var api = await ApiHost.StartAsync(
            settings:
            [
                ("Api:CertificateHeader", "X-Client-Certificate"),
                ("Api:CertificateTrust", "ca"),
                ("Api:CertificateAuthorities", folder.File("ca.pem")),
            ]
        );
        using var certificate = ClientKeys.Issued(authority, "erp");
        using var own = ClientKeys.SelfSigned("erp");
        await RegisterAsync(api, certificate);
        foreach (var (shown, status) in new[] { (certificate, 200), (own, 401) })
        {
            using var caller = api.Client(null);
            caller.DefaultRequestHeaders.Add("X-Client-Certificate", Uri.EscapeDataString(shown.ExportCertificatePem()));
            (await ApiHost.SendAsync(caller, "GET", Path)).Status.ShouldBe(status);
        }
    }

    [Fact]
    public async Task By_authority_no_customer_takes_the_subject_of_another()
    {
        await using var api = await StartAsync(("Api:CertificateTrust", "Ca"));
        var certificates = api.Web.Services.GetRequiredService<CallerCertificates>();
        var data = api.Web.Services.GetRequiredService<DataOptions>();
        var issued = await UseAsync(
            api,
            db =>
                IssueCertificate.RunAsync(
                    ActorOf(api),
                    new NewIssue("erp", 30, ApiScopes.All),
                    certificates,
                    data,
                    db,
                    TimeProvider.System,
                    default
                )
        );
        issued.Wrong.ShouldBeEmpty();
        using var certificate = X509Certificate2.CreateFromPem(issued.Certificate, issued.Key);
        (await StatusOfAsync(api, certificate)).ShouldBe(200);

        // The same subject from the same authority, with the key of somebody else.
        var again = CertificateAuthority.IssueClient(data, certificate.SubjectName, TimeSpan.FromDays(9), TimeProvider.System);
        var refused = await UseAsync(
            api,
            async db =>
            {
                var second = await CreateCustomer.RunAsync(new NewCustomer { Name = "Second" }, db, TimeProvider.System, default);
                return await ClientCertificates.RegisterAsync(
                    new Actor(second, "test"),
                    new NewClientCertificate("erp", again.Certificate, ApiScopes.All) { IsTrusted = certificates.Rule },
                    db,
                    TimeProvider.System,
                    default
                );
            }
        );
        refused.Wrong.ShouldBe(["subject"]);
    }

    [Fact]
    public async Task Wrong_registration_says_what_is_wrong()
    {
        await using var api = await StartAsync();
        using var certificate = ClientKeys.SelfSigned("erp");
        await RegisterAsync(api, certificate);
        (await TryRegisterAsync(api, certificate)).Wrong.ShouldBe(["taken"]);
        (await TryRegisterAsync(api, "not a certificate")).Wrong.ShouldBe(["pem"]);
        using var key = certificate.GetECDsaPrivateKey()!;
        (await TryRegisterAsync(api, certificate.ExportCertificatePem() + key.ExportPkcs8PrivateKeyPem())).Wrong.ShouldBe(["key"]);
    }

    private static Task<ApiHost> StartAsync(params (string Key, string Value)[] settings) =>
        ApiHost.StartAsync(settings: [("Api:TlsListen", "127.0.0.1:0"), .. settings]);

    private static async Task<int> StatusOfAsync(ApiHost api, X509Certificate2 certificate)
    {
        using var caller = ClientKeys.Caller(api.Web.TlsAddress!, certificate);
        return (await ApiHost.SendAsync(caller, "GET", Path)).Status;
    }

    private static Actor ActorOf(ApiHost api) => new(api.Customer, "test");

    private static async Task<ClientCertificate> RegisterAsync(
        ApiHost api,
        X509Certificate2 certificate,
        IReadOnlyCollection<string>? scopes = null
    )
    {
        var registered = await TryRegisterAsync(api, certificate.ExportCertificatePem(), scopes);
        registered.Wrong.ShouldBeEmpty();
        return registered.Certificate!;
    }

    private static Task<RegisteredCertificate> TryRegisterAsync(ApiHost api, X509Certificate2 certificate) =>
        TryRegisterAsync(api, certificate.ExportCertificatePem());

    private static Task<RegisteredCertificate> TryRegisterAsync(ApiHost api, string pem, IReadOnlyCollection<string>? scopes = null) =>
        UseAsync(
            api,
            db =>
                ClientCertificates.RegisterAsync(
                    ActorOf(api),
                    new NewClientCertificate("Test", pem, scopes ?? ApiScopes.All)
                    {
                        IsTrusted = api.Web.Services.GetRequiredService<CallerCertificates>().Rule,
                    },
                    db,
                    TimeProvider.System,
                    default
                )
        );

    private static async Task<T> UseAsync<T>(ApiHost api, Func<EstafetteDb, Task<T>> use)
    {
        await using var scope = api.Web.Services.CreateAsyncScope();
        return await use(scope.ServiceProvider.GetRequiredService<EstafetteDb>());
    }
}
