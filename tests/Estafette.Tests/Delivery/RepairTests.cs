using Estafette.Core.Campaigns;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;
using Estafette.Core.Statistics;
using Estafette.Testing;
using Estafette.Testing.Smtp;

namespace Estafette.Tests.Delivery;

/// <summary>Figures are put right while the engine goes on adding to them.</summary>
public abstract class RepairTests(DatabaseKind kind) : RunningEngineTests(kind)
{
    [Fact]
    public async Task Figures_repaired_while_the_engine_sends_are_true_then_and_at_the_end()
    {
        await using var smtp = FakeSmtpServer.Start();
        var id = await LaunchAsync(smtp, rate: 150);
        await using var engine = StartEngine();
        await Eventually.TrueAsync(() => smtp.Accepted >= 20);
        var repairs = 0;
        while (await StatusAsync(id) != CampaignStatus.Finished)
        {
            await App.ExecuteAsync($"UPDATE rollups SET count = count + 5 WHERE campaign_id = {id} AND metric = {(int)Metric.Audience}");
            var repaired = await Recount.RepairAsync(id, App.Writes, Token);
            repaired.Select(d => (d.Metric, d.Counted - d.Stored)).ShouldBe([(Metric.Audience, -5L)]);
            repairs++;
        }
        await engine.StopAsync();
        repairs.ShouldBeGreaterThan(0);
        (await Recount.RunAsync(id, App.Store, Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Repairs_at_the_same_time_correct_once()
    {
        await using var smtp = FakeSmtpServer.Start();
        var id = await LaunchAsync(smtp);
        await using var engine = StartEngine();
        await Eventually.TrueAsync(async () => await StatusAsync(id) == CampaignStatus.Finished);
        await engine.StopAsync();
        await App.ExecuteAsync($"UPDATE rollups SET count = count + 5 WHERE campaign_id = {id}");

        var repairs = Enumerable.Range(0, 4).Select(_ => Task.Run(() => Recount.RepairAsync(id, App.Writes, Token), Token));
        var found = await Task.WhenAll(repairs);

        found.Sum(f => f.Count).ShouldBe(found.Max(f => f.Count));
        (await Recount.RunAsync(id, App.Store, Token)).ShouldBeEmpty();
    }
}

public sealed class RepairTestsOnSqlite() : RepairTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class RepairTestsOnPostgreSql() : RepairTests(DatabaseKind.PostgreSql);
