using System.Net.Http.Headers;
using System.Text.Json;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Testing.Antivirus;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Api.V1;

/// <summary>Files of campaigns over the API (interfaces §1.13).</summary>
public sealed class AttachmentApiTests
{
    [Fact]
    public async Task File_is_added_shown_listed_and_removed()
    {
        await using var api = await StartAsync();
        var path = new Uri((await CampaignAsync(api))["attachments"]!).AbsolutePath;
        (await api.SendAsync("GET", path)).Json.GetArrayLength().ShouldBe(0);

        var added = await UploadAsync(api, path, "Relevé.pdf", "%PDF-1.7"u8.ToArray());
        added.Status.ShouldBe(201, added.Text);
        added.Headers["Location"].ShouldBe(added["url"]);
        added["filename"].ShouldBe("Relevé.pdf");
        added["content_type"].ShouldBe("application/pdf");
        added["size"].ShouldBe("8");
        added.Json.EnumerateObject().Select(p => p.Name).ShouldBe(["url", "id", "filename", "content_type", "size"]);

        (await api.SendAsync("GET", added["url"]!)).Text.ShouldBe(added.Text);
        var list = await api.SendAsync("GET", path);
        list.Headers["X-Total-Count"].ShouldBe("1");
        list.Json[0].GetProperty("id").ToString().ShouldBe(added["id"]);

        (await api.SendAsync("DELETE", added["url"]!)).Status.ShouldBe(204);
        (await api.SendAsync("GET", added["url"]!)).Status.ShouldBe(404);
        (await api.SendAsync("DELETE", added["url"]!)).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Customer_without_the_right_is_refused_and_campaigns_of_others_are_not_there()
    {
        await using var api = await ApiHost.StartAsync();
        var path = new Uri((await CampaignAsync(api))["attachments"]!).AbsolutePath;
        (await UploadAsync(api, path, "a.pdf", [1])).Status.ShouldBe(403);
        (await UploadAsync(api, "/api/v1/campaigns/999999/attachments/", "a.pdf", [1])).Status.ShouldBe(404);
        (await api.SendAsync("GET", "/api/v1/campaigns/999999/attachments/")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Wrong_uploads_say_what_is_wrong_in_the_language_of_the_caller()
    {
        await using var api = await StartAsync();
        var path = new Uri((await CampaignAsync(api))["attachments"]!).AbsolutePath;
        (await api.SendAsync("POST", path, "{}", "application/json")).Status.ShouldBe(415);
        FaultOf(await UploadAsync(api, path, "a.pdf", [1], field: "other")).ShouldNotBeEmpty();
        FaultOf(await UploadAsync(api, path, "big.bin", new byte[2_097_153])).ShouldContain("2,1");
        (await UploadAsync(api, path, "fits.bin", new byte[2_097_152])).Status.ShouldBe(201);
        FaultOf(await UploadAsync(api, path, "fits.bin", [1])).ShouldContain("fits.bin");
        api.Http.DefaultRequestHeaders.AcceptLanguage.ParseAdd("en");
        FaultOf(await UploadAsync(api, path, "run.exe", [1])).ShouldContain("is a program");
        (await UploadAsync(api, path, "huge.bin", new byte[11 * 1024 * 1024])).Status.ShouldBe(413);
        (await api.SendAsync("POST", path, "--x\r\nno form", "multipart/form-data; boundary=x")).Status.ShouldBe(400);
        (await api.SendAsync("POST", path, "nothing", "multipart/form-data")).Status.ShouldBe(400);
    }

    [Fact]
    public async Task Antivirus_names_what_it_found_and_its_silence_is_a_refusal()
    {
        var clamd = FakeClamd.Finding("EVIL", "Win.Test.Evil");
        await using var api = await StartAsync(("Antivirus:Clamd", $"127.0.0.1:{clamd.Port}"));
        var path = new Uri((await CampaignAsync(api))["attachments"]!).AbsolutePath;
        FaultOf(await UploadAsync(api, path, "a.pdf", "so EVIL"u8.ToArray())).ShouldContain("Win.Test.Evil");
        (await UploadAsync(api, path, "a.pdf", "so good"u8.ToArray())).Status.ShouldBe(201);
        await clamd.DisposeAsync();
        FaultOf(await UploadAsync(api, path, "b.pdf", "so good"u8.ToArray())).ShouldContain("antivirus");
    }

    private static async Task<ApiHost> StartAsync(params (string Key, string Value)[] settings)
    {
        var api = await ApiHost.StartAsync(settings: settings);
        await using var scope = api.Web.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        await OperateCustomers.GrantAsync(
            new Actor(api.Customer, "test"),
            api.Customer,
            new CustomerRights(true, false, null),
            db,
            TimeProvider.System,
            default
        );
        return api;
    }

    private static async Task<ApiAnswer> CampaignAsync(ApiHost api) => await api.SendAsync("GET", await api.CampaignAsync());

    private static string FaultOf(ApiAnswer answer)
    {
        answer.Status.ShouldBe(400, answer.Text);
        return answer.Json.GetProperty("file")[0].GetString()!;
    }

    private static async Task<ApiAnswer> UploadAsync(ApiHost api, string path, string name, byte[] bytes, string field = "file")
    {
        using var file = new ByteArrayContent(bytes);
        file.Headers.ContentType = new MediaTypeHeaderValue("application/pdf");
        using var form = new MultipartFormDataContent { { file, field, name } };
        using var answer = await api.Http.PostAsync(path, form);
        var text = await answer.Content.ReadAsStringAsync();
        return new ApiAnswer(
            (int)answer.StatusCode,
            JsonDocument.Parse(text).RootElement.Clone(),
            text,
            answer
                .Headers.Concat(answer.Content.Headers)
                .ToDictionary(h => h.Key, h => string.Join(", ", h.Value), StringComparer.OrdinalIgnoreCase)
        );
    }
}
