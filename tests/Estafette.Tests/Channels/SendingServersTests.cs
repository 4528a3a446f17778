using System.Globalization;
using Estafette.Core.Channels;
using Estafette.Core.Platform;
using Estafette.Protocols.Smtp;
using Estafette.Testing;
using Estafette.Testing.Http;
using Estafette.Testing.Smtp;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Tests.Channels;

public sealed class SendingServersTests
{
    private const string Key = "SG.never-to-be-seen";

    private static readonly TestSetup Setup = new()
    {
        Settings = new Dictionary<string, string?> { ["Network:AllowPrivateAddresses"] = "true" },
    };

    private static ServerInput SendGrid(string name = "sg-1", string? key = Key, string? url = null) =>
        new()
        {
            Name = name,
            Settings = new SendGridSettings { BaseUrl = url, AllowPrivateAddress = url is not null },
            Secret = key is null ? null : new ServerSecret(key),
        };

    private static async Task<Outcome<ServerId>> AddAsync(TestApplication app, ServerInput input)
    {
        await using var db = app.OpenDb();
        return await AddServer.RunAsync(new(app.Customer, input), db, app.Get<ServerKeeper>(), app.Clock, CancellationToken.None);
    }

    private static async Task<IReadOnlyList<ServerRow>> ListAsync(TestApplication app, CustomerId? customer = null)
    {
        await using var db = app.OpenDb();
        return await ListServers.RunAsync(customer ?? app.Customer, db, app.Clock, CancellationToken.None);
    }

    private static async Task<ServerDetails?> ShowAsync(TestApplication app, ServerId id, CustomerId? customer = null)
    {
        await using var db = app.OpenDb();
        return await ShowServer.RunAsync(new(customer ?? app.Customer, id), db, app.Clock, CancellationToken.None);
    }

    private static async Task<Outcome<ServerTest>> TestAsync(TestApplication app, ServerId id)
    {
        await using var db = app.OpenDb();
        return await TestServer.RunAsync(
            new(app.Customer, id, "me@example.org", "news@example.com", "La Gazette"),
            db,
            app.Get<SenderFactory>(),
            app.Get<Signals>(),
            app.Clock,
            CancellationToken.None
        );
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Secret_is_stored_encrypted_and_never_returned(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind, Setup);
        var id = (await AddAsync(app, SendGrid())).Value;
        var row = (await ListAsync(app)).Single();
        var details = await ShowAsync(app, id);
        row.HasSecret.ShouldBeTrue();
        $"{row} {details} {SendGrid()}".ShouldNotContain(Key);
        var stored = await app.ScalarAsync<string>("SELECT settings || coalesce(protected_secret, '') FROM sending_servers");
        stored.ShouldNotBeNull().ShouldNotContain(Key);
        await using var db = app.OpenDb();
        var server = await db.Of<SendingServer>(app.Customer).SingleAsync();
        app.Get<Secrets>().Unprotect(server.ProtectedSecret!).ShouldContain(Key);
    }

