using System.Text.Json;
using Estafette.Core.Accounts;
using Estafette.Core.Channels;
using Estafette.Core.Delivery.Accept;
using Estafette.Core.Notices;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Net;
using Estafette.Core.Suppression;
using Estafette.Core.Webhooks;
using Estafette.Protocols.Addresses;
using Estafette.Protocols.Callbacks;
using Estafette.Protocols.Mime;
using Estafette.Testing.Http;
using Estafette.Tests.Delivery;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Estafette.Tests.Webhooks;

public abstract class WebhookCallTests(DatabaseKind kind) : CampaignTests(kind)
{
    private Actor Somebody => new(App.Customer, "test");

    [Fact]
    public async Task What_becomes_of_a_mail_is_told_once_signed_and_with_the_callers_own_values()
    {
        await using var site = await SiteAsync();
        var (_, secret) = await HookAsync(site.BaseUrl + "/hook");
        await SendAsync("ana@r.test");
        await TellAsync();
        await TellAsync();
        var request = site.Requests.ShouldHaveSingleItem();
        var keys = new[] { secret };
        OutgoingSignature
            .Verify(request.Headers[OutgoingSignature.HeaderName], request.Body, keys, Clock.GetUtcNow())
            .ShouldBe(OutgoingSignatureVerdict.Good);
        var events = EventsOf(request);
        events.Select(e => e.GetProperty("event").GetString()).ShouldBe(["processed", "delivered"]);
        foreach (var told in events)
        {
            told.GetProperty("email").GetString().ShouldBe("ana@r.test");
            told.GetProperty("order").GetString().ShouldBe("12");
            told.GetProperty("category").EnumerateArray().Select(c => c.GetString()).ShouldBe(["order"]);
            told.GetProperty("sg_message_id").GetString()!.ShouldStartWith(_messageId + ".");
            told.GetProperty("smtp-id").GetString()!.ShouldEndWith("@asso.example>");
        }
        events.Select(e => e.GetProperty("sg_event_id").GetString()).Distinct().Count().ShouldBe(2);
    }

    [Fact]
    public async Task Replaced_secret_signs_beside_the_new_one_for_a_day()
    {
        await using var site = await SiteAsync();
        var (id, old) = await HookAsync(site.BaseUrl + "/hook");
        string renewed;
        await using (var db = App.OpenDb())
            renewed = (await SaveWebhook.RenewSecretAsync(Somebody, id, db, App.Get<Secrets>(), Clock, Token))!;
        OutgoingSignatureVerdict With(string secret) =>
            OutgoingSignature.Verify(
                site.Requests.Last().Headers[OutgoingSignature.HeaderName],
                site.Requests.Last().Body,
                [secret],
                Clock.GetUtcNow()
            );
        await SendAsync("ana@r.test");
        await TellAsync();
        (With(old), With(renewed)).ShouldBe((OutgoingSignatureVerdict.Good, OutgoingSignatureVerdict.Good));

        await App.ExecuteAsync($"UPDATE webhooks SET old_secret_until = {Clock.GetUtcNow().ToUnixTimeMilliseconds()}");
        await SendAsync("bob@r.test");
        await TellAsync();
        (With(old), With(renewed)).ShouldBe((OutgoingSignatureVerdict.Wrong, OutgoingSignatureVerdict.Good));
    }

    [Fact]
    public async Task Message_that_is_held_back_is_dropped_and_marks_of_people_are_told_with_what_is_known_of_them()
    {
        await using var site = await SiteAsync();
        await HookAsync(site.BaseUrl + "/hook");
        await SuppressAddress.RunAsync(
            Somebody,
            new SuppressAddressRequest(Channel.Email, "angry@r.test", SuppressionReason.Complaint, SuppressionOrigin.Web),
            App.Writes,
            Clock,
            Token
        );
        await SendAsync("angry@r.test");
        await SendAsync("ana@r.test");
        await TellAsync();
        var dropped = site.Requests.SelectMany(EventsOf).Single(e => e.GetProperty("email").GetString() == "angry@r.test");
        (dropped.GetProperty("event").GetString(), dropped.GetProperty("reason").GetString()).ShouldBe(
            ("dropped", "Spam Reporting Address")
        );
        site.Requests.Clear();

        await using (var db = App.OpenDb())
        {
            await db.Database.ExecuteSqlAsync(
                $"INSERT INTO tracking_events (customer_id, delivery_id, kind, at, ip) SELECT customer_id, id, 1, 5000, '192.0.2.1' FROM deliveries WHERE address = 'ana@r.test'",
                Token
            );
            await db.Database.ExecuteSqlAsync($"UPDATE deliveries SET unsubscribed_at = 6000 WHERE address = 'ana@r.test'", Token);
            await db.Database.ExecuteSqlAsync($"UPDATE deliveries SET complained_at = 7000 WHERE address = 'ana@r.test'", Token);
        }
        await TellAsync();
        var told = site.Requests.SelectMany(EventsOf).ToList();
        told.Select(e => e.GetProperty("event").GetString()).ShouldBe(["open", "unsubscribe", "spamreport"]);
        (told[0].GetProperty("ip").GetString(), told[0].GetProperty("timestamp").GetInt64()).ShouldBe(("192.0.2.1", 5));
    }

