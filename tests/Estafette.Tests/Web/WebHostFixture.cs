using Estafette.Core.Accounts;
using Estafette.Core.Campaigns.Media;
using Estafette.Core.Channels;
using Estafette.Core.Contacts;
using Estafette.Core.Contacts.Bulk;
using Estafette.Core.Contacts.Import;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Deliverability;
using Estafette.Core.Forms;
using Estafette.Core.Messages;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Net;
using Estafette.Core.Webhooks;
using Estafette.Demo;
using Estafette.Testing;
using Estafette.Testing.Web;
using Estafette.Tests.Campaigns.Media;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Web;

/// <summary>The server with the demo customer and a second customer that owns one object of each kind.</summary>
public sealed class WebHostFixture : IAsyncLifetime
{
    public const string Password = "une phrase de test";
    public const string Owner = "owner@example.test";
    public const string Reader = "reader@example.test";
    public const string Other = "other@example.test";

    /// <summary>Runs the installation; an administrator of the demo customer.</summary>
    public const string Operator = "operator@example.test";

    /// <summary>The user of the second customer with that role.</summary>
    public static string Of(UserRole role) => $"role-{role.ToString().ToLowerInvariant()}@example.test";

    private WebHost? _host;

    public WebHost Host => _host!;

    public DatabaseKind Database { get; init; } = DatabaseKind.Sqlite;

    /// <summary>First word of an address to the id of the second customer's object of that kind.</summary>
    public Dictionary<string, long> Owned { get; } = new(StringComparer.Ordinal);

    /// <summary>Values of parameters of addresses that are no ids, by name.</summary>
    public Dictionary<string, string> Texts { get; } =
        new(StringComparer.OrdinalIgnoreCase)
        {
            ["token"] = "x",
            ["hash"] = "x",
            ["name"] = "x",
            ["kind"] = "Smtp",
            ["line"] = "name",
            ["step"] = "1",
            ["proof"] = "x",
            ["provider"] = "sendgrid",
            ["what"] = "address",
        };

    public async ValueTask InitializeAsync()
    {
        _host = await WebHost.StartAsync(Database);
        await using var scope = _host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var demo = await db.Set<User>().Where(u => u.Email == DemoSeeder.AdministratorEmail).Select(u => u.CustomerId).SingleAsync();
        await _host.AddUserAsync(demo, Other, UserRole.Administrator, Password);
        await _host.AddUserAsync(demo, Reader, UserRole.Reader, Password);
        var second = await CreateCustomer.RunAsync(new NewCustomer { Name = "Second" }, db, TimeProvider.System, default);
        await _host.AddUserAsync(second, Owner, UserRole.Administrator, Password);
        await _host.AddUserAsync(demo, Operator, UserRole.Administrator, Password, isOperator: true);
        foreach (var role in UserRoles.Ranked)
            await _host.AddUserAsync(second, Of(role), role, Password);
        Owned["operator/customers"] = Owned["brand"] = second.Value;
        Owned["settings/users"] = await db.Set<User>().Where(u => u.Email == Of(UserRole.Reader)).Select(u => u.Id).SingleAsync();
        await FillAsync(second, db, scope.ServiceProvider.GetRequiredService<WriteQueue>());
    }

    /// <summary>A visitor who is signed in.</summary>
    public async Task<WebVisitor> SignInAsync(string email)
    {
        var visitor = Host.Visit();
        using var answer = await visitor.SignInAsync(email, Password);
        answer.StatusCode.ShouldBe(System.Net.HttpStatusCode.Redirect, string.Join('\n', Host.Errors));
        return visitor;
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
            await _host.DisposeAsync();
    }

    /// <summary>An import with one row that was rejected.</summary>
    private async Task<ImportId> ImportAsync(CustomerId customer, EstafetteDb db)
    {
        using var directory = new TemporaryDirectory();
        var path = directory.File("people.csv");
        await File.WriteAllTextAsync(path, "email\nsomeone@example.test\nnobody\n");
        var started = await StartImport.RunAsync(
            customer,
            new StartImportRequest { Path = path },
            db,
            Host.Services.GetRequiredService<ImportFiles>(),
            Host.Services.GetRequiredService<Signals>(),
            TimeProvider.System,
            default
        );
        await Eventually.TrueAsync(async () =>
            (await ImportProgress.GetAsync(customer, started.Id!.Value, db, default))!.Status == ImportStatus.Finished
        );
        return started.Id!.Value;
    }

