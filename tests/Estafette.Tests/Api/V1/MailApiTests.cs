using System.Text.Json;
using Estafette.Core.Platform;

namespace Estafette.Tests.Api.V1;

public sealed class MailApiTests
{
    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Batch_with_trailing_comma_is_stored_and_listed_in_order_as_unknown(DatabaseKind kind)
    {
        await using var api = await ApiHost.StartAsync(kind);
        var path = await api.CampaignAsync() + "mails/";
        var added = await api.SendAsync(
            "POST",
            path,
            """
            [
                {"to" : "john@domaine.example"},
                {"to" : "jane@domaine.example", "properties": {"prenom": "Jane", "n": 3}, "source_type": "crm-row", "source_ref": "77"},
                {"to" : "fox@autredomaine.example"},
            ]
            """
        );
        added.Status.ShouldBe(201, added.Text);
        added.Json.GetArrayLength().ShouldBe(3);
        var list = await api.SendAsync("GET", path);
        list.Headers["X-Total-Count"].ShouldBe("3");
        list.Json.EnumerateArray()
            .Select(m => m.GetProperty("to").GetString())
            .ShouldBe(["john@domaine.example", "jane@domaine.example", "fox@autredomaine.example"]);
        list.Json.EnumerateArray()
            .Select(m => m.GetProperty("last_status").GetProperty("status").GetString())
            .ShouldAllBe(s => s == "unknown");
        (await api.SendAsync("GET", list.Json[1].GetProperty("url").GetString()!))["to"].ShouldBe("jane@domaine.example");
        (await api.SendAsync("DELETE", list.Json[1].GetProperty("url").GetString()!)).Status.ShouldBe(204);
        (await api.SendAsync("GET", path)).Json.GetArrayLength().ShouldBe(2);
    }

    [Fact]
    public async Task Bad_address_is_refused_in_french_and_one_of_three_refuses_the_batch_unless_parts_are_asked_for()
    {
        await using var api = await ApiHost.StartAsync();
        var path = await api.CampaignAsync() + "mails/";
        var one = await api.SendAsync("POST", path, """{"to" : "jenesuispasunemail"}""");
        one.Status.ShouldBe(400);
        one.Json.GetProperty("to").EnumerateArray().Select(t => t.GetString()).ShouldBe(["Saisissez une adresse de courriel valide."]);
        const string Batch = """[{"to":"a@domaine.example"},{"to":"not-an-address"},{"to":"b@domaine.example"}]""";
        var all = await api.SendAsync("POST", path, Batch);
        all.Status.ShouldBe(400);
        all.Json.EnumerateArray().Select(i => i.EnumerateObject().Count()).ShouldBe([0, 1, 0]);
        (await api.SendAsync("GET", path)).Headers["X-Total-Count"].ShouldBe("0");
        var part = await api.SendAsync("POST", path + "?partial=true", Batch);
        (part.Status, part["success_count"]).ShouldBe((201, "2"));
        part.Json.GetProperty("failed").GetProperty("not-an-address").GetProperty("to").GetArrayLength().ShouldBe(1);
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Same_address_in_a_batch_is_kept_once_and_one_that_is_there_is_refused(DatabaseKind kind)
    {
        await using var api = await ApiHost.StartAsync(kind);
        var path = await api.CampaignAsync() + "mails/";
        (await api.SendAsync("POST", path, """[{"to":"A@Domaine.example"},{"to":"a@domaine.example"}]"""))
            .Json.GetArrayLength()
            .ShouldBe(1);
        (await api.SendAsync("POST", path, """{"to":"a@DOMAINE.example"}""")).Json.TryGetProperty("to", out _).ShouldBeTrue();
        (await api.SendAsync("POST", path, """[{"to":"new@domaine.example"},{"to":"a@domaine.example"}]""")).Status.ShouldBe(400);
        (await api.SendAsync("GET", path)).Headers["X-Total-Count"].ShouldBe("1");
        var part = await api.SendAsync(
            "POST",
            path + "?partial=true",
            """[{"to":"new@domaine.example"},{"to":"a@domaine.example"},{"to":"NEW@domaine.example"}]"""
        );
        part["success_count"].ShouldBe("1");
        part.Json.GetProperty("failed").EnumerateObject().Select(f => f.Name).ShouldBe(["a@domaine.example"]);
        part.Json.GetProperty("duplicates").EnumerateArray().Select(d => d.GetString()).ShouldBe(["NEW@domaine.example"]);
    }

    [Fact]
    public async Task List_is_bare_by_default_and_in_an_envelope_when_a_page_is_asked_for()
    {
        await using var api = await ApiHost.StartAsync();
        var path = await api.CampaignAsync() + "mails/";
        var batch = string.Join(',', Enumerable.Range(0, 2500).Select(i => $$"""{"to":"r{{i:0000}}@domaine.example"}"""));
        (await api.SendAsync("POST", path, $"[{batch}]")).Status.ShouldBe(201);
        (await api.SendAsync("GET", path)).Json.GetArrayLength().ShouldBe(2500);
        var page = await api.SendAsync("GET", path + "?page=1&page_size=2");
        (page["count"], page["page_count"]).ShouldBe(("2500", "1250"));
        page.Json.GetProperty("results").GetArrayLength().ShouldBe(2);
        page.Json.GetProperty("previous").ValueKind.ShouldBe(JsonValueKind.Null);
        var next = await api.SendAsync("GET", page["next"]!);
        next.Json.GetProperty("results")[0].GetProperty("to").GetString().ShouldBe("r0002@domaine.example");
        (await api.SendAsync("GET", path + "?page=1251&page_size=2")).Status.ShouldBe(404);
        (await api.SendAsync("GET", path + "?last_status=delivered")).Json.GetArrayLength().ShouldBe(0);
        (await api.SendAsync("GET", path + "?last_status=nonsense")).Status.ShouldBe(400);
        (await api.SendAsync("GET", path + "?ordering=-to&page=1"))
            .Json.GetProperty("results")[0]
            .GetProperty("to")
            .GetString()
            .ShouldBe("r2499@domaine.example");
        (await api.SendAsync("GET", path + "?ordering=colour")).Status.ShouldBe(400);
        var csv = await api.SendAsync("GET", path + "?format=csv");
        csv.Headers["Content-Type"].ShouldStartWith("text/csv");
        csv.Text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(2501);
        csv.Text.ShouldStartWith("url,to,date,last_status.status,");
    }

    [Fact]
    public async Task Batch_of_more_than_ten_thousand_and_a_body_of_more_than_ten_mebibytes_are_refused()
    {
        await using var api = await ApiHost.StartAsync();
        var path = await api.CampaignAsync() + "mails/";
        var batch = string.Join(',', Enumerable.Range(0, 10_001).Select(i => $$"""{"to":"r{{i}}@d.example"}"""));
        var many = await api.SendAsync("POST", path, $"[{batch}]");
        (many.Status, many.Json.TryGetProperty("non_field_errors", out _)).ShouldBe((400, true));
        (await api.SendAsync("POST", path, new string(' ', (10 << 20) + 1))).Status.ShouldBe(413);
    }
}