    [Fact]
    public async Task Nothing_is_kept_for_a_customer_who_does_not_listen_and_only_what_was_asked_for_is_told()
    {
        await using var site = await SiteAsync();
        await SendAsync("a@r.test");
        (await FeedAsync()).ShouldBe(0);
        await HookAsync(site.BaseUrl + "/hook", WebhookEventNames.Delivered);
        await SendAsync("b@r.test");
        (await FeedAsync()).ShouldBeGreaterThan(0);
        await TellAsync();
        site.Requests.SelectMany(EventsOf).Select(e => e.GetProperty("event").GetString()).ShouldBe(["delivered"]);
        (await FeedAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Address_that_does_not_answer_holds_back_nobody_and_keeps_its_order_until_it_is_switched_off()
    {
        await using var dead = await SiteAsync();
        await using var site = await SiteAsync();
        dead.Answers(503, "later");
        var (id, _) = await HookAsync(dead.BaseUrl + "/dead");
        await HookAsync(site.BaseUrl + "/hook");
        await SendAsync("a@r.test");
        await TellAsync();
        await SendAsync("b@r.test");
        await TellAsync();
        site.Requests.Count.ShouldBe(2);
        // The second call waits behind the first.
        dead.Requests.Count.ShouldBe(1);

        App.Clock.Advance(TimeSpan.FromMinutes(1));
        dead.Answers(204, "");
        await TellAsync();
        dead.Requests.Skip(1).Select(r => EventsOf(r)[0].GetProperty("email").GetString()).ShouldBe(["a@r.test", "b@r.test"]);

        dead.Answers(503, "later");
        await SendAsync("c@r.test");
        for (var i = 0; i < 60 && (await WebhookAsync(id)).Active; i++)
        {
            await TellAsync();
            App.Clock.Advance(TimeSpan.FromHours(3));
        }
        var webhook = await WebhookAsync(id);
        (webhook.Active, webhook.DisabledAt is not null).ShouldBe((false, true));
        await using var db = App.OpenDb();
        await FindNotices.RunAsync(db, Clock, Token);
        (await db.Of<Notice>(App.Customer).SingleAsync(n => n.Kind == NoticeKind.WebhookOff, Token)).SubjectId.ShouldBe(id);
    }

    [Fact]
    public async Task Call_is_repeated_with_the_same_body_and_a_test_can_be_asked_for()
    {
        await using var site = await SiteAsync();
        var (id, _) = await HookAsync(site.BaseUrl + "/hook");
        await using var db = App.OpenDb();
        var test = await WebhookLog.TestAsync(Somebody, id, db, Signals, Clock, Token);
        await TellAsync();
        (await WebhookLog.ReplayAsync(Somebody, id, test!.Id, db, Signals, Clock, Token)).ShouldNotBeNull();
        await TellAsync();
        site.Requests.Count.ShouldBe(2);
        site.Requests.First().Text.ShouldBe(site.Requests.Last().Text);
        (await WebhookLog.ReplayAsync(new Actor(new CustomerId(999), "x"), id, test.Id, db, Signals, Clock, Token)).ShouldBeNull();
    }

    [Fact]
    public async Task Redirects_are_not_followed_and_a_clouds_own_addresses_are_never_called()
    {
        await using var site = await SiteAsync();
        (site.Day, site.Answer) = (FakeDay.Redirects, "http://169.254.169.254/latest/meta-data");
        var (redirecting, _) = await HookAsync(site.BaseUrl + "/hook");
        await using var db = App.OpenDb();
        var metadata = new Webhook
        {
            CustomerId = App.Customer,
            Url = "http://169.254.169.254/latest/meta-data",
            Events = "delivered",
            ProtectedSecret = App.Get<Secrets>().Protect("s"),
            Active = true,
            CreatedAt = Clock.GetUtcNow(),
        };
        db.Add(metadata);
        await db.SaveChangesAsync(Token);
        foreach (var id in (long[])[redirecting, metadata.Id])
            await WebhookLog.TestAsync(Somebody, id, db, Signals, Clock, Token);
        await TellAsync();
        site.Requests.Count.ShouldBe(1);
        (await WebhookLog.Of(App.Customer, redirecting, db).SingleAsync(Token)).Code.ShouldBe(302);
        var refused = await WebhookLog.Of(App.Customer, metadata.Id, db).SingleAsync(Token);
        (refused.Code, refused.Answer!.Contains("169.254.169.254", StringComparison.Ordinal)).ShouldBe((null, true));
    }

    [Theory]
    [InlineData("ftp://hooks.example/")]
    [InlineData("https://user:word@hooks.example/")]
    [InlineData("https://hooks.example/#x")]
    [InlineData("https://hooks.example/a b")]
    [InlineData("https://169.254.169.254/")]
    [InlineData("/relative")]
    [InlineData("")]
    public async Task Address_that_could_lead_astray_is_not_taken(string url)
    {
        await using var db = App.OpenDb();
        var input = new WebhookInput(url, WebhookEventNames.All);
        var saved = await SaveWebhook.AddAsync(Somebody, input, db, App.Get<Secrets>(), App.Get<NetworkOptions>(), Clock, Token);
        saved.Wrong.ShouldBe(["url"]);
    }

    private string _messageId = "";

    private async Task SendAsync(string to)
    {
        await using (var db = App.OpenDb())
            if (!await db.Of<SendingServer>(App.Customer).AnyAsync(Token))
                await Scenario.AddServerAsync("capture", ServerKind.Capture, new CaptureSettings());
        var mail = new MailToAccept
        {
            Customer = App.Customer,
            Application = "key:1",
            From = Mailbox("shop@asso.example"),
            Text = new MailText("Sujet", null, "Bonjour"),
            Letters = [new MailLetter { To = [Mailbox(to)], CustomArgs = """{"order":"12","email":"x"}""" }],
            Categories = ["order"],
        };
        _messageId = (await App.Get<AcceptMail>().RunAsync(mail, Token)).MessageId!;
        await SendDueAsync();
    }

    private static DisplayMailbox Mailbox(string address) =>
        EmailAddress.TryParse(address, out var parsed, out _) ? new DisplayMailbox(null, parsed) : throw new ArgumentException(address);

    private static async Task<FakeMailApi> SiteAsync()
    {
        var site = await FakeMailApi.StartAsync();
        site.Answers(204, "");
        return site;
    }

    private async Task<(long Id, string Secret)> HookAsync(string url, params string[] events)
    {
        await using var db = App.OpenDb();
        var input = new WebhookInput(url, events.Length > 0 ? events : [.. WebhookEventNames.All]);
        var saved = await SaveWebhook.AddAsync(Somebody, input, db, App.Get<Secrets>(), App.Get<NetworkOptions>(), Clock, Token);
        saved.Wrong.ShouldBeEmpty();
        return (saved.Webhook!.Id, saved.Secret!);
    }

    private async Task TellAsync()
    {
        var services = App.Services.GetServices<IHostedService>().ToList();
        while (await services.OfType<WebhookFeeder>().Single().FeedAsync(Token) > 0) { }
        await services.OfType<WebhookCaller>().Single().CallDueAsync(Token);
    }

    private async Task<Webhook> WebhookAsync(long id)
    {
        await using var db = App.OpenDb();
        return await db.Of<Webhook>(App.Customer).AsNoTracking().SingleAsync(w => w.Id == id, Token);
    }

    private async Task<long> FeedAsync()
    {
        await using var db = App.OpenDb();
        return await db.Database.SqlQuery<long>($"SELECT count(*) AS \"Value\" FROM webhook_feed").SingleAsync(Token);
    }

    private static List<JsonElement> EventsOf(FakeMailRequest request) =>
        [.. JsonDocument.Parse(request.Body).RootElement.EnumerateArray()];
}

public sealed class WebhookCallTestsOnSqlite() : WebhookCallTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class WebhookCallTestsOnPostgreSql() : WebhookCallTests(DatabaseKind.PostgreSql);
