using System.Diagnostics;
using Estafette.Core.Delivery;
using Estafette.Core.Delivery.Rules;
using Estafette.Core.Platform;
using Estafette.Core.Statistics;
using Estafette.Testing;

namespace Estafette.Benchmarks.Report;

/// <summary>Report, filter pages, recount and export of one campaign with 1 M deliveries and 2 M events, and of one a tenth as large.</summary>
internal static class ReportBench
{
    /// <summary>When the first opens of the data come: ten hours after the clock of the tests stands still.</summary>
    private static readonly DateTimeOffset OpensFrom = new FakeTimeProvider().GetUtcNow().AddHours(15);

    private static readonly (string Name, DeliveryFilter Filter)[] Filters =
    [
        ("all", new DeliveryFilter()),
        ("sent", new DeliveryFilter { Status = DeliveryStatus.Sent }),
        ("bounced", new DeliveryFilter { Status = DeliveryStatus.HardBounced }),
        ("opened", new DeliveryFilter { Engagement = EngagementFilter.Opened }),
        ("clicked_bounced", new DeliveryFilter { Engagement = EngagementFilter.Clicked, Status = DeliveryStatus.HardBounced }),
        ("prefix", new DeliveryFilter { AddressPrefix = "user99" }),
        ("prefix_short_bounced", new DeliveryFilter { AddressPrefix = "u", Status = DeliveryStatus.HardBounced }),
        ("prefix_bounced", new DeliveryFilter { AddressPrefix = "user", Status = DeliveryStatus.HardBounced }),
        ("nobody", new DeliveryFilter { AddressPrefix = "zzz" }),
        ("domain", new DeliveryFilter { Domain = "example3.test" }),
        ("provider", new DeliveryFilter { Provider = "Google" }),
        ("provider_bounced", new DeliveryFilter { Provider = "Google", Status = DeliveryStatus.HardBounced }),
        ("no_provider", new DeliveryFilter { Provider = "Orange" }),
        ("server", new DeliveryFilter { Server = new ServerId(2) }),
        ("server_bounced", new DeliveryFilter { Server = new ServerId(2), Status = DeliveryStatus.HardBounced }),
        ("opened_between", new DeliveryFilter { OpenedFrom = OpensFrom, OpenedBefore = OpensFrom.AddHours(2) }),
        (
            "opened_between_provider",
            new DeliveryFilter
            {
                OpenedFrom = OpensFrom,
                OpenedBefore = OpensFrom.AddHours(2),
                Provider = "Google",
            }
        ),
        ("clicked_link", new DeliveryFilter { Link = (new ContentId(7), 3) }),
        ("cause", new DeliveryFilter { Cause = FailureCause.UnknownRecipient }),
        ("attempts", new DeliveryFilter { AttemptsAtLeast = 2 }),
        ("failed", new DeliveryFilter { Statuses = [DeliveryStatus.SoftBounced, DeliveryStatus.HardBounced, DeliveryStatus.Rejected] }),
    ];

    public static async Task RunAsync(string[] args)
    {
        foreach (var deliveries in args.Contains("--short") ? [100_000] : (int[])[1_000_000, 100_000])
            await RunAsync(deliveries, deliveries == 1_000_000 ? "" : ".100k");
    }

    private static async Task RunAsync(int deliveries, string suffix)
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        var campaign = await ReportData.AddAsync(app, deliveries);
        var ct = CancellationToken.None;
        Figure.Print(
            $"report.recount_s{suffix}",
            await MillisecondsAsync(1, () => Recount.RepairAsync(campaign, app.Writes, ct)) / 1000,
            "s"
        );
        Figure.Print(
            $"report.overview_ms{suffix}",
            await MillisecondsAsync(
                9,
                async () =>
                {
                    await using var db = app.OpenDb();
                    await ReportCampaign.RunAsync(app.Customer, campaign, db, ct);
                }
            ),
            "ms"
        );
        Figure.Print(
            $"report.progress_ms{suffix}",
            await MillisecondsAsync(
                9,
                async () =>
                {
                    await using var db = app.OpenDb();
                    await ReadProgress.RunAsync(app.Customer, campaign, db, ct);
                }
            ),
            "ms"
        );
        foreach (
            var (name, part) in new (string, Func<EstafetteDb, Task>)[]
            {
                ("devices", db => ReportDevices.RunAsync(app.Customer, campaign, db, ct)),
                ("domains", db => ReportDomains.RunAsync(app.Customer, campaign, db, ct)),
                ("errors", db => ReportErrors.RunAsync(app.Customer, campaign, db, ct)),
            }
        )
            Figure.Print(
                $"report.{name}_ms{suffix}",
                await MillisecondsAsync(
                    9,
                    async () =>
                    {
                        await using var db = app.OpenDb();
                        await part(db);
                    }
                ),
                "ms"
            );
        var worst = 0.0;
        foreach (var (name, filter) in Filters)
        {
            var took = await MillisecondsAsync(5, () => TwoPagesAsync(app, campaign, filter)) / 2;
            worst = Math.Max(worst, took);
            Figure.Print($"report.page_ms.{name}{suffix}", took, "ms");
        }
        Figure.Print($"report.page_ms{suffix}", worst, "ms");
        Figure.Print(
            $"report.csv_s{suffix}",
            await MillisecondsAsync(
                1,
                async () =>
                    await ExportDeliveries.RunAsync(
                        app.Customer,
                        campaign,
                        new DeliveryFilter(),
                        TimeZoneInfo.Utc,
                        TextWriter.Null,
                        app.Store,
                        ct
                    )
            ) / 1000,
            "s"
        );
        await WorkbookExport.PrintAsync(app, campaign, suffix);
    }

    private static async Task TwoPagesAsync(TestApplication app, CampaignId campaign, DeliveryFilter filter)
    {
        var first = await ListDeliveries.RunAsync(app.Customer, campaign, filter, null, 50, app.Store, CancellationToken.None);
        await ListDeliveries.RunAsync(app.Customer, campaign, filter, first!.Next, 50, app.Store, CancellationToken.None);
    }

    /// <summary>The median of some runs after one that warms up.</summary>
    private static async Task<double> MillisecondsAsync(int runs, Func<Task> work)
    {
        if (runs > 1)
            await work();
        var times = new List<double>();
        for (var i = 0; i < runs; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await work();
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
        return times.Order().ElementAt(runs / 2);
    }
}
