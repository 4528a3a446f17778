using Estafette.Core.Campaigns;
using Estafette.Core.Channels;
using Estafette.Core.Deliverability;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Protocols.Dkim;
using Estafette.Protocols.Smtp;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Testing.Campaigns;

/// <summary>A customer with contacts, servers and a campaign, ready to launch; tests and benchmarks share it.</summary>
internal sealed class CampaignScenario(TestApplication app)
{
    /// <summary>Adds a list of contacts user1@r.test … with attributes and tracking consent.</summary>
    public async Task<ListId> AddContactsAsync(int count, string name = "user")
    {
        var list = await app.AddListAsync($"{name} {count}");
        await using var connection = await app.Store.OpenAsync(CancellationToken.None);
        await using var command = connection.CreateCommand();
        var numbers =
            app.Store.Kind == DatabaseKind.Sqlite
                ? $"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
                : $"WITH n AS (SELECT generate_series(1, {count}) AS i)";
        var json = app.Store.Kind == DatabaseKind.Sqlite ? "" : "::jsonb";
        command.CommandText = $$"""
            INSERT INTO contacts (customer_id, contact_key, email, first_name, last_name, language, attributes, tracking_consent, created_at, updated_at)
            {{numbers}} SELECT {{app.Customer}}, '{{name}}' || i || '@r.test', '{{name}}' || i || '@r.test', 'Prénom' || i, 'Nom' || i, 'fr',
              ('{"city":"Ville ' || (i % 100) || '","points":' || (i % 1000) || '}'){{json}}, 1, 0, 0 FROM n;
            INSERT INTO subscriptions (list_id, contact_id, customer_id, status, source, created_at, changed_at)
            SELECT {{list}}, id, customer_id, 1, 1, 0, 0 FROM contacts WHERE contact_key LIKE '{{name}}%@r.test'
            """;
        command.CommandTimeout = 600;
        await command.ExecuteNonQueryAsync();
        return list;
    }

    /// <summary>Adds an SMTP server on loopback.</summary>
    public Task<ServerId> AddSmtpAsync(string name, int port, int connections = 8, Action<SendingServer>? change = null) =>
        AddServerAsync(
            name,
            ServerKind.Smtp,
            new SmtpSettings
            {
                Host = "127.0.0.1",
                Port = port,
                Tls = SmtpTls.None,
                AllowPrivateAddress = true,
                MessagesPerConnection = 1_000_000,
            },
            connections,
            change
        );

    /// <summary>Adds a server of any kind.</summary>
    public async Task<ServerId> AddServerAsync(
        string name,
        ServerKind kind,
        ServerSettings settings,
        int connections = 8,
        Action<SendingServer>? change = null
    )
    {
        await using var db = app.OpenDb();
        var server = new SendingServer
        {
            CustomerId = app.Customer,
            Name = name,
            Kind = kind,
            Connections = connections,
            Settings = settings.ToJson(),
            CreatedAt = app.Now,
            UpdatedAt = app.Now,
        };
        change?.Invoke(server);
        db.Add(server);
        await db.SaveChangesAsync();
        return server.Id;
    }

    /// <summary>Signs messages from example.test with a new RSA-2048 key.</summary>
    public async Task AddDkimAsync()
    {
        var key = DkimKey.Generate(2048);
        await using var db = app.OpenDb();
        db.Add(
            new SenderDomain
            {
                CustomerId = app.Customer,
                Domain = "example.test",
                DkimSelector = "s1",
                DkimPublicKey = key.RecordValue,
                DkimProtectedKey = app.Get<Secrets>().Protect(key.PrivateKeyPem),
                DkimActive = true,
                CreatedAt = app.Now,
            }
        );
        await db.SaveChangesAsync();
    }

    /// <summary>A draft of the campaign.</summary>
    public async Task<CampaignId> AddCampaignAsync(
        ListId list,
        IReadOnlyList<ServerId> servers,
        string html,
        TrackingLevel tracking = TrackingLevel.Individual
    )
    {
        await using var db = app.OpenDb();
        var clock = app.Get<TimeProvider>();
        var id = (await CreateCampaign.RunAsync(app.Customer, new NewCampaign("Offre Spéciale d'Été"), db, clock, default))!.Value;
        Check(
            await EditCampaign.RunAsync(
                app.Customer,
                id,
                new CampaignEdit
                {
                    FromEmail = "lettre@example.test",
                    FromName = "Atelier Dupont",
                    Subject = "Économisez 50 % sur notre nouvelle collection, {{first_name}}",
                    Html = html,
                    Tracking = tracking,
                },
                db,
                clock,
                default
            )
        );
        Check(await SetCampaignLists.RunAsync(app.Customer, id, [list], [], db, clock, default));
        Check(
            await SetCampaignServers.RunAsync(
                app.Customer,
                id,
                [.. servers.Select(s => new CampaignServerChoice(s))],
                db,
                app.Get<Signals>(),
                clock,
                default
            )
        );
        return id;
    }

    /// <summary>Launches it.</summary>
    public async Task LaunchAsync(CampaignId id)
    {
        await using var db = app.OpenDb();
        Check(await LaunchCampaign.RunAsync(app.Customer, id, db, app.Get<Signals>(), app.Get<TimeProvider>(), default));
    }

    /// <summary>Deliveries of the campaign by status.</summary>
    public async Task<Dictionary<int, long>> StatusesAsync(CampaignId id)
    {
        await using var db = app.OpenDb();
        return await db.Of<DeliveryRecord>(app.Customer)
            .Where(d => d.CampaignId == id)
            .GroupBy(d => d.Status)
            .Select(g => new { g.Key, Count = g.LongCount() })
            .ToDictionaryAsync(g => (int)g.Key, g => g.Count);
    }

    public static void Check(CampaignOutcome outcome)
    {
        if (outcome is not CampaignOutcome.Done)
            throw new InvalidOperationException(
                outcome is CampaignOutcome.Invalid invalid ? string.Join(' ', invalid.Problems.Select(p => p.Message)) : outcome.ToString()
            );
    }
}
