using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Estafette.Tests.Web;

[Collection(WebHostGroup.Name)]
public sealed class ImportPagesTests(WebHostFixture web)
{
    [Fact]
    public async Task Uploaded_file_is_shown_before_anything_is_imported()
    {
        using var visitor = await web.SignInAsync(WebHostFixture.Owner);
        using var uploaded = await UploadAsync(visitor, await visitor.TokenAsync("/imports/new"), "Prénom;Adresse\nZoé;zoe@example.test\n");
        uploaded.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        var page = await visitor.Http.GetStringAsync(uploaded.Headers.Location);
        page.ShouldContain("zoe@example.test");
        var id = uploaded.Headers.Location!.ToString().Split('/')[2];
        (await visitor.Http.GetStringAsync($"/imports/{id}/columns")).ShouldContain("name=\"source-1\" value=\"Adresse\"");
        using var draft = await visitor.GetAsync($"/imports/{id}");
        draft.Headers.Location!.ToString().ShouldEndWith($"/imports/{id}/format");
    }

    [Fact]
    public async Task Upload_with_a_wrong_token_is_refused()
    {
        using var visitor = await web.SignInAsync(WebHostFixture.Owner);
        using var refused = await UploadAsync(visitor, "wrong", "a@example.test\n");
        refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Followed_import_that_has_ended_has_its_page_loaded_again()
    {
        using var visitor = await web.SignInAsync(WebHostFixture.Owner);
        var path = $"/imports/{web.Owned["imports"]}";
        using var whole = await visitor.GetAsync(path);
        whole.Headers.Contains("HX-Refresh").ShouldBeFalse();
        visitor.Http.DefaultRequestHeaders.Add("HX-Request", "true");
        using var followed = await visitor.GetAsync(path);
        followed.Headers.GetValues("HX-Refresh").ShouldBe(["true"]);
    }

    [Fact]
    public async Task Upload_without_a_file_asks_for_one()
    {
        using var visitor = await web.SignInAsync(WebHostFixture.Owner);
        using var form = new MultipartFormDataContent
        {
            { new StringContent(await visitor.TokenAsync("/imports/new")), "__RequestVerificationToken" },
        };
        using var answer = await visitor.Http.PostAsync("/imports/upload", form);
        answer.Headers.Location!.ToString().ShouldBe("/imports/new?error=empty");
    }

    [Fact]
    public async Task Review_asks_for_the_steps_before_it_in_their_order()
    {
        using var visitor = await web.SignInAsync(WebHostFixture.Owner);
        var token = await visitor.TokenAsync("/imports/new");
        using var binary = await UploadAsync(visitor, token, "email\0\0\u0001\u0002 nothing");
        (await ReviewOfAsync(visitor, binary)).ShouldEndWith("/format");

        using var uploaded = await UploadAsync(visitor, token, "Prénom;Adresse\nZoé;zoe@example.test\n");
        var draft = uploaded.Headers.Location!.ToString().Replace("/format", "");
        (await ReviewOfAsync(visitor, uploaded)).ShouldBe($"{draft}/columns");
        using var unaddressed = await visitor.PostAsync(
            $"{draft}/columns",
            "columns",
            ("source-0", "Prénom"),
            ("field-0", "FirstName"),
            ("source-1", "Adresse"),
            ("field-1", "Ignored"),
            ("do", "next")
        );
        unaddressed.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await ReviewOfAsync(visitor, uploaded)).ShouldBe($"{draft}/columns");
        using var mapped = await visitor.PostAsync(
            $"{draft}/columns",
            "columns",
            ("source-0", "Prénom"),
            ("field-0", "FirstName"),
            ("source-1", "Adresse"),
            ("field-1", "Email"),
            ("do", "next")
        );
        mapped.Headers.Location!.ToString().ShouldEndWith($"{draft}/consent");
        (await ReviewOfAsync(visitor, uploaded)).ShouldBe($"{draft}/consent");
        using var unfounded = await visitor.PostAsync($"{draft}/consent", "consent", ("provenance", " "), ("legalBasis", "because"));
        unfounded.StatusCode.ShouldBe(HttpStatusCode.OK);
        using var founded = await visitor.PostAsync($"{draft}/consent", "consent", ("provenance", "Salon"), ("legalBasis", "customers"));
        founded.Headers.Location!.ToString().ShouldEndWith($"{draft}/review");
        using var review = await visitor.GetAsync($"{draft}/review");
        review.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("error=xls-old&file=clients.xls", "clients.xls")]
    [InlineData("error=empty&file=clients.csv", "clients.csv")]
    [InlineData("error=xlsx-broken&file=clients.xlsx", "clients.xlsx")]
    [InlineData("error=xlsx-nonsense&file=told", null)]
    [InlineData("error=contacts-limit&file=told", null)]
    [InlineData("error=empty", null)]
    public async Task Refusal_in_the_address_is_told_when_it_is_one_of_an_upload(string query, string? named)
    {
        using var visitor = await web.SignInAsync(WebHostFixture.Owner);
        var page = WebUtility.HtmlDecode(await visitor.Http.GetStringAsync($"/imports/new?{query}"));
        page.ShouldContain(
            named is null ? "<div class=\"alert alert-danger\" role=\"alert\">Choisissez un fichier." : $"«\u00a0{named}\u00a0»"
        );
        page.ShouldNotContain("«\u00a0told");
    }

    private static async Task<string> ReviewOfAsync(Testing.Web.WebVisitor visitor, HttpResponseMessage upload)
    {
        using var review = await visitor.GetAsync(upload.Headers.Location!.ToString().Replace("/format", "/review"));
        return new Uri(new Uri("http://local"), review.Headers.Location!.ToString()).AbsolutePath;
    }

    private static async Task<HttpResponseMessage> UploadAsync(Testing.Web.WebVisitor visitor, string token, string text)
    {
        using var file = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
        file.Headers.ContentType = new MediaTypeHeaderValue("text/csv");
        using var form = new MultipartFormDataContent
        {
            { new StringContent(token), "__RequestVerificationToken" },
            { file, "file", "contacts.csv" },
        };
        return await visitor.Http.PostAsync("/imports/upload", form);
    }
}
