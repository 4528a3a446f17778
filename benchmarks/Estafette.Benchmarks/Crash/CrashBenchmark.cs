using System.Diagnostics;
using System.Globalization;
using Estafette.Benchmarks.Send;
using Estafette.Core.Campaigns;
using Estafette.Core.Channels;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Testing;
using Estafette.Testing.Campaigns;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Estafette.Benchmarks.Crash;

/// <summary>
/// Kills the sender with SIGKILL at random moments at full rate, into a recording sink, and counts what was lost, what arrived twice, and which
/// of those are not listed as "in doubt" in the attempts.
/// </summary>
internal static class CrashBenchmark
{
    private const int Connections = 20;

    /// <summary>Arguments: number of recipients (default 100,000), number of kills (default 20).</summary>
    public static async Task RunAsync(string[] args)
    {
        var count = args is [var first, ..] ? int.Parse(first, CultureInfo.InvariantCulture) : 100_000;
        var kills = args is [_, var second, ..] ? int.Parse(second, CultureInfo.InvariantCulture) : 20;
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite, new TestSetup { Clock = TimeProvider.System });
        var record = Path.Combine(app.DataDirectory, "sink.record");
        using var sink = Start("sink", ["--record", record], redirect: true);
        var port = int.Parse((await sink.StandardOutput.ReadLineAsync())!.Split(' ')[1], CultureInfo.InvariantCulture);
        var scenario = new CampaignScenario(app);
        var list = await scenario.AddContactsAsync(count);
        var server = await scenario.AddSmtpAsync("sink", port, Connections);
        var campaign = await scenario.AddCampaignAsync(list, [server], Newsletter.Html);
        await scenario.LaunchAsync(campaign);

        var killed = await KillRepeatedlyAsync(app.DataDirectory, record, count, kills);
        await RunToEndAsync(app, campaign);
        sink.Kill();
        await sink.WaitForExitAsync();
        await ReportAsync(app, record, count, killed);
    }

    /// <summary>The process that is killed: expands and sends until nothing is due.</summary>
    public static async Task SendChildAsync(string[] args)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(
                new Dictionary<string, string?>(StringComparer.Ordinal)
                {
                    ["Data:Directory"] = args[0],
                    ["Network:AllowPrivateAddresses"] = "true",
                    ["Delivery:InDoubtResendSeconds"] = "1",
                }
            )
            .Build();
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddLogging();
        services.AddEstafette(configuration);
        await using var provider = services.BuildServiceProvider();
        var expander = provider.GetServices<IHostedService>().OfType<CampaignExpander>().Single();
        await expander.StartAsync(default);
        await provider.GetRequiredService<DeliveryEngine>().RunAsync(only: null, once: true, default);
        await expander.StopAsync(default);
    }

    private static async Task<int> KillRepeatedlyAsync(string data, string record, int count, int kills)
    {
        var killed = 0;
        while (killed < kills)
        {
            using var child = Start("send-child", [data], redirect: false);
            // Each life sends about an equal part of the campaign before it ends at a random moment.
            var began = Lines(record);
            var until = began + (count / (kills + 1)) + Random.Shared.Next(0, 1 + (count / (kills * 4)));
            while (!child.HasExited && Lines(record) < until)
                await Task.Delay(Random.Shared.Next(1, 15));
            if (child.HasExited)
                break;
            child.Kill();
            await child.WaitForExitAsync();
            killed++;
        }
        return killed;
    }

    private static async Task RunToEndAsync(TestApplication app, CampaignId campaign)
    {
        for (var i = 0; i < 60; i++)
        {
            using (var child = Start("send-child", [app.DataDirectory], redirect: false))
                await child.WaitForExitAsync();
            await using var db = app.OpenDb();
            if (await db.Of<Campaign>(app.Customer).AnyAsync(c => c.Id == campaign && c.Status == CampaignStatus.Finished))
                return;
            await Task.Delay(1000);
        }
    }

    private static async Task ReportAsync(TestApplication app, string record, int count, int killed)
    {
        var arrivals = (await File.ReadAllLinesAsync(record))
            .Select(l => l.Split(' ', '\t')[0])
            .GroupBy(a => a)
            .ToDictionary(g => g.Key, g => g.Count());
        var twice = arrivals.Where(a => a.Value > 1).ToDictionary();
        var duplicates = twice.Values.Sum(n => n - 1);
        await using var db = app.OpenDb();
        var listed = await (
            from attempt in db.Of<AttemptRecord>(app.Customer)
            join delivery in db.Of<DeliveryRecord>(app.Customer) on attempt.DeliveryId equals delivery.Id
            where attempt.Outcome == AttemptOutcome.InDoubt
            select delivery.Address
        ).ToListAsync();
        var known = listed.ToHashSet(StringComparer.Ordinal);
        var statuses = await db.Of<DeliveryRecord>(app.Customer)
            .GroupBy(d => d.Status)
            .Select(g => new { g.Key, N = g.Count() })
            .ToListAsync();
        Figure.Print("crash.kills", killed, "kills");
        Figure.Print("crash.lost", count - arrivals.Count, "messages", 0);
        Figure.Print("crash.duplicates_per_kill", killed == 0 ? 0 : (double)duplicates / killed, "messages", Connections);
        Figure.Print("crash.unlisted", twice.Keys.Count(a => !known.Contains(a)), "messages", 0);
        Figure.Print("crash.in_doubt", listed.Count, "attempts");
        Console.WriteLine($"# ledger: {string.Join(", ", statuses.Select(s => $"{s.Key} {s.N}"))}");
    }

    private static long Lines(string record)
    {
        if (!File.Exists(record))
            return 0;
        // A line has about the same length throughout: the size tells the number closely enough to choose a moment.
        return new FileInfo(record).Length / 75;
    }

    private static Process Start(string verb, string[] arguments, bool redirect) =>
        Process.Start(
            new ProcessStartInfo(Environment.ProcessPath!, [verb, .. arguments])
            {
                RedirectStandardOutput = redirect,
                UseShellExecute = false,
            }
        )!;
}
