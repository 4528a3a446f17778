using System.CommandLine;
using Estafette.Core.Campaigns;
using Estafette.Core.Platform;
using Estafette.Core.Statistics;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Cli;

/// <summary><c>estafette statistics recount</c>: proves that the figures equal the raw rows.</summary>
internal static class StatisticsCommand
{
    private sealed record Row(long Campaign, string Metric, DateTimeOffset Hour, long Dimension, long Stored, long Counted);

    private sealed record Counted(int Campaigns, bool Repaired, IReadOnlyList<Row> Differences);

    public static Command Create(CommandTree tree) => new("statistics", "The figures themselves") { CreateRecount(tree) };

    private static Command CreateRecount(CommandTree tree)
    {
        var only = new Option<string?>("--campaign") { Description = "Only this campaign, by id or name", HelpName = "CAMPAIGN" };
        var repair = new Option<bool>("--repair") { Description = "Put right what differs" };
        var command = new Command("recount", "Count the raw rows and compare; ends with 1 when a figure differs") { only, repair };
        tree.WithExamples(command, "estafette statistics recount", "estafette statistics recount --campaign 12 --repair");
        return tree.Run(
            command,
            async (session, result, ct) =>
            {
                var campaigns = await CampaignsAsync(session, result.GetValue(only), ct);
                var repairs = result.GetValue(repair);
                var rows = new List<Row>();
                foreach (var id in campaigns)
                {
                    var differences = repairs
                        ? await Recount.RepairAsync(id, session.Get<WriteQueue>(), ct)
                        : await Recount.RunAsync(id, session.Get<Store>(), ct);
                    rows.AddRange(
                        differences.Select(d => new Row(id.Value, d.Metric.ToString(), d.Hour, d.Dimension, d.Stored, d.Counted))
                    );
                }
                return Tell(session.Console, new Counted(campaigns.Count, repairs, rows));
            }
        );
    }

    private static async Task<List<CampaignId>> CampaignsAsync(CommandSession session, string? only, CancellationToken ct)
    {
        if (only is not null)
            return [await Lookup.CampaignAsync(session.Db, (await session.CustomerAsync(ct)).Id, only, ct)];
        var campaigns = session.Db.Set<Campaign>().AsNoTracking();
        if (session.GivenCustomer is { } given)
        {
            var customer = (await session.FindCustomerAsync(given, ct)).Id;
            campaigns = campaigns.Where(c => c.CustomerId == customer);
        }
        return await campaigns.Where(c => c.LaunchedAt != null).OrderBy(c => c.Id).Select(c => c.Id).ToListAsync(ct);
    }

    private static int Tell(CommandConsole console, Counted counted)
    {
        if (console.Json || counted.Differences.Count == 0)
            console.Done(counted, $"Campaigns recounted: {counted.Campaigns}. Their figures equal their rows.");
        else
        {
            console.List(
                counted.Differences,
                new("campaign", d => d.Campaign, Right: true),
                new("metric", d => d.Metric),
                new("hour", d => d.Hour),
                new("dimension", d => d.Dimension, Right: true),
                new("stored", d => d.Stored, Right: true),
                new("counted", d => d.Counted, Right: true)
            );
            console.Note(counted.Repaired ? "These figures were put right." : "Run it again with --repair to put them right.");
        }
        return counted.Differences.Count == 0 || counted.Repaired ? ExitCode.Done : ExitCode.Failed;
    }
}
