using System.CommandLine;
using Estafette.Core.Campaigns;
using Estafette.Core.Channels;
using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Cli;

/// <summary><c>estafette campaign list</c> and <c>show</c>.</summary>
internal static class CampaignRead
{
    private sealed record Row(
        long Id,
        string Name,
        CampaignStatus Status,
        string Subject,
        long Audience,
        long Sent,
        DateTimeOffset CreatedAt,
        DateTimeOffset? ScheduledAt,
        DateTimeOffset? LaunchedAt,
        DateTimeOffset? FinishedAt
    );

    private sealed record Details(
        long Id,
        string Name,
        CampaignStatus Status,
        string Subject,
        string? Preheader,
        string? FromEmail,
        string? FromName,
        string? ReplyTo,
        TrackingLevel Tracking,
        IReadOnlyList<string> Lists,
        IReadOnlyList<string> ExcludedLists,
        IReadOnlyList<string> Servers,
        int HtmlCharacters,
        int TextCharacters,
        long Audience,
        long Sent,
        DateTimeOffset CreatedAt,
        DateTimeOffset? ScheduledAt,
        DateTimeOffset? LaunchedAt,
        DateTimeOffset? FinishedAt
    );

    public static Command CreateList(CommandTree tree)
    {
        var status = new Option<CampaignStatus?>("--status")
        {
            Description = "draft, scheduled, running, paused, finished or cancelled",
            HelpName = "STATUS",
        };
        var limit = new Option<int>("--limit") { Description = "At most so many, 1 to 10000", DefaultValueFactory = _ => 50 };
        var command = new Command("list", "List the campaigns, newest first") { status, limit };
        tree.WithExamples(command, "estafette campaign list --status running", "estafette campaign list --json --limit 1000");
        return tree.Run(
            command,
            async (session, result, ct) =>
            {
                var customer = await session.CustomerAsync(ct);
                var campaigns = session.Db.Of<Campaign>(customer.Id).AsNoTracking().Where(c => c.Kind == CampaignKind.Ordinary);
                if (result.GetValue(status) is { } only)
                    campaigns = campaigns.Where(c => c.Status == only);
                var rows = await campaigns
                    .OrderByDescending(c => c.Id)
                    .Take(Math.Clamp(result.GetValue(limit), 1, 10_000))
                    .Select(c => new
                    {
                        c.Id,
                        c.Name,
                        c.Status,
                        c.Subject,
                        c.Audience,
                        c.CreatedAt,
                        c.ScheduledAt,
                        c.LaunchedAt,
                        c.FinishedAt,
                    })
                    .ToListAsync(ct);
                var sent = await SentAsync(session.Db, customer.Id, [.. rows.Select(r => r.Id)], ct);
                session.Console.List(
                    rows.ConvertAll(c => new Row(
                        c.Id.Value,
                        c.Name,
                        c.Status,
                        c.Subject,
                        c.Audience,
                        sent.GetValueOrDefault(c.Id),
                        c.CreatedAt,
                        c.ScheduledAt,
                        c.LaunchedAt,
                        c.FinishedAt
                    )),
                    new("id", c => c.Id, Right: true),
                    new("name", c => c.Name),
                    new("status", c => c.Status),
                    new("audience", c => c.Audience, Right: true),
                    new("sent", c => c.Sent, Right: true),
                    new("launched", c => c.LaunchedAt)
                );
                return ExitCode.Done;
            }
        );
    }

    public static Command CreateShow(CommandTree tree)
    {
        var which = CampaignCommand.Which();
        var command = new Command("show", "Show a campaign") { which };
        return tree.Run(
            command,
            async (session, result, ct) =>
            {
                var customer = await session.CustomerAsync(ct);
                var id = await Lookup.CampaignAsync(session.Db, customer.Id, result.GetRequiredValue(which), ct);
                Print(session.Console, await DetailsAsync(session.Db, customer.Id, id, ct));
                return ExitCode.Done;
            }
        );
    }

    private static async Task<Details> DetailsAsync(EstafetteDb db, CustomerId customer, CampaignId id, CancellationToken ct)
    {
        var c = await db.Of<Campaign>(customer).AsNoTracking().SingleAsync(x => x.Id == id, ct);
        var lists = await (
            from use in db.Of<CampaignList>(customer)
            join list in db.Of<ContactList>(customer) on use.ListId equals list.Id
            where use.CampaignId == id
            orderby list.Name
            select new { list.Name, use.Excluded }
        ).ToListAsync(ct);
        var servers = await (
            from use in db.Of<CampaignServer>(customer)
            join server in db.Of<SendingServer>(customer) on use.ServerId equals server.Id
            where use.CampaignId == id
            orderby server.Priority, server.Name
            select server.Name
        ).ToListAsync(ct);
        var sent = await SentAsync(db, customer, [id], ct);
        return new Details(
            c.Id.Value,
            c.Name,
            c.Status,
            c.Subject,
            c.Preheader,
            c.FromEmail,
            c.FromName,
            c.ReplyTo,
            c.Tracking,
            [.. lists.Where(l => !l.Excluded).Select(l => l.Name)],
            [.. lists.Where(l => l.Excluded).Select(l => l.Name)],
            servers,
            c.Html?.Length ?? 0,
            c.Text?.Length ?? 0,
            c.Audience,
            sent.GetValueOrDefault(id),
            c.CreatedAt,
            c.ScheduledAt,
            c.LaunchedAt,
            c.FinishedAt
        );
    }

    private static void Print(CommandConsole console, Details c) =>
        console.Object(
            c,
            ("Campaign", $"{c.Id} {c.Name}"),
            ("Status", c.Status),
            ("From", c.FromName is null ? c.FromEmail : $"{c.FromName} <{c.FromEmail}>"),
            ("Reply to", c.ReplyTo),
            ("Subject", c.Subject),
            ("Preheader", c.Preheader),
            ("Content", $"{c.HtmlCharacters} characters HTML, {c.TextCharacters} characters text"),
            ("Lists", string.Join(", ", c.Lists)),
            ("Left out", c.ExcludedLists.Count == 0 ? null : string.Join(", ", c.ExcludedLists)),
            ("Servers", string.Join(", ", c.Servers)),
            ("Tracking", c.Tracking),
            ("Audience", c.Audience),
            ("Sent", c.Sent),
            ("Created", c.CreatedAt),
            ("Scheduled", c.ScheduledAt),
            ("Launched", c.LaunchedAt),
            ("Finished", c.FinishedAt)
        );

    private static async Task<Dictionary<CampaignId, long>> SentAsync(
        EstafetteDb db,
        CustomerId customer,
        List<CampaignId> campaigns,
        CancellationToken ct
    ) =>
        await db.Of<RollupRow>(customer)
            .Where(r => r.Metric == Metric.Sent && campaigns.Contains(r.CampaignId))
            .GroupBy(r => r.CampaignId)
            .Select(g => new { g.Key, Count = g.Sum(r => r.Count) })
            .ToDictionaryAsync(g => g.Key, g => g.Count, ct);
}
