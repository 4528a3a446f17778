using Estafette.Core.Platform;
using Estafette.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Api.V1;

public sealed class ContactNoticeTests
{
    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Owners_are_told_of_start_and_end_and_technical_contacts_of_opt_outs_once_each(DatabaseKind kind)
    {
        await using var api = await ApiHost.StartAsync(kind);
        var made = await api.SendAsync(
            "POST",
            "/api/v1/campaigns/",
            """{"name":"Lettre","sender_email":"a@asso.example","sender_name":"Asso","owners":"bureau@asso.example","tech_contacts":"it@asso.example,net@asso.example"}"""
        );
        var path = new Uri(made["url"]!).AbsolutePath;
        await api.SendAsync("PUT", path + "message/", """{"subject":"Bonjour","html":"<p>Une lettre.</p>"}""");
        await api.SendAsync("POST", path + "mails/", """[{"to":"x@domaine.example"}]""");
        (await api.SendAsync("PATCH", path, """{"status":"sending"}""")).Status.ShouldBe(200);
        await Eventually.TrueAsync(async () => (await ToldAsync(api, "bureau@asso.example")).Count == 2 || !api.Web.Errors.IsEmpty);
        api.Web.Errors.ShouldBeEmpty();
        await OptOutAsync(api, path);
        await Eventually.TrueAsync(async () =>
            (await ToldAsync(api, "it@asso.example")).Count == 1 && (await ToldAsync(api, "net@asso.example")).Count == 1
        );
        (await ToldAsync(api, "it@asso.example"))[0].ShouldContain("Lettre");
        (await ToldAsync(api, "bureau@asso.example")).Count.ShouldBe(2);
        api.Web.Errors.ShouldBeEmpty();
    }

    private static async Task<List<string>> ToldAsync(ApiHost api, string address)
    {
        await using var scope = api.Web.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        return await db
            .Database.SqlQuery<string>($"SELECT subject AS \"Value\" FROM captured_messages WHERE recipient = {address}")
            .ToListAsync();
    }

    /// <summary>The recipient leaves by the page behind the link of their message.</summary>
    private static async Task OptOutAsync(ApiHost api, string path)
    {
        await using var scope = api.Web.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var campaign = long.Parse(path.Split('/')[^2], System.Globalization.CultureInfo.InvariantCulture);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        await db.Database.ExecuteSqlAsync(
            $"INSERT INTO suppressions (customer_id, channel, address_key, reason, origin, campaign_id, created_at) VALUES ({api.Customer.Value}, 1, 'x@domaine.example', 1, 2, {campaign}, {now})"
        );
    }
}
