namespace Estafette.Tests.Api.V1;

public sealed class MessageApiTests
{
    private const string Message =
        """{"subject":"Bonjour","html":"<h1>Une lettre</h1><p>Du texte en français, assez long pour être lu.</p>"}""";

    [Fact]
    public async Task First_put_creates_the_message_and_the_next_changes_it()
    {
        await using var api = await ApiHost.StartAsync();
        var path = await api.CampaignAsync() + "message/";
        (await api.SendAsync("GET", path)).Status.ShouldBe(404);
        var made = await api.SendAsync("PUT", path, Message);
        made.Status.ShouldBe(201, made.Text);
        made["subject"].ShouldBe("Bonjour");
        made["html"]!.ShouldBe("<h1>Une lettre</h1><p>Du texte en français, assez long pour être lu.</p>");
        (made["is_spam"], made["msg_issue"]).ShouldBe(("False", ""));
        made["html_preview"]!.ShouldEndWith("/message/preview/.html");
        made["plaintext_preview"]!.ShouldEndWith("/message/preview/.txt");
        (await api.SendAsync("PUT", path, Message)).Status.ShouldBe(200);
        (await api.SendAsync("PATCH", path, """{"subject":"Autre"}"""))["subject"].ShouldBe("Autre");
        (await api.SendAsync("PUT", path, """{"subject":"x","html":""}""")).Json.TryGetProperty("html", out _).ShouldBeTrue();
        (await api.SendAsync("PUT", path, """{"subject":"a\r\nBcc: x@y.z","html":"<p>x</p>"}"""))
            .Json.TryGetProperty("subject", out _)
            .ShouldBeTrue();
    }

    [Fact]
    public async Task Previews_are_html_and_text_with_exactly_one_placeholder_to_unsubscribe()
    {
        await using var api = await ApiHost.StartAsync();
        var path = await api.CampaignAsync() + "message/";
        await api.SendAsync("PUT", path, Message);
        foreach (var suffix in new[] { "preview/.html", "preview.html", "preview/.html/" })
        {
            var html = await api.SendAsync("GET", path + suffix);
            html.Status.ShouldBe(200, suffix);
            html.Headers["Content-Type"].ShouldBe("text/html; charset=utf-8");
            html.Headers["Content-Security-Policy"].ShouldContain("sandbox");
            html.Text.Split("UNSUBSCRIBE_URL").Length.ShouldBe(2);
        }
        foreach (var suffix in new[] { "preview/.txt", "preview.txt" })
        {
            var text = await api.SendAsync("GET", path + suffix);
            text.Headers["Content-Type"].ShouldBe("text/plain; charset=utf-8");
            text.Text.ShouldContain("# Une lettre");
            text.Text.ShouldContain("UNSUBSCRIBE_URL");
        }
        await api.SendAsync(
            "PUT",
            path,
            """{"subject":"x","html":"<p>Lettre <a href='UNSUBSCRIBE_URL'>quitter</a> <a href='https://example.com/a?b=1&amp;c=2'>lire</a></p>"}"""
        );
        var own = await api.SendAsync("GET", path + "preview/");
        own["html_message"]!.Split("UNSUBSCRIBE_URL").Length.ShouldBe(2);
        own["html_message"]!.ShouldContain("https://example.com/a?b=1&amp;c=2");
        own["html_message"]!.ShouldNotContain("{{{");
        own["plaintext_message"]!.ShouldContain("https://example.com/a?b=1&c=2");
    }

    [Fact]
    public async Task Message_that_cannot_be_made_is_stored_with_its_issue_and_cannot_be_sent()
    {
        await using var api = await ApiHost.StartAsync();
        var path = await api.CampaignAsync();
        var broken = await api.SendAsync("PUT", path + "message/", """{"subject":"x","html":"<p>{{#if a}}open</p>"}""");
        broken.Status.ShouldBe(201, broken.Text);
        broken["msg_issue"]!.ShouldNotBeEmpty();
        (await api.SendAsync("GET", path))["status"].ShouldBe("message_issues");
        await api.SendAsync("POST", path + "mails/", """{"to":"a@domaine.example"}""");
        var refused = await api.SendAsync("PATCH", path, """{"status":"sending"}""");
        (refused.Status, refused.Json.TryGetProperty("message", out _)).ShouldBe((400, true));
        (await api.SendAsync("GET", "/api/v1/campaigns/?status=message_issues")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Picture_written_into_a_message_is_stored_and_linked()
    {
        await using var api = await ApiHost.StartAsync();
        var path = await api.CampaignAsync() + "message/";
        const string Dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
        var made = await api.SendAsync(
            "PUT",
            path,
            $$"""{"subject":"x","html":"<p>Un point <img alt='' src='data:image/png;base64,{{Dot}}'></p>"}"""
        );
        made.Status.ShouldBe(201, made.Text);
        made["html"]!.ShouldNotContain("data:image");
        made["html"]!.ShouldContain("/m/");
    }

    [Fact]
    public async Task Test_messages_go_to_the_addresses_given_and_nowhere_else()
    {
        await using var api = await ApiHost.StartAsync();
        var path = await api.CampaignAsync();
        await api.SendAsync("PUT", path + "message/", Message);
        (await api.SendAsync("POST", path + "preview_send/", """{"to":"a@example.com, b@example.com"}""")).Status.ShouldBe(200);
        (await api.SendAsync("POST", path + "preview_send/", """{"to":"nobody"}""")).Json.TryGetProperty("to", out _).ShouldBeTrue();
        (await api.SendAsync("POST", path + "preview_send/", "{}")).Json.TryGetProperty("to", out _).ShouldBeTrue();
        (await api.SendAsync("GET", path + "mails/")).Json.GetArrayLength().ShouldBe(0);
    }
}