    [Fact]
    public async Task Header_of_ones_own_is_stored_encrypted_survives_an_edit_and_is_sent_as_it_was_given()
    {
        await using var fake = await FakeMailApi.StartAsync();
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite, Setup);
        var input = new ServerInput
        {
            Name = "generic",
            Settings = new JsonPostSettings
            {
                Url = fake.BaseUrl,
                AllowPrivateAddress = true,
                Headers = new Dictionary<string, string> { ["X-Second"] = Key },
            },
        };
        var id = (await AddAsync(app, input)).Value;
        foreach (var turn in new[] { "as added", "as edited" })
        {
            (await app.ScalarAsync<string>("SELECT settings FROM sending_servers")).ShouldNotBeNull().ShouldNotContain(Key);
            await TestAsync(app, id);
            fake.Requests.Last().Headers["X-Second"].ShouldBe(Key, turn);
            await using var db = app.OpenDb();
            var shown = (await ShowAsync(app, id))!;
            $"{shown.Settings}".ShouldNotContain(Key);
            var again = input with { Settings = shown.Settings! };
            (await EditServer.RunAsync(new(app.Customer, id, again), db, app.Get<ServerKeeper>(), app.Clock, default)).Ok.ShouldBeTrue();
        }
    }

    [Fact]
    public async Task Secret_copied_out_of_the_database_is_not_decrypted_for_who_types_it_as_a_header()
    {
        await using var fake = await FakeMailApi.StartAsync();
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite, Setup);
        var stolen = "sealed:" + app.Get<Secrets>().Protect(Key);
        var input = new ServerInput
        {
            Name = "generic",
            Settings = new JsonPostSettings
            {
                Url = fake.BaseUrl,
                AllowPrivateAddress = true,
                Headers = new Dictionary<string, string> { ["X-Second"] = stolen },
            },
        };
        var id = (await AddAsync(app, input)).Value;
        await TestAsync(app, id);
        fake.Requests.Last().Headers["X-Second"].ShouldBe(stolen);
        await using var db = app.OpenDb();
        (await EditServer.RunAsync(new(app.Customer, id, input), db, app.Get<ServerKeeper>(), app.Clock, default)).Ok.ShouldBeTrue();
        await TestAsync(app, id);
        fake.Requests.Last().Headers["X-Second"].ShouldBe(stolen);
    }

    [Fact]
    public async Task Saving_without_a_secret_keeps_the_stored_one()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite, Setup);
        var id = (await AddAsync(app, SendGrid())).Value;
        await app.ExecuteAsync("UPDATE sending_servers SET needs_check = TRUE, breaker_failures = 5");
        await using (var db = app.OpenDb())
        {
            var saved = await EditServer.RunAsync(
                new(app.Customer, id, SendGrid("renamed", key: null)),
                db,
                app.Get<ServerKeeper>(),
                app.Clock,
                CancellationToken.None
            );
            saved.Ok.ShouldBeTrue();
        }
        var row = (await ListAsync(app)).Single();
        (row.Name, row.HasSecret, row.Health).ShouldBe(("renamed", true, ServerHealth.Ready));
    }

    [Fact]
    public async Task All_faults_are_told_at_once_in_the_language_of_the_request()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite, Setup);
        var input = new ServerInput
        {
            Name = " ",
            Connections = 0,
            Weight = 101,
            Settings = new SmtpSettings
            {
                Host = "http://relay",
                Port = 0,
                UserName = "u",
                LocalName = "a b",
            },
            Secret = new ServerSecret("bad\r\nkey"),
        };
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo("fr");
        var french = (await AddAsync(app, input)).Faults.ShouldNotBeNull().ByField;
        french.Keys.ShouldBe(["Connections", "Host", "LocalName", "Name", "Port", "Secret", "Weight"]);
        french["Name"].Single().ShouldBe("Donnez un nom au serveur.");
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo("en");
        (await AddAsync(app, input)).Faults!.ByField["Name"].Single().ShouldBe("Give the server a name.");
        (await ListAsync(app)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("ftp://api.example.com/", "Url")]
    [InlineData("https://user:pass@api.example.com/", "Url")]
    [InlineData("https://169.254.169.254/latest/meta-data", "Url")]
    [InlineData("https://10.0.0.1/", "Url")]
    [InlineData("https://[::ffff:127.0.0.1]/", "Url")]
    [InlineData("https://api.example.com:8443/", "Url")]
    [InlineData("api.example.com", "Url")]
    public async Task Url_that_must_not_be_called_is_refused(string url, string field)
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite, Setup);
        var result = await AddAsync(
            app,
            new ServerInput
            {
                Name = "x",
                Settings = new JsonPostSettings { Url = url },
            }
        );
        result.Faults.ShouldNotBeNull().ByField.Keys.ShouldBe([field]);
    }

    [Fact]
    public async Task Wrong_template_status_and_pointer_are_told_by_field()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite, Setup);
        var result = await AddAsync(
            app,
            new ServerInput
            {
                Name = "x",
                Settings = new JsonPostSettings
                {
                    Url = "https://api.example.com/send",
                    Body = "{\"a\":\"{{nope}}\"}",
                    SuccessStatus = "ok",
                    SuccessPath = "status",
                    Headers = new Dictionary<string, string> { ["X-A"] = "a\nb" },
                },
            }
        );
        result.Faults.ShouldNotBeNull().ByField.Keys.ShouldBe(["Body", "Headers", "SuccessPath", "SuccessStatus"]);
    }

    [Fact]
    public async Task Name_is_taken_once()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite, Setup);
        (await AddAsync(app, SendGrid())).Ok.ShouldBeTrue();
        (await AddAsync(app, SendGrid())).Faults.ShouldNotBeNull().ByField.Keys.ShouldBe(["Name"]);
    }

    [Fact]
    public async Task Preset_is_proposed_for_a_known_host()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite, Setup);
        var id = (
            await AddAsync(
                app,
                new ServerInput
                {
                    Name = "x",
                    Settings = new JsonPostSettings { Url = "https://api.eu.mailgun.net/v3/x/messages" },
                }
            )
        ).Value;
        (await ShowAsync(app, id)).ShouldNotBeNull().ProposedKind.ShouldBe(ServerKind.Mailgun);
        ProviderHosts.Propose("https://notsendgrid.com/").ShouldBeNull();
    }

    [Fact]
    public async Task Servers_of_another_customer_do_not_exist()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite, Setup);
        var stranger = await app.AddCustomerAsync("Other");
        var id = (await AddAsync(app, SendGrid())).Value;
        (await ListAsync(app, stranger)).ShouldBeEmpty();
        (await ShowAsync(app, id, stranger)).ShouldBeNull();
        await using var db = app.OpenDb();
        (await SwitchServer.RunAsync(new(stranger, id, false), db, app.Get<Signals>(), app.Clock, CancellationToken.None)).ShouldBeFalse();
        (await DeleteServer.RunAsync(new(stranger, id), db, app.Get<Signals>(), CancellationToken.None)).NotFound.ShouldBeTrue();
        (await ListAsync(app)).Single().Active.ShouldBeTrue();
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Server_of_a_running_campaign_cannot_be_deleted(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind, Setup);
        var id = (await AddAsync(app, SendGrid())).Value;
        await app.ExecuteAsync(
            $"INSERT INTO campaigns (id, customer_id, name, status, created_at, updated_at) VALUES (5, {app.Customer}, 'Spring', 2, 0, 0)"
        );
        await app.ExecuteAsync($"INSERT INTO campaign_servers (campaign_id, server_id, customer_id) VALUES (5, {id}, {app.Customer})");
        await using (var db = app.OpenDb())
        {
            var refused = await DeleteServer.RunAsync(new(app.Customer, id), db, app.Get<Signals>(), CancellationToken.None);
            refused.Faults.ShouldNotBeNull().ToString().ShouldContain("Spring");
        }
        await app.ExecuteAsync("UPDATE campaigns SET status = 4");
        await using (var db = app.OpenDb())
            (await DeleteServer.RunAsync(new(app.Customer, id), db, app.Get<Signals>(), CancellationToken.None)).Ok.ShouldBeTrue();
        (await ListAsync(app)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Health_tells_the_most_urgent_thing(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind, Setup);
        foreach (var name in (string[])["a", "b", "c", "d", "e"])
            await AddAsync(app, SendGrid(name) with { DailyMaximum = 100 });
        var at = app.Now.AddMinutes(1).ToUnixTimeMilliseconds();
        await app.ExecuteAsync("UPDATE sending_servers SET needs_check = TRUE WHERE name = 'b'");
        await app.ExecuteAsync($"UPDATE sending_servers SET breaker_open_until = {at} WHERE name = 'c'");
        await app.ExecuteAsync("UPDATE sending_servers SET active = FALSE WHERE name = 'd'");
        await app.ExecuteAsync(
            $"INSERT INTO budgets (server_id, campaign_id, day, customer_id, granted) SELECT id, 0, 20260303, {app.Customer}, 100 FROM sending_servers WHERE name = 'e'"
        );
        var rows = await ListAsync(app);
        rows.Select(r => r.Health)
            .ShouldBe([ServerHealth.Ready, ServerHealth.NeedsCheck, ServerHealth.Resting, ServerHealth.Off, ServerHealth.Exhausted]);
        rows[4].UsedToday.ShouldBe(100);
        app.Clock.Advance(TimeSpan.FromDays(1));
        (await ListAsync(app))[4].Health.ShouldBe(ServerHealth.Ready);
    }

    [Fact]
    public async Task Test_sends_a_real_message_and_shows_the_dialogue()
    {
        await using var fake = FakeSmtpServer.Start(new FakeSmtpBehaviour { Username = "u", Password = "pass-never-seen" });
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite, Setup);
        var input = new ServerInput
        {
            Name = "relay",
            Settings = new SmtpSettings
            {
                Host = "127.0.0.1",
                Port = fake.Port,
                Tls = SmtpTls.None,
                UserName = "u",
                AllowPrivateAddress = true,
            },
            Secret = new ServerSecret("pass-never-seen"),
        };
        var id = (await AddAsync(app, input)).Value;
        await app.ExecuteAsync("UPDATE sending_servers SET needs_check = TRUE");
        var test = (await TestAsync(app, id)).Value.ShouldNotBeNull();
        test.Succeeded.ShouldBeTrue(test.Result.Text);
        test.Dialogue.ShouldContain(l => !l.FromServer && l.Text.StartsWith("RCPT TO:<me@example.org>"));
        string.Join('\n', test.Dialogue).ShouldNotContain("pass-never-seen");
        fake.Messages.Single().RcptTo.ShouldBe(["me@example.org"]);
        (await ListAsync(app)).Single().Health.ShouldBe(ServerHealth.Ready);
    }

    [Fact]
    public async Task Failed_test_leaves_the_server_to_be_checked()
    {
        await using var fake = await FakeMailApi.StartAsync();
        fake.Answers(401, "no");
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite, Setup);
        var id = (await AddAsync(app, SendGrid(url: fake.BaseUrl))).Value;
        await app.ExecuteAsync("UPDATE sending_servers SET needs_check = TRUE");
        var test = (await TestAsync(app, id)).Value.ShouldNotBeNull();
        (test.Result.Outcome, test.Result.Blame).ShouldBe((AttemptOutcome.Unreachable, Blame.Configuration));
        string.Join('\n', test.Dialogue).ShouldNotContain(Key);
        (await ListAsync(app)).Single().Health.ShouldBe(ServerHealth.NeedsCheck);
    }

    [Fact]
    public async Task Server_whose_key_cannot_be_decrypted_says_so()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite, Setup);
        await AddAsync(app, SendGrid());
        await app.ExecuteAsync("UPDATE sending_servers SET protected_secret = 'garbage'");
        await using var db = app.OpenDb();
        await using var sender = app.Get<SenderFactory>().Create(await db.Of<SendingServer>(app.Customer).SingleAsync());
        await using var slot = sender.OpenSlot();
        var result = await slot.SendAsync(Outgoing.Message(), null, new CountingStart(), CancellationToken.None);
        (result.Outcome, result.Blame).ShouldBe((AttemptOutcome.Unreachable, Blame.Configuration));
        result.Text.ShouldContain("cannot be decrypted");
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Captured_message_can_be_read(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind, Setup);
        var id = (await AddAsync(app, new ServerInput { Name = "outbox été", Settings = new CaptureSettings() })).Value;
        (await TestAsync(app, id)).Value.ShouldNotBeNull().Succeeded.ShouldBeTrue();
        await using var db = app.OpenDb();
        var row = (await ListCaptured.RunAsync(new(app.Customer, Search: "ME@example"), db, CancellationToken.None)).Single();
        (await ListCaptured.RunAsync(new(app.Customer, Search: "%"), db, CancellationToken.None)).ShouldBeEmpty();
        var content = (await ReadCaptured.RunAsync(new(app.Customer, row.Id), db, CancellationToken.None)).ShouldNotBeNull();
        row.Subject.ShouldBe("Test du serveur d’envoi outbox été");
        content.Headers.Single(h => h.Key == "Subject").Value.ShouldBe("Test du serveur d’envoi outbox été");
        content.From.ShouldNotBeNull().ShouldContain("La Gazette");
        content.Html.ShouldNotBeNull().ShouldStartWith("<p>");
        content.Text.ShouldNotBeNull().ShouldContain("outbox été");
        content.SourceText.ShouldContain("MIME-Version: 1.0");
        var stranger = await app.AddCustomerAsync("Other");
        (await ReadCaptured.RunAsync(new(stranger, row.Id), db, CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public void Settings_of_every_kind_survive_storage()
    {
        ServerSettings[] all =
        [
            new CaptureSettings { KeepAtMost = 5 },
            new SmtpSettings
            {
                Host = "relay.example",
                Tls = SmtpTls.ImplicitTls,
                AuthMechanisms = SmtpAuthMechanisms.Plain | SmtpAuthMechanisms.Login,
            },
            new SendGridSettings { BaseUrl = "https://proxy.example" },
            new MailgunSettings { Domain = "mg.example.com", Eu = true },
            new BrevoSettings(),
            new MailjetSettings { TimeoutSeconds = 5 },
            new PostmarkSettings { MessageStream = "broadcast" },
        ];
        foreach (var settings in all)
            ServerSettings.Parse(settings.Kind, settings.ToJson()).ShouldBe(settings);
        var generic = new JsonPostSettings
        {
            Url = "https://x.example",
            Headers = new Dictionary<string, string> { ["X-A"] = "b" },
        };
        ((JsonPostSettings)ServerSettings.Parse(ServerKind.JsonPost, generic.ToJson())).Headers["X-A"].ShouldBe("b");
        new MailgunSettings { Domain = "mg.example.com", Eu = true }.Endpoint.ShouldBe(
            "https://api.eu.mailgun.net/v3/mg.example.com/messages"
        );
    }
}
