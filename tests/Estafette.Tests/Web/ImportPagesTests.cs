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
