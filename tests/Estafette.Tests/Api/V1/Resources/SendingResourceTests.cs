using System.Text.Json;
using Estafette.Core.Campaigns;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;
using Estafette.Core.Suppression;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Api.V1.Resources;

public abstract class SendingResourceTests(ResourceHost host)
{
    [Fact]
    public async Task Template_is_kept_shown_with_values_and_deleted()
    {
        var name = host.Unique("Modèle ");
        var made = await host.CreateAsync(
            "templates",
            $$$"""{"name":"{{{name}}}","subject":"Bonjour {{prenom}}","html":"<p>{{prenom}} <a href=\"https://a.test/\">x</a></p>","language":"fr"}"""
        );
        var shown = await host.SendAsync("POST", made["preview"]!, """{"data":{"prenom":"<Ana>"}}""");
        (shown.Status, shown["subject"], shown["html_message"]!.Contains("&lt;Ana&gt;", StringComparison.Ordinal)).ShouldBe(
            (200, "Bonjour <Ana>", true),
            shown.Text
        );
        (await host.SendAsync("POST", made["preview"]!, """{"data":[]}""")).Status.ShouldBe(400);
        var changed = await host.SendAsync("PATCH", made["url"]!, """{"plaintext":"Bonjour","category":"newsletter"}""");
        (changed["plaintext"], changed["category"], changed["subject"]).ShouldBe(
            ("Bonjour", "newsletter", "Bonjour {{prenom}}"),
            changed.Text
        );
        var copy = await host.SendAsync("POST", "templates/", $$"""{"name":"{{name}}","subject":"s","html":"<p>x</p>"}""");
        (copy.Status, ResourceHost.FieldsOf(copy)).ShouldBe((400, "name"));
        (await host.SendAsync("DELETE", made["url"]!)).Status.ShouldBe(204);
        (await host.SendAsync("DELETE", made["url"]!)).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Secret_of_a_server_goes_in_and_never_comes_out()
    {
        var name = host.Unique("Relais ");
        var made = await host.CreateAsync(
            "servers",
            $$$$$"""{"name":"{{{{{name}}}}}","kind":"smtp","active":false,"secret":"s3cr3t-word","settings":{"host":"relais.example","user_name":"asso"}}"""
        );
        (made["has_secret"], made["target"], made["health"], made.Json.GetProperty("settings").GetProperty("tls").GetString()).ShouldBe(
            ("True", "relais.example:587", "off", "start_tls_required")
        );
        var changed = await host.SendAsync(
            "PATCH",
            made["url"]!,
            """{"settings":{"port":2525},"rate_count":5,"rate_unit":"minute","daily_maximum":100}"""
        );
        (changed["has_secret"], changed["target"], changed["rate_unit"], changed["daily_maximum"]).ShouldBe(
            ("True", "relais.example:2525", "minute", "100"),
            changed.Text
        );
        (await host.SendAsync("PATCH", made["url"]!, """{"daily_maximum":null}"""))["daily_maximum"].ShouldBe("");
        (await host.SendAsync("PATCH", made["url"]!, """{"kind":"capture"}""")).Status.ShouldBe(400);
        var post = await host.CreateAsync(
            "servers",
            $$$$$"""{"name":"{{{{{name}}}}} json","kind":"json_post","active":false,"settings":{"url":"https://api.example/send","headers":{"X-Key":"s3cr3t-header"}}}"""
        );
        await host.SendAsync("PATCH", post["url"]!, """{"priority":3}""");
        foreach (
            var answer in new[]
            {
                made,
                changed,
                post,
                await host.SendAsync("GET", "servers/"),
                await host.SendAsync("GET", "servers/?format=csv"),
            }
        )
            answer.Text.ShouldNotContain("s3cr3t");
        await using (var scope = host.Api.Web.Services.CreateAsyncScope())
        {
            var stored = await scope
                .ServiceProvider.GetRequiredService<EstafetteDb>()
                .Of<Core.Channels.SendingServer>(host.Api.Customer)
                .Where(s => s.Name == name + " json")
                .Select(s => s.Settings)
                .SingleAsync();
            stored.ShouldContain("\"X-Key\":\"sealed:");
            stored.ShouldNotContain("s3cr3t");
        }
        foreach (var url in new[] { made["url"]!, post["url"]! })
            (await host.SendAsync("DELETE", url)).Status.ShouldBe(204);
        var capture = ResourceHost.RowsOf(await host.SendAsync("GET", "servers/?kind=capture")).First().GetProperty("test").GetString()!;
        var tested = await host.SendAsync("POST", capture, """{"to":"x@r.test","from":"lettre@asso.example"}""");
        (tested.Status, tested["succeeded"], tested["outcome"]).ShouldBe((200, "True", "accepted"), tested.Text);
        var wrong = await host.SendAsync("POST", capture, """{"to":"x","from":"y"}""");
        (wrong.Status, ResourceHost.FieldsOf(wrong)).ShouldBe((400, "from to"));
    }

    [Fact]
    public async Task Planned_message_is_held_back_once_and_a_sent_one_tells_its_story()
    {
        var (now, later) = (host.Unique("now") + "@r.test", host.Unique("later") + "@r.test");
        var at = TimeProvider.System.GetUtcNow().AddHours(5).ToUnixTimeSeconds();
        foreach (var (to, rest) in new[] { (now, ""), (later, $",\"send_at\":{at}") })
            (
                await host.SendAsync(
                    "POST",
                    "/v3/mail/send",
                    $$"""{"personalizations":[{"to":[{"email":"{{to}}"}]}],"from":{"email":"shop@asso.example"},"subject":"Sujet","content":[{"type":"text/plain","value":"x"}]{{rest}}}"""
                )
            ).Status.ShouldBe(202);
        var waiting = ResourceHost.RowsOf(await host.SendAsync("GET", $"messages/?to={later}")).Single();
        (
            waiting.GetProperty("state").GetString(),
            waiting.GetProperty("subject").GetString(),
            waiting.GetProperty("kind").GetString()
        ).ShouldBe(("pending", "Sujet", "transactional"));
        waiting.GetProperty("due_date").GetDateTimeOffset().ToUnixTimeSeconds().ShouldBe(at);
        var cancel = waiting.GetProperty("url").GetString() + "cancel/";
        var held = await host.SendAsync("POST", cancel);
        (held.Status, held["state"], held["due_date"]).ShouldBe((200, "cancelled", ""), held.Text);
        held.Json.GetProperty("events").EnumerateArray().Last().GetProperty("outcome").GetString().ShouldBe("cancelled");
        (await host.SendAsync("POST", cancel)).Status.ShouldBe(409);
        var sent = default(JsonElement);
        await Testing.Eventually.TrueAsync(
            async () =>
                (sent = ResourceHost.RowsOf(await host.SendAsync("GET", $"messages/?to={now}")).Single()).GetProperty("attempts").GetInt32()
                > 0,
            TimeSpan.FromSeconds(30)
        );
        var story = await host.SendAsync("GET", sent.GetProperty("url").GetString()!);
        story.Json.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("kind").GetString()).ShouldBe(["created", "attempt"]);
        (await host.SendAsync("POST", story["url"] + "cancel")).Status.ShouldBe(409);
        // Messages of campaigns and tests are none of these.
        (await host.SendAsync("GET", "messages/999999/")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Suppression_is_taken_back_with_a_reason_unless_it_is_the_word_of_somebody_else()
    {
        var mail = host.Unique("stop") + "@r.test";
        var made = await host.CreateAsync("suppressions", $$"""{"address":"{{mail}}","evidence":"Téléphone"}""");
        (made["removable"], made["reason"], made["evidence"], made["channel"]).ShouldBe(("True", "manual", "Téléphone", "email"));
        var missing = await host.SendAsync("DELETE", made["url"]!);
        (missing.Status, ResourceHost.FieldsOf(missing)).ShouldBe((400, "why"));
        (await host.SendAsync("DELETE", made["url"] + "?why=Erreur")).Status.ShouldBe(204);
        var bounced = host.Unique("bounced") + "@r.test";
        await using (var scope = host.Api.Web.Services.CreateAsyncScope())
            await SuppressAddress.RunAsync(
                new(host.Api.Customer, "test"),
                new(Channel.Email, bounced, SuppressionReason.HardBounce, SuppressionOrigin.Bounce),
                scope.ServiceProvider.GetRequiredService<WriteQueue>(),
                TimeProvider.System,
                default
            );
        var row = ResourceHost.RowsOf(await host.SendAsync("GET", $"suppressions/?search={bounced[..^6]}&origin=bounce")).Single();
        row.GetProperty("removable").GetBoolean().ShouldBeFalse();
        (await host.SendAsync("DELETE", row.GetProperty("url").GetString() + "?why=x")).Status.ShouldBe(409);
    }

    [Fact]
    public async Task Figures_of_a_period_are_those_of_the_rollups_by_day_list_and_server()
    {
        var list = await host.CreateAsync("lists", $$"""{"name":"{{host.Unique("Chiffres ")}}"}""");
        var (day, server) = (new DateTimeOffset(2025, 3, 30, 10, 0, 0, TimeSpan.Zero), 0L);
        await using (var scope = host.Api.Web.Services.CreateAsyncScope())
        {
            var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
            var campaign = await db.Of<Campaign>(host.Api.Customer).Select(c => c.Id).FirstAsync();
            server = (await db.Of<Core.Channels.SendingServer>(host.Api.Customer).Select(s => s.Id).FirstAsync()).Value;
            db.Add(
                new CampaignList
                {
                    CampaignId = campaign,
                    ListId = new(ResourceHost.IdOf(list)),
                    CustomerId = host.Api.Customer,
                }
            );
            await db.SaveChangesAsync();
            await scope
                .ServiceProvider.GetRequiredService<WriteQueue>()
                .RunAsync(
                    async session =>
                    {
                        var counter = new RollupCounter();
                        counter.Add(host.Api.Customer, campaign, Metric.Sent, day, count: 40);
                        counter.Add(host.Api.Customer, campaign, Metric.Delivered, day, count: 30);
                        counter.Add(host.Api.Customer, campaign, Metric.HardBounced, day.AddDays(1), count: 2);
                        counter.Add(host.Api.Customer, campaign, Metric.ServerAccepted, day, server, 40);
                        await counter.WriteAsync(session, default);
                    },
                    default
                );
        }
        var days = await host.SendAsync("GET", "statistics/days/?from=2025-03-30&to=2025-03-31");
        days.Headers["X-Total-Count"].ShouldBe("2");
        ResourceHost
            .RowsOf(days)
            .Select(d => (d.GetProperty("day").GetString(), d.GetProperty("sent").GetInt64(), d.GetProperty("hardbounced").GetInt64()))
            .ShouldBe([("2025-03-30", 40, 0), ("2025-03-31", 0, 2)]);
        (await host.SendAsync("GET", "statistics/days/?from=2025-03-30&to=2025-03-31&format=csv"))
            .Text.ReplaceLineEndings("\n")
            .ShouldStartWith(
                "day,sent,delivered,softbounced,hardbounced,opened,clicked,unsubscribed,complained\n2025-03-30,40,30,0,0,0,0,0,0\n"
            );
        (await host.SendAsync("GET", "statistics/days/?from=2025-03-01&to=2025-03-31&page=4&page_size=10"))
            .Json.GetProperty("results")
            .GetArrayLength()
            .ShouldBe(1);
        var lists = ResourceHost
            .RowsOf(await host.SendAsync("GET", "statistics/lists/?from=2025-03-01&to=2025-03-31"))
            .Single(l => l.GetProperty("list").GetString() == list["url"]);
        (
            lists.GetProperty("campaigns").GetInt32(),
            lists.GetProperty("sent").GetInt64(),
            lists.GetProperty("hardbounced").GetInt64()
        ).ShouldBe((1, 40, 2));
        var servers = ResourceHost.RowsOf(await host.SendAsync("GET", "statistics/servers/?from=2025-03-30&to=2025-03-30")).Single();
        (
            servers.GetProperty("server").GetString()!.EndsWith($"/servers/{server}/", StringComparison.Ordinal),
            servers.GetProperty("accepted").GetInt64()
        ).ShouldBe((true, 40));
        (await host.SendAsync("GET", "statistics/days/")).Json.GetArrayLength().ShouldBe(30);
    }
}

[Collection(SqliteResourceHost.Group)]
public sealed class SendingResourceTestsOnSqlite(SqliteResourceHost host) : SendingResourceTests(host);

[Collection(PostgreSqlResourceHost.Group), Trait("Category", "PostgreSql")]
public sealed class SendingResourceTestsOnPostgreSql(PostgreSqlResourceHost host) : SendingResourceTests(host);
