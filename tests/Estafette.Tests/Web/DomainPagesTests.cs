using System.Net;
using Estafette.Core.Accounts;
using Estafette.Tests.Deliverability.Dmarc;

namespace Estafette.Tests.Web;

[Collection(WebHostGroup.Name)]
public sealed class DomainPagesTests(WebHostFixture web)
{
    [Fact]
    public async Task Domain_is_added_gets_a_new_key_a_report_and_goes_again()
    {
        using var owner = await web.SignInAsync(WebHostFixture.Owner);
        using var wrong = await owner.PostAsync("/domains", "domain", ("Domain", "localhost"));
        wrong.StatusCode.ShouldBe(HttpStatusCode.OK);
        using var added = await owner.PostAsync("/domains", "domain", ("Domain", "pages.example.com"));
        var path = Target(added);
        path.ShouldStartWith("/domains/");
        var page = await owner.Http.GetStringAsync(path);
        foreach (var text in new[] { "_domainkey.pages.example.com", "v=spf1 ", "v=DMARC1; p=none", "data-copy-text" })
            page.ShouldContain(text);
        (await owner.Http.GetStringAsync("/domains")).ShouldContain(path);
        foreach (var form in new[] { "rotate", "switch", "rotate" })
            Target(await owner.PostAsync(path, form)).ShouldStartWith(path + "?told=");
        (await owner.Http.GetStringAsync(path)).ShouldContain("drop-next");
        foreach (var form in new[] { "use-next", "rotate", "drop-next" })
            Target(await owner.PostAsync(path, form)).ShouldStartWith(path + "?told=", customMessage: form);
        var report = ImportDmarcReportTests.Report(TimeProvider.System.GetUtcNow().AddDays(-1), domain: "pages.example.com");
        Target(await UploadAsync(owner, path, report)).ShouldBe(path + "?told=imported");
        Target(await UploadAsync(owner, path, report)).ShouldBe(path + "?told=known");
        using (var refused = await UploadAsync(owner, path, "nothing"u8.ToArray()))
            refused.StatusCode.ShouldBe(HttpStatusCode.OK);
        page = await owner.Http.GetStringAsync(path);
        foreach (var text in new[] { "203.0.113.7", "receiver.example", "data-island=\"chart\"" })
            page.ShouldContain(text);
        Target(await owner.PostAsync(path, "delete")).ShouldBe("/domains");
        (await owner.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Reader_sees_the_records_and_nothing_to_press()
    {
        using var reader = await web.SignInAsync(WebHostFixture.Of(UserRole.Reader));
        var page = await reader.Http.GetStringAsync($"/domains/{web.Owned["domains"]}");
        page.ShouldContain("_domainkey.owner.test");
        page.ShouldNotContain("value=\"rotate\"");
    }

    [Fact]
    public async Task Banner_says_on_every_page_that_checks_are_off()
    {
        using var owner = await web.SignInAsync(WebHostFixture.Owner);
        (await owner.Http.GetStringAsync("/contacts")).ShouldNotContain("Dns:BypassChecks");
        await using var api = await Api.ApiHost.StartAsync();
        using var visitor = api.Web.Visit();
        await api.Web.AddUserAsync(api.Customer, "banner@example.test", UserRole.Reader, WebHostFixture.Password);
        (await visitor.SignInAsync("banner@example.test", WebHostFixture.Password)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        foreach (var path in new[] { "/contacts", "/domains" })
            (await visitor.Http.GetStringAsync(path)).ShouldContain("Dns:BypassChecks");
    }

    private static async Task<HttpResponseMessage> UploadAsync(Estafette.Testing.Web.WebVisitor visitor, string path, byte[] file)
    {
        using var content = new MultipartFormDataContent
        {
            { new StringContent("report"), "_handler" },
            { new StringContent(await visitor.TokenAsync(path)), "__RequestVerificationToken" },
            { new ByteArrayContent(file), "File", "report.xml" },
        };
        return await visitor.Http.PostAsync(path, content);
    }

    private static string Target(HttpResponseMessage answer)
    {
        using (answer)
        {
            answer.StatusCode.ShouldBe(HttpStatusCode.Redirect);
            var target = answer.Headers.Location!;
            return target.IsAbsoluteUri ? target.PathAndQuery : target.OriginalString;
        }
    }
}
