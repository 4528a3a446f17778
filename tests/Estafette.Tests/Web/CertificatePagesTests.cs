using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Testing.Web;
using Estafette.Tests.Api.Authentication;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Web;

[Collection(WebHostGroup.Name)]
public sealed partial class CertificatePagesTests(WebHostFixture web)
{
    private const string Page = "/settings/certificates";

    [Fact]
    public async Task Issued_certificate_is_shown_with_its_key_once_and_can_be_revoked()
    {
        using var owner = await web.SignInAsync(WebHostFixture.Owner);
        using var answer = await owner.PostAsync(
            Page,
            "certificate",
            ("how", "issue"),
            ("name", "Boutique"),
            ("scope", "campaigns:read"),
            ("scope", "campaigns:write"),
            ("days", "90")
        );
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
        var page = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
        var pem = Encoding.ASCII.GetString(Convert.FromBase64String(Download().Match(page).Groups[1].Value));
        using var pair = X509Certificate2.CreateFromPem(pem, pem);
        pair.HasPrivateKey.ShouldBeTrue();
        page.ShouldContain("BEGIN PRIVATE KEY");
        var row = await FindAsync(ClientCertificate.HashOf(pair));
        row!.Name.ShouldBe("Boutique");
        row.Scopes.ShouldBe("campaigns:read campaigns:write");
        (row.NotAfter - row.CreatedAt).TotalDays.ShouldBe(90, 0.1);

        var again = await owner.Http.GetStringAsync(Page);
        again.ShouldNotContain("PRIVATE KEY");
        again.ShouldContain("Boutique");
        using var revoked = await owner.PostAsync(Page, $"revoke-{row.Id}");
        revoked.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await FindAsync(row.KeyHash))!.RevokedAt.ShouldNotBeNull();
        var actions = await ActionsAsync(row.CustomerId);
        actions.ShouldContain("certificate.issued");
        actions.ShouldContain("certificate.revoked");
    }

    [Fact]
    public async Task Pasted_or_uploaded_certificate_is_registered()
    {
        using var owner = await web.SignInAsync(WebHostFixture.Owner);
        using var pasted = ClientKeys.SelfSigned("pasted");
        (await RegisterAsync(owner, pasted.ExportCertificatePem())).ShouldContain("pasted");
        (await FindAsync(ClientCertificate.HashOf(pasted))).ShouldNotBeNull();

        using var uploaded = ClientKeys.SelfSigned("uploaded");
        using var form = new MultipartFormDataContent
        {
            { new StringContent("certificate"), "_handler" },
            { new StringContent(await owner.TokenAsync(Page)), "__RequestVerificationToken" },
            { new StringContent("register"), "how" },
            { new StringContent("Uploaded"), "name" },
            { new StringContent("campaigns:read"), "scope" },
            { new ByteArrayContent(Encoding.ASCII.GetBytes(uploaded.ExportCertificatePem())), "file", "erp.pem" },
        };
        (await owner.Http.PostAsync(Page, form)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await FindAsync(ClientCertificate.HashOf(uploaded)))!.Name.ShouldBe("Uploaded");
    }

    [Fact]
    public async Task Private_key_is_refused_and_not_shown_again()
    {
        using var owner = await web.SignInAsync(WebHostFixture.Owner);
        using var pair = ClientKeys.SelfSigned("leaked");
        using var key = pair.GetECDsaPrivateKey()!;
        var page = await RegisterAsync(owner, pair.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem());
        page.ShouldNotContain("BEGIN PRIVATE KEY");
        page.ShouldContain("id=\"f-pem-error\"");
        (await FindAsync(ClientCertificate.HashOf(pair))).ShouldBeNull();
        (await RegisterAsync(owner, "x")).ShouldContain("id=\"f-pem-error\"");
    }

    [Fact]
    public async Task Certificate_of_another_customer_is_not_shown_and_not_revoked()
    {
        using var owner = await web.SignInAsync(WebHostFixture.Owner);
        using var secret = ClientKeys.SelfSigned("Secret subject");
        await RegisterAsync(owner, secret.ExportCertificatePem());
        var row = (await FindAsync(ClientCertificate.HashOf(secret)))!;
        using var other = await web.SignInAsync(WebHostFixture.Other);
        (await other.Http.GetStringAsync(Page)).ShouldNotContain("Secret subject");
        using var tried = await other.PostAsync(Page, $"revoke-{row.Id}");
        (await FindAsync(row.KeyHash))!.RevokedAt.ShouldBeNull();
    }

    [Fact]
    public async Task Operator_grants_rights_and_an_external_opt_out_needs_somebody_to_ask()
    {
        using var chief = await web.SignInAsync(WebHostFixture.Operator);
        var path = $"/operator/customers/{web.Owned["operator/customers"]}";
        using var refused = await chief.PostAsync(path, "rights", ("opt-out", "1"));
        (await refused.Content.ReadAsStringAsync()).ShouldContain("id=\"f-contact-error\"");
        using var saved = await chief.PostAsync(path, "rights", ("opt-out", "1"), ("attach", "1"), ("contact", "Secrétariat"));
        saved.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        await using var scope = web.Host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var id = new CustomerId(web.Owned["operator/customers"]);
        var customer = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == id);
        (customer.MayAttach, customer.MayOptOutExternally, customer.OptOutContact).ShouldBe((true, true, "Secrétariat"));
        using var withdrawn = await chief.PostAsync(path, "rights");
        withdrawn.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == id)).MayAttach.ShouldBeFalse();
    }

    private static async Task<string> RegisterAsync(WebVisitor visitor, string pem)
    {
        using var answer = await visitor.PostAsync(
            Page,
            "certificate",
            ("how", "register"),
            ("name", "Program"),
            ("scope", "campaigns:read"),
            ("pem", pem)
        );
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return await answer.Content.ReadAsStringAsync();
    }

    private async Task<ClientCertificate?> FindAsync(string hash)
    {
        await using var scope = web.Host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        return await db.Set<ClientCertificate>().AsNoTracking().SingleOrDefaultAsync(c => c.KeyHash == hash);
    }

    private async Task<List<string>> ActionsAsync(CustomerId customer)
    {
        await using var scope = web.Host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        return await db.Of<AuditEntry>(customer).Select(e => e.Action).Distinct().ToListAsync();
    }

    [GeneratedRegex("href=\"data:application/x-pem-file;base64,([^\"]+)\">", RegexOptions.CultureInvariant)]
    private static partial Regex Download();
}
