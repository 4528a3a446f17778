using System.CommandLine;
using System.Globalization;
using Estafette.Core.Campaigns;
using Estafette.Core.Platform;
using Estafette.Core.Statistics;
using Microsoft.EntityFrameworkCore;
using Spectre.Console;

namespace Estafette.Cli;

/// <summary><c>estafette campaign report</c>: the figures, once or until the campaign is over.</summary>
internal static class CampaignReportCommand
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    private sealed record Report(
        long Id,
        string Name,
        CampaignStatus Status,
        long Remaining,
        CampaignFigures Figures,
        IReadOnlyList<ServerFigures> Servers,
        IReadOnlyList<CauseFigures> Causes,
        IReadOnlyList<LinkFigures> Links
    );

    public static Command Create(CommandTree tree)
    {
        var which = CampaignCommand.Which();
        var watch = new Option<bool>("--watch") { Description = "Go on showing them until the campaign is over" };
        var command = new Command("report", "The figures of a campaign") { which, watch };
        tree.WithExamples(command, "estafette campaign report 12 --watch", "estafette campaign report 'May letter' --json");
        return tree.Run(
            command,
            async (session, result, ct) =>
            {
                var customer = await session.CustomerAsync(ct);
                var id = await Lookup.CampaignAsync(session.Db, customer.Id, result.GetRequiredValue(which), ct);
                if (result.GetValue(watch))
                    await WatchAsync(session, customer.Id, id, ct);
                Print(session.Console, await ReadAsync(session.Db, customer.Id, id, ct));
                return ExitCode.Done;
            }
        );
    }

    private static async Task<Report> ReadAsync(EstafetteDb db, CustomerId customer, CampaignId id, CancellationToken ct)
    {
        var name = await db.Of<Campaign>(customer).Where(c => c.Id == id).Select(c => c.Name).SingleOrDefaultAsync(ct);
        var progress = await ReadProgress.RunAsync(customer, id, db, ct);
        var report = await ReportCampaign.RunAsync(customer, id, db, ct);
        if (name is null || progress is null || report is null)
            throw new CommandException("The campaign is gone.", ExitCode.Usage);
        return new Report(
            id.Value,
            name,
            progress.Status,
            progress.Remaining,
            report.Figures,
            report.Servers,
            report.Causes,
            [.. report.Links.Where(l => l.Clicks + l.AggregateClicks > 0)]
        );
    }

    private static void Print(CommandConsole console, Report report)
    {
        var f = report.Figures;
        console.Object(
            report,
            ("Campaign", $"{report.Id} {report.Name}"),
            ("Status", report.Status),
            ("Audience", f.Audience),
            ("Remaining", report.Remaining),
            ("Sent", f.Sent),
            (
                "Delivered",
                f is { Delivered: 0, Sent: > 0 }
                    ? "not confirmed: the relays only say that they took it"
                    : Rate(f.Delivered, f.DeliveredRate, 1)
            ),
            ("Opened", Rate(f.Opened, f.OpenRate, 1)),
            ("Clicked", Rate(f.Clicked, f.ClickRate, 1)),
            ("Opens uncounted", Other(f.AggregateOpens, f.MachineOpens)),
            ("Clicks uncounted", Other(f.AggregateClicks, f.MachineClicks)),
            ("Bounced", Rate(f.Bounced, f.BounceRate, 1)),
            ("Unsubscribed", Rate(f.Unsubscribed, f.UnsubscribeRate, 2)),
            ("Complained", Rate(f.Complained, f.ComplaintRate, 3)),
            ("Rejected", f.Rejected),
            ("Suppressed", f.Suppressed),
            ("Cancelled", f.Cancelled),
            ("In doubt", f.InDoubt)
        );
        if (console.Json)
            return;
        if (report.Servers.Count > 0)
            console.List(
                report.Servers,
                new("server", s => s.Name),
                new("accepted", s => s.Accepted, Right: true),
                new("failed", s => s.Failed, Right: true)
            );
        if (report.Causes.Count > 0)
            console.List(report.Causes, new("cause", c => c.Cause), new("attempts", c => c.Attempts, Right: true));
        if (report.Links.Count > 0)
            console.List(
                report.Links,
                new("link", l => l.Url),
                new("clickers", l => l.Clickers, Right: true),
                new("clicks", l => l.Clicks, Right: true)
            );
    }

    private static string Rate(long count, decimal? rate, int decimals) =>
        rate is { } percent
            ? $"{count.ToString(CultureInfo.InvariantCulture)} ({decimal.Round(percent, decimals).ToString(CultureInfo.InvariantCulture)} %)"
            : $"{count.ToString(CultureInfo.InvariantCulture)} (—)";

    private static string? Other(long aggregate, long machines) =>
        aggregate + machines == 0 ? null : $"{aggregate} of recipients without individual tracking, {machines} by machines";

    private static async Task WatchAsync(CommandSession session, CustomerId customer, CampaignId id, CancellationToken ct)
    {
        if (!session.Console.IsRich)
        {
            await FollowAsync(session, customer, id, line => session.Console.Note(line.Text), ct);
            return;
        }
        await session
            .Console.Ansi.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn())
            .StartAsync(async progress =>
            {
                var bar = progress.AddTask("", maxValue: 1);
                await FollowAsync(
                    session,
                    customer,
                    id,
                    line =>
                    {
                        bar.Value = line.Share;
                        bar.Description = Markup.Escape(line.Text);
                    },
                    ct
                );
            });
    }

    private sealed record Line(double Share, string Text);

    private static async Task FollowAsync(
        CommandSession session,
        CustomerId customer,
        CampaignId id,
        Action<Line> show,
        CancellationToken ct
    )
    {
        var shown = "";
        var (lastDone, lastAt) = (-1L, session.Clock.GetTimestamp());
        while (true)
        {
            session.Db.ChangeTracker.Clear();
            var now =
                await ReadProgress.RunAsync(customer, id, session.Db, ct)
                ?? throw new CommandException("The campaign is gone.", ExitCode.Usage);
            var seconds = session.Clock.GetElapsedTime(lastAt).TotalSeconds;
            var rate = lastDone < 0 || seconds <= 0 ? 0 : Math.Max(0, (now.Done - lastDone) / seconds);
            (lastDone, lastAt) = (now.Done, session.Clock.GetTimestamp());
            var text = TextOf(now, rate);
            if (text != shown)
                show(new Line(now.Audience == 0 ? 0 : (double)now.Done / now.Audience, shown = text));
            if (now.Status is CampaignStatus.Finished or CampaignStatus.Cancelled or CampaignStatus.Draft)
                return;
            await Task.Delay(Poll, session.Clock, ct);
        }
    }

    private static string TextOf(CampaignProgress now, double rate)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{Printing.Text(now.Status)}: {now.Done} of {now.Audience}");
        if (rate < 1 || now.Remaining == 0)
            return text;
        var left = TimeSpan.FromSeconds(now.Remaining / rate);
        return string.Create(CultureInfo.InvariantCulture, $"{text}, {rate:0}/s, {Printing.Duration(left)} left");
    }
}
