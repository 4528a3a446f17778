using System.CommandLine;
using System.Globalization;
using Estafette.Core.Automations;
using Estafette.Core.Campaigns;
using Estafette.Core.Campaigns.Variants;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Cli;

/// <summary><c>estafette queue</c>: sending without the server (cron), and what waits.</summary>
internal static class QueueCommand
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    private sealed record Run(string? Site, long Taken, long Sent, long Errors, double Seconds);

    private sealed record Waiting(
        long Due,
        long Later,
        long WaitingForWinner,
        long Claimed,
        int Launching,
        DateTimeOffset? NextAt,
        bool Sending,
        IReadOnlyList<WaitingCampaign> Campaigns
    );

    private sealed record WaitingCampaign(long Id, string Name, CampaignStatus Status, long Queued);

    public static Command Create(CommandTree tree) =>
        new("queue", "Send what waits, and see it") { CreateSend(tree), CreateRetry(tree), CreateStatus(tree) };

    /// <summary>The names that crontabs of an earlier system use, with the domain as argument.</summary>
    public static IEnumerable<Command> CreateAliases(CommandTree tree)
    {
        foreach (var name in (string[])["EmailQueue/send_queue", "EmailQueue/retry_queue"])
        {
            var domain = new Argument<string?>("DOMAIN") { Arity = ArgumentArity.ZeroOrOne };
            var command = new Command(name, "Same as 'queue send --site DOMAIN'") { domain };
            command.Hidden = true;
            yield return tree.Run(
                command,
                (session, result, ct) => SendAsync(session, new SendRequest(result.GetValue(domain), null, Follow: false, Wait: false), ct)
            );
        }
    }

    private sealed record SendRequest(string? Site, long? Max, bool Follow, bool Wait);

    private static Command CreateSend(CommandTree tree)
    {
        var once = new Option<bool>("--once") { Description = "End when nothing is due any more; this is the default" };
        var follow = new Option<bool>("--follow") { Description = "Go on until interrupted" };
        var max = new Option<long?>("--max") { Description = "Take at most so many messages", HelpName = "N" };
        var wait = Wait();
        var command = new Command("send", "Send what is due; ends with 3 when another run sends") { once, follow, max, wait };
        tree.WithExamples(
            command,
            "estafette queue send --site news.example.org",
            "*/2 * * * * estafette queue send --data /var/lib/estafette --max 5000    (crontab, without a server)"
        );
        return tree.Run(
            command,
            (session, result, ct) =>
                SendAsync(
                    session,
                    new SendRequest(session.GivenCustomer, result.GetValue(max), result.GetValue(follow), result.GetValue(wait)),
                    ct
                ),
            waits: result => result.GetValue(wait)
        );
    }

    private static Command CreateRetry(CommandTree tree)
    {
        var failed = new Option<bool>("--failed")
        {
            Description = "First queue again what failed for a reason that may have passed, in every campaign that is not cancelled",
        };
        var wait = Wait();
        var command = new Command("retry", "Send the retries that are due and what a stopped run left behind") { failed, wait };
        tree.WithExamples(command, "estafette queue retry --site news.example.org", "estafette queue retry --failed");
        return tree.Run(
            command,
            async (session, result, ct) =>
            {
                if (result.GetValue(failed))
                    await QueueFailedAsync(session, ct);
                return await SendAsync(session, new SendRequest(session.GivenCustomer, null, false, result.GetValue(wait)), ct);
            },
            waits: result => result.GetValue(wait)
        );
    }

    private static Option<bool> Wait() => new("--wait") { Description = "Wait while another run sends" };

    private static async Task<int> SendAsync(CommandSession session, SendRequest request, CancellationToken ct)
    {
        var customer = request.Site is { } site ? await session.FindCustomerAsync(site, ct) : await session.CustomerAsync(ct);
        if (request.Max is < 1)
            throw new CommandException("--max is at least 1.", ExitCode.Usage);
        if (!session.InServer)
            await RunAutomations.RunAsync(session.Services, ct);
        QueueRunSummary? summary;
        while ((summary = await SendQueue.RunAsync(customer.Id, !request.Follow, request.Max, session.Services, ct)) is null)
        {
            if (!request.Wait)
                throw new CommandException(
                    session.InServer
                        ? "The running server sends the queue by itself; there is nothing to do. See 'estafette queue status'."
                        : "Another run sends the queue.",
                    ExitCode.Busy
                );
            // The server sends on its own: done when it has nothing left to do for this customer.
            if (session.InServer && await DueAsync(session, customer.Id, ct) == 0)
            {
                summary = new QueueRunSummary(0, 0, 0, TimeSpan.Zero);
                break;
            }
            await Task.Delay(Poll, ct);
        }
        var run = new Run(
            request.Site ?? customer.Name,
            summary.Taken,
            summary.Sent,
            summary.Failed,
            Math.Round(summary.Duration.TotalSeconds, 1)
        );
        session.Console.Done(
            run,
            string.Create(
                CultureInfo.InvariantCulture,
                $"site={run.Site} taken={run.Taken} sent={run.Sent} errors={run.Errors} seconds={run.Seconds:0.0}"
            )
        );
        return summary.Failed > 0 ? ExitCode.Failed : ExitCode.Done;
    }

    private static async Task QueueFailedAsync(CommandSession session, CancellationToken ct)
    {
        var customer = await session.CustomerAsync(ct);
        var campaigns = await session
            .Db.Of<Campaign>(customer.Id)
            .Where(c => c.Status == CampaignStatus.Running || c.Status == CampaignStatus.Finished)
            .Select(c => c.Id)
            .ToListAsync(ct);
        long queued = 0;
        foreach (var id in campaigns)
            queued +=
                await RetryFailed.RunAsync(
                    customer.Id,
                    id,
                    false,
                    session.Db,
                    session.Get<WriteQueue>(),
                    session.Get<Signals>(),
                    session.Clock,
                    ct
                ) ?? 0;
        session.Console.Note($"{queued} messages are in the queue again.");
    }

    private static Command CreateStatus(CommandTree tree) =>
        tree.Run(
            new Command("status", "What waits in the queue"),
            async (session, _, ct) =>
            {
                var waiting = await StatusAsync(session, (await session.CustomerAsync(ct)).Id, ct);
                session.Console.Object(
                    waiting,
                    ("Due now", waiting.Due),
                    ("Later", waiting.Later),
                    ("A/B test", waiting.WaitingForWinner == 0 ? null : $"{waiting.WaitingForWinner} messages wait for the winner"),
                    ("On their way", waiting.Claimed),
                    ("Launching", waiting.Launching == 0 ? null : $"{waiting.Launching} campaigns whose recipients are not frozen yet"),
                    ("Next at", waiting.NextAt),
                    ("Sending", waiting.Sending ? "by the server" : "nobody; 'estafette serve' or 'estafette queue send' sends")
                );
                if (!session.Console.Json && waiting.Campaigns.Count > 0)
                    session.Console.List(
                        waiting.Campaigns,
                        new("id", c => c.Id, Right: true),
                        new("campaign", c => c.Name),
                        new("status", c => c.Status),
                        new("queued", c => c.Queued, Right: true)
                    );
                return ExitCode.Done;
            }
        );

    private static async Task<Waiting> StatusAsync(CommandSession session, CustomerId customer, CancellationToken ct)
    {
        var now = session.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var id = customer.Value;
        var rows = await session
            .Db.Database.SqlQuery<QueueRow>(
                $"""
                SELECT campaign_id AS "Campaign", sum(CASE WHEN due_at = {VariantDraw.WaitingDue} THEN 1 ELSE 0 END) AS "Held", count(*) AS "Queued", sum(CASE WHEN lane_id <> 0 THEN 1 ELSE 0 END) AS "Claimed",
                  sum(CASE WHEN lane_id = 0 AND due_at <= {now} THEN 1 ELSE 0 END) AS "Due", min(CASE WHEN due_at = {VariantDraw.WaitingDue} THEN NULL ELSE due_at END) AS "NextAt"
                FROM delivery_queue WHERE customer_id = {id} GROUP BY campaign_id
                """
            )
            .ToListAsync(ct);
        var names = await session
            .Db.Of<Campaign>(customer)
            .AsNoTracking()
            .Where(c => c.Status == CampaignStatus.Running || c.Status == CampaignStatus.Paused || c.Status == CampaignStatus.Cancelled)
            .Select(c => new
            {
                c.Id,
                c.Name,
                c.Status,
            })
            .ToListAsync(ct);
        return new Waiting(
            rows.Sum(r => r.Due),
            rows.Sum(r => r.Queued - r.Due - r.Claimed - r.Held),
            rows.Sum(r => r.Held),
            rows.Sum(r => r.Claimed),
            await session.Db.Of<Campaign>(customer).CountAsync(c => c.Status == CampaignStatus.Running && c.ExpandedAt == null, ct),
            rows.Min(r => r.NextAt) is { } next ? DateTimeOffset.FromUnixTimeMilliseconds(next) : null,
            session.InServer && session.Get<DeliveryEngine>().IsRunning,
            [
                .. from row in rows
                join campaign in names on row.Campaign equals campaign.Id.Value
                orderby campaign.Id.Value
                select new WaitingCampaign(row.Campaign, campaign.Name, campaign.Status, row.Queued),
            ]
        );
    }

    private static async Task<long> DueAsync(CommandSession session, CustomerId customer, CancellationToken ct)
    {
        var waiting = await StatusAsync(session, customer, ct);
        return waiting.Due + waiting.Claimed + waiting.Launching;
    }

    private sealed record QueueRow(long Campaign, long Held, long Queued, long Claimed, long Due, long? NextAt);
}