    private static async Task<long> FormAsync(CustomerId customer, ListId list, EstafetteDb db)
    {
        var input = new FormInput("Form", [list], FormDefaults.For("Second"));
        var saved = await SaveForm.RunAsync(new Actor(customer, "test"), null, input, db, TimeProvider.System, default);
        return saved.Id!.Value;
    }

    private async Task FillAsync(CustomerId customer, EstafetteDb db, WriteQueue writes)
    {
        var now = TimeProvider.System.GetUtcNow();
        var contact = new Contact
        {
            CustomerId = customer,
            ContactKey = "someone@example.test",
            Email = "someone@example.test",
            CreatedAt = now,
            UpdatedAt = now,
        };
        var list = new ContactList
        {
            CustomerId = customer,
            Name = "List",
            CreatedAt = now,
        };
        var template = new Template
        {
            CustomerId = customer,
            Name = "Template",
            Subject = "S",
            Html = "<p>x</p>",
            CreatedAt = now,
            UpdatedAt = now,
        };
        var sender = new SenderIdentity
        {
            CustomerId = customer,
            Name = "Sender",
            Email = "sender@example.test",
            CreatedAt = now,
        };
        var server = new SendingServer
        {
            CustomerId = customer,
            Name = "Server",
            Kind = ServerKind.Capture,
            Settings = "{}",
            CreatedAt = now,
            UpdatedAt = now,
        };
        var campaign = new Core.Campaigns.Campaign(customer, "Campaign", now) { Subject = "S", Html = "<p>x</p>" };
        var segment = new Segment
        {
            CustomerId = customer,
            Name = "Segment",
            Definition = new SegmentDefinition(new(false, [new SegmentCondition(SegmentSubject.Email, SegmentOperator.NotEmpty)])).ToJson(),
            CreatedAt = now,
            UpdatedAt = now,
        };
        db.AddRange(contact, list, template, sender, server, campaign, segment);
        await db.SaveChangesAsync();
        Owned["segments"] = segment.Id.Value;
        (Owned["contacts"], Owned["lists"], Owned["templates"], Owned["senders"]) = (
            contact.Id.Value,
            list.Id.Value,
            template.Id.Value,
            sender.Id
        );
        (Owned["servers"], Owned["campaigns"], Owned["imports"]) = (
            server.Id.Value,
            campaign.Id.Value,
            (await ImportAsync(customer, db)).Value
        );
        Owned["api"] = campaign.Id.Value;
        Owned["forms"] = await FormAsync(customer, list.Id, db);
        Owned["automations"] = (
            await Core.Automations.CreateAutomation.RunAsync(
                new Actor(customer, "test"),
                "Welcome",
                Core.Automations.Recipe.Welcome,
                db,
                Host.Services.GetRequiredService<Secrets>(),
                TimeProvider.System,
                default
            )
        ).Value;
        Owned["feeds"] = (
            await Core.Automations.Feeds.SaveFeed.RunAsync(
                new Actor(customer, "test"),
                null,
                new Core.Automations.Feeds.FeedInput("Feed", "https://example.test/feed", false, 0, 540, 10, false),
                db,
                Host.Services.GetRequiredService<Signals>(),
                TimeProvider.System,
                default
            )
        )!
            .Value
            .Value;
        Owned["domains"] = Owned["api/v1/domains"] = (
            await AddSenderDomain.RunAsync(
                new AddSenderDomain.Request(customer, "owner.test"),
                db,
                Host.Services.GetRequiredService<DkimSigners>(),
                TimeProvider.System,
                default
            )
        )
            .Value!
            .Id;
        Owned["deliveries"] = 900_001;
        Owned["views"] = 900_002;
        await ExecuteAsync(
            writes,
            $"INSERT INTO deliveries (id, customer_id, campaign_id, channel, address, address_key, status, tracking, created_at, status_at) VALUES (900001, {customer}, {campaign.Id}, 1, 'a@example.test', 'a@example.test', 0, 0, 1, 1)"
        );
        var kept = new CapturedMessage
        {
            CustomerId = customer,
            ServerId = server.Id,
            DeliveryId = new DeliveryId(900_001),
            Recipient = "a@example.test",
            Subject = "S",
            Source = Deflate("Subject: S\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>x</p>\r\n"),
            At = now,
        };
        db.Add(kept);
        await db.SaveChangesAsync();
        Owned["outbox"] = kept.Id;
        await ExecuteAsync(
            writes,
            $"INSERT INTO suppressions (id, customer_id, channel, address_key, reason, origin, created_at) VALUES (900005, {customer}, 1, 'gone@example.test', 5, 7, 1)"
        );
        await ExecuteAsync(
            writes,
            $"INSERT INTO suppression_imports (id, customer_id, file_name, file_path, owner, reason, status, created_at) VALUES (900006, {customer}, 'x.csv', 'x', 'x', 1, 2, 1)"
        );
        (Owned["suppressions"], Owned["suppressions/imports"]) = (900_005, 900_006);
        // Mail that came back: about the second customer's message, and about nobody.
        foreach (var (key, id, owner) in new[] { ("returned", 900_003, customer.Value), ("operator/returned", 900_004, 0) })
        {
            await ExecuteAsync(
                writes,
                $"INSERT INTO inbound_messages (id, customer_id, delivery_id, received_at, envelope_from, envelope_to, kind, class, outcome, digest, source) VALUES ({id}, {owner}, {(owner > 0 ? "900001" : "NULL")}, 1, '', 'return-x@r.test', 1, 1, 1, 'd{id}', {(Database == DatabaseKind.PostgreSql ? "'\\x" : "x'")}{Convert.ToHexString(Deflate("From: a@r.test\r\nSubject: back\r\n\r\ntext\r\n"))}')"
            );
            Owned[key] = id;
        }
        var webhook = await SaveWebhook.AddAsync(
            new Actor(customer, Owner),
            new WebhookInput("https://hooks.example/", WebhookEventNames.All),
            db,
            Host.Services.GetRequiredService<Secrets>(),
            Host.Services.GetRequiredService<NetworkOptions>(),
            TimeProvider.System,
            default
        );
        // The API names campaigns and customers as the pages do.
        (Owned["api/v1/campaigns"], Owned["api/v1/customers"]) = (Owned["campaigns"], customer.Value);
        (Owned["api/v1/campaigns/{id:long}/mails"], Owned["api/v1/webhooks/{id:long}/deliveries"]) = (900_001, 1);
        Owned["settings/webhooks"] = Owned["api/v1/webhooks"] = webhook.Webhook!.Id;
        Owned["bulk"] = (
            await StartBulk.RunAsync(
                new Actor(customer, Owner),
                new BulkScope(),
                new BulkChange(BulkAction.SetAttribute, Attribute: "seen", Value: "1"),
                db,
                Host.Services.GetRequiredService<Signals>(),
                TimeProvider.System,
                default
            )
        )
            .Id!
            .Value;
        var upload = new ImageUpload("Point", "", "", MediaTests.Point);
        var image = (await UploadImage.RunAsync(new Actor(customer, Owner), upload, db, TimeProvider.System, default)).Image!;
        (Owned["media"], Texts["file"], Texts["picture"], Texts["gallery"]) = (image.Id, image.File, "newsletter.png", "newsletter");
    }

    private static Task ExecuteAsync(WriteQueue writes, string sql) =>
        writes.RunAsync(
            async session =>
            {
                await using var command = session.Connection.CreateCommand();
                command.CommandText = sql;
                command.Transaction = session.Transaction;
                await command.ExecuteNonQueryAsync();
            },
            CancellationToken.None
        );

    private static byte[] Deflate(string text)
    {
        using var packed = new MemoryStream();
        using (var deflate = new System.IO.Compression.DeflateStream(packed, System.IO.Compression.CompressionLevel.Fastest))
            deflate.Write(System.Text.Encoding.UTF8.GetBytes(text));
        return packed.ToArray();
    }
}

/// <summary>One server for all page tests.</summary>
[CollectionDefinition(Name)]
public sealed class WebHostGroup : ICollectionFixture<WebHostFixture>
{
    public const string Name = "Web";
}
