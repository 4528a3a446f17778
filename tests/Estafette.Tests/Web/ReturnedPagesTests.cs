using System.Net;
using System.Text;
using Estafette.Testing;
using Estafette.Testing.Web;

namespace Estafette.Tests.Web;

/// <summary>Mail that came back, and addresses that get nothing more, as people see and steer them.</summary>
[Collection(WebHostGroup.Name)]
public sealed class ReturnedPagesTests(WebHostFixture web)
{
    private static async Task<string> ReadAsync(WebVisitor visitor, string path)
    {
        using var answer = await visitor.GetAsync(path);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, path);
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Returned_mail_is_found_shown_and_downloaded_by_its_owner_and_nobodys_by_operators()
    {
        using var owner = await web.SignInAsync(WebHostFixture.Owner);
        var (mine, nobodys) = (web.Owned["returned"], web.Owned["operator/returned"]);
        (await ReadAsync(owner, "/returned?kind=Bounce&q=A%40EXAMPLE")).ShouldContain($"/returned/{mine}\"");
        (await ReadAsync(owner, "/returned?kind=Complaint")).ShouldNotContain($"/returned/{mine}\"");
        (await ReadAsync(owner, "/returned?q=somebody-else")).ShouldNotContain($"/returned/{mine}\"");
        var page = await ReadAsync(owner, $"/returned/{mine}");
        page.ShouldContain("/deliveries/900001");
        page.ShouldMatch("<pre class=\"code\"[^>]*>text");
        (await ReadAsync(owner, $"/returned/{mine}?view=headers")).ShouldContain("<code>back</code>");
        (await ReadAsync(owner, $"/returned/{mine}?view=source")).ShouldContain("Subject: back");
        (await ReadAsync(owner, $"/returned/{mine}/source.eml")).ShouldBe("From: a@r.test\r\nSubject: back\r\n\r\ntext\r\n");
        (await ReadAsync(owner, "/returned/export?format=csv")).ShouldContain("a@example.test");
        using (var foreign = await owner.GetAsync($"/returned/{nobodys}"))
            foreign.StatusCode.ShouldBe(HttpStatusCode.NotFound);

        using var chief = await web.SignInAsync(WebHostFixture.Operator);
        (await ReadAsync(chief, "/operator/returned")).ShouldContain($"/operator/returned/{nobodys}\"");
        (await ReadAsync(chief, $"/operator/returned/{nobodys}?view=source")).ShouldContain("Subject: back");
        using (var customers = await chief.GetAsync($"/operator/returned/{mine}"))
            customers.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Addresses_are_pasted_and_uploaded_and_taken_off_with_a_reason_by_administrators()
    {
        using var owner = await web.SignInAsync(WebHostFixture.Owner);
        using var pasted = await owner.PostAsync(
            "/suppressions/add",
            "paste",
            ("addresses", "pasted@example.test\nnonsense"),
            ("reason", "Manual"),
            ("note", "a note")
        );
        var first = pasted.Headers.Location!.ToString();
        first.ShouldContain("/suppressions/imports/");
        await Eventually.TrueAsync(async () =>
            (await ReadAsync(owner, new Uri(owner.Http.BaseAddress!, first).PathAndQuery)).Contains("nonsense")
        );

        owner.Http.DefaultRequestHeaders.Add("HX-Request", "true");
        using (var followed = await owner.GetAsync(new Uri(owner.Http.BaseAddress!, first).PathAndQuery))
            followed.Headers.GetValues("HX-Refresh").ShouldBe(["true"]);
        owner.Http.DefaultRequestHeaders.Remove("HX-Request");

        using var file = new ByteArrayContent(Encoding.UTF8.GetBytes("Nom;Courriel\nA;uploaded@example.test\n"));
        using var form = new MultipartFormDataContent
        {
            { new StringContent(await owner.TokenAsync("/suppressions/add")), "__RequestVerificationToken" },
            { new StringContent("Manual"), "file-reason" },
            { new StringContent("provider"), "file-note" },
            { file, "file", "list.csv" },
        };
        using var uploaded = await owner.Http.PostAsync("/suppressions/upload", form, TestContext.Current.CancellationToken);
        uploaded.Headers.Location!.ToString().ShouldContain("/suppressions/imports/");
        await Eventually.TrueAsync(async () => (await ReadAsync(owner, "/suppressions?q=uploaded")).Contains("list.csv: provider"));

        using var forged = new MultipartFormDataContent { { new ByteArrayContent([65]), "file", "list.csv" } };
        using var refused = await owner.Http.PostAsync("/suppressions/upload", forged, TestContext.Current.CancellationToken);
        refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);

        var page = await ReadAsync(owner, "/suppressions?q=uploaded");
        var start = page.IndexOf("href=\"/suppressions/", page.IndexOf("<tbody", StringComparison.Ordinal), StringComparison.Ordinal) + 6;
        var one = page[start..page.IndexOf('"', start)];
        using (var without = await owner.PostAsync(one, "remove", ("why", " ")))
            (await without.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("invalid-feedback");
        using (var removed = await owner.PostAsync(one, "remove", ("why", "agreed again")))
            removed.Headers.Location!.ToString().ShouldContain("/suppressions?removed=1");
        (await ReadAsync(owner, "/suppressions?q=uploaded")).ShouldNotContain("list.csv: provider");
    }
}
