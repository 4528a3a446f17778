using Estafette.Core.Accounts;
using Estafette.Core.Automations;
using Estafette.Core.Campaigns;
using Estafette.Core.Platform;
using Estafette.Testing;
using Estafette.Testing.Campaigns;
using Estafette.Testing.Smtp;
using Microsoft.Data.Sqlite;

namespace Estafette.EndToEnd.Automations;

/// <summary>
/// The built program runs a welcome series: people subscribe, get the first message, wait, are asked a question, get the second, while the program is killed
/// in the middle of each.
/// </summary>
[Trait("Category", "EndToEnd")]
public sealed class WelcomeSeriesTests : IAsyncLifetime
{
    private const int People = 300;

    private readonly EstafetteProcess _estafette = new()
    {
        Settings = ["--Network:AllowPrivateAddresses=true", "--Delivery:InDoubtResendSeconds=3600"],
    };
    private readonly FakeSmtpServer _smtp = FakeSmtpServer.Start();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _estafette.DisposeAsync();
        await _smtp.DisposeAsync();
    }

    [Fact]
    public async Task Everybody_gets_each_message_once_although_the_program_is_killed_twice()
    {
        await PrepareAsync();
        await _estafette.StartServerAsync();
        await File.WriteAllLinesAsync(
            _estafette.File("people.csv"),
            ["email,ville", .. Enumerable.Range(0, People).Select(i => $"p{i}@r.test,{(i % 2 == 0 ? "Paris" : "Lyon")}")]
        );
        (
            await _estafette.RunAsync(
                "contacts",
                "import",
                "people.csv",
                "--list",
                "Abonnés",
                "--confirmed",
                "--provenance",
                "shop",
                "--legal-basis",
                "consent"
            )
        ).Succeeded();

        await Eventually.TrueAsync(() => _smtp.Accepted > People / 3, TimeSpan.FromMinutes(2));
        await _estafette.KillServerAsync();
        await _estafette.StartServerAsync();
        await Eventually.TrueAsync(
            async () => await CountAsync("automation_enrolments WHERE is_waiting = 1 AND status = 0") == People,
            TimeSpan.FromMinutes(2)
        );
        await Eventually.TrueAsync(async () => await CountAsync("delivery_queue WHERE epoch = 0") == 0, TimeSpan.FromMinutes(2));

        await _estafette.KillServerAsync();
        await ExecuteAsync("UPDATE automation_enrolments SET due_at = 0 WHERE status = 0");
        await _estafette.StartServerAsync();
        await Eventually.TrueAsync(async () => await CountAsync("automation_enrolments WHERE status = 1") > 0, TimeSpan.FromMinutes(2));
        await _estafette.KillServerAsync();
        await _estafette.StartServerAsync();
        await Eventually.TrueAsync(
            async () => await CountAsync("automation_enrolments WHERE status = 1") == People,
            TimeSpan.FromMinutes(2)
        );
        await Eventually.TrueAsync(async () => await CountAsync("deliveries WHERE status NOT IN (2, 4)") == 0, TimeSpan.FromMinutes(2));

        (await CountAsync("deliveries")).ShouldBe(People + (People / 2));
        (await CountAsync("(SELECT 1 FROM deliveries GROUP BY campaign_id, address HAVING count(*) > 1)")).ShouldBe(0);
        // What left twice can only be what was on the wire at a kill, and each of those is listed.
        var twice = _smtp.Messages.GroupBy(m => (m.RcptTo[0], Subject(m))).Count(g => g.Count() > 1);
        twice.ShouldBeLessThanOrEqualTo(24);
        _smtp.Messages.Where(m => Subject(m) == "Paris").ShouldAllBe(m => int.Parse(m.RcptTo[0].Split('@')[0].Substring(1)) % 2 == 0);
        var shown = (await _estafette.RunAsync("automation", "show", "Bienvenue", "--json")).Succeeded().Json;
        shown.GetProperty("figures").GetProperty("entered").GetInt64().ShouldBe(People);
        shown.GetProperty("figures").GetProperty("finished").GetInt64().ShouldBe(People);
        (await _estafette.RunAsync("automation", "pause", "Bienvenue")).Succeeded();
        (await _estafette.RunAsync("automation", "enrol", "Bienvenue", "p1@r.test")).ExitCode.ShouldBe(1);
        (await _estafette.RunAsync("automation", "resume", "Bienvenue")).Succeeded();
        (await _estafette.RunAsync("automation", "list")).Succeeded().Output.ShouldContain("Bienvenue");
    }

    private static string Subject(ReceivedMessage message) =>
        System
            .Text.Encoding.UTF8.GetString(message.Bytes)
            .Split('\n')
            .First(l => l.StartsWith("Subject:", StringComparison.Ordinal))[8..]
            .Trim();

    /// <summary>The automation is made by the use cases themselves, in the data directory that the program then opens.</summary>
    private async Task PrepareAsync()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite, new TestSetup { Clock = TimeProvider.System });
        var clock = TimeProvider.System;
        var actor = new Actor(app.Customer, "test");
        await new CampaignScenario(app).AddSmtpAsync("s", _smtp.Port, 4);
        var list = await app.AddListAsync("Abonnés");
        await using (var db = app.OpenDb())
        {
            var id = await CreateAutomation.RunAsync(actor, "Bienvenue", Recipe.Empty, db, app.Get<Secrets>(), clock, default);
            await EditAutomation.RunAsync(
                actor,
                id,
                d =>
                    d with
                    {
                        Trigger = new TriggerDefinition
                        {
                            Kind = TriggerKind.List,
                            List = list.Value,
                            WithImports = true,
                        },
                    },
                db,
                clock,
                default
            );
            await SendAsync("Bonjour", new StepPlace(0, true, 0));
            await EditAutomation.AddStepAsync(actor, id, StepKind.Wait, new StepPlace(0, true, 1), db, clock, default);
            var condition = (
                await EditAutomation.AddStepAsync(actor, id, StepKind.Condition, new StepPlace(0, true, 2), db, clock, default)
            )!.Value;
            await EditAutomation.RunAsync(
                actor,
                id,
                d =>
                    d.Replace(
                        d.Find(condition)! with
                        {
                            Condition = new ConditionDefinition
                            {
                                Kind = ConditionKind.Attribute,
                                Attribute = "ville",
                                Value = "Paris",
                            },
                        }
                    ),
                db,
                clock,
                default
            );
            await SendAsync("Paris", new StepPlace(condition, true, 0));
            (await PublishAutomation.RunAsync(actor, id, db, app.Get<Signals>(), clock, default)).ShouldBe(AutomationOutcome.Done.Instance);

            async Task SendAsync(string subject, StepPlace place)
            {
                var step = (await EditAutomation.AddStepAsync(actor, id, StepKind.Send, place, db, clock, default))!.Value;
                var edit = new CampaignEdit
                {
                    Subject = subject,
                    FromEmail = "lettre@example.test",
                    Html = "<p>Bonjour</p>",
                };
                (await EditAutomation.SaveMessageAsync(actor, id, step, edit, db, clock, default)).ShouldBe(CampaignOutcome.Done.Instance);
            }
        }
        await app.ExecuteAsync("PRAGMA user_version");
        CopyAll(app.DataDirectory, _estafette.Data);
    }

    private static void CopyAll(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var directory in Directory.GetDirectories(from, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(directory.Replace(from, to, StringComparison.Ordinal));
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
            File.Copy(file, file.Replace(from, to, StringComparison.Ordinal));
    }

    private async Task<long> CountAsync(string from)
    {
        await using var connection = new SqliteConnection(
            $"Data Source={Path.Combine(_estafette.Data, "estafette.db")};Mode=ReadOnly;Pooling=False"
        );
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT count(*) FROM {from}";
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(_estafette.Data, "estafette.db")};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }
}
