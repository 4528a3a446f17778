using System.CommandLine;
using System.Globalization;
using Estafette.Core.Campaigns;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Cli;

/// <summary><c>estafette campaign launch</c>, <c>pause</c>, <c>resume</c>, <c>cancel</c>, <c>test</c> and <c>retry-failed</c>.</summary>
internal static class CampaignControl
{
    private sealed record State(long Id, string Name, CampaignStatus Status, DateTimeOffset? ScheduledAt);

    private sealed record Retried(long Id, long Queued);

    private sealed record Tested(long Id, IReadOnlyList<string> To);

    private delegate Task<CampaignOutcome> Change(CommandSession session, CustomerId customer, CampaignId id, CancellationToken ct);

    public static IEnumerable<Command> Create(CommandTree tree)
    {
        yield return CreateLaunch(tree);
        yield return CreateChange(
            tree,
            "pause",
            "Stop sending a campaign within a second",
            "paused",
            (s, customer, id, ct) => PauseCampaign.RunAsync(customer, id, s.Db, s.Get<Signals>(), s.Clock, ct)
        );
        yield return CreateChange(
            tree,
            "resume",
            "Go on with a paused campaign, with its content as it is now",
            "resumed",
            (s, customer, id, ct) => ResumeCampaign.RunAsync(customer, id, s.Db, s.Get<Signals>(), s.Clock, ct)
        );
        yield return CreateChange(
            tree,
            "cancel",
            "End a campaign; what did not leave never will",
            "cancelled",
            (s, customer, id, ct) => CancelCampaign.RunAsync(customer, id, s.Db, s.Get<Signals>(), s.Clock, ct)
        );
        yield return CreateTest(tree);
        yield return CreateRetry(tree);
    }

    /// <summary>Turns what a use case answered into the end of the command.</summary>
    /// <exception cref="CommandException">It was not done.</exception>
    public static void Check(CampaignOutcome outcome, string done)
    {
        switch (outcome)
        {
            case CampaignOutcome.NotFound:
                throw new CommandException("The campaign is gone.", ExitCode.Usage);
            case CampaignOutcome.WrongStatus wrong:
                throw new CommandException($"The campaign is {Printing.Text(wrong.Status)}; in this state it cannot be {done}.");
            case CampaignOutcome.Changed or CampaignOutcome.EditedMeanwhile:
                throw new CommandException($"The campaign changed meanwhile and was not {done}; look at it and repeat the command.");
            case CampaignOutcome.Invalid invalid:
                throw new CommandException(
                    $"The campaign was not {done}: {string.Join(' ', invalid.Problems.Where(p => p.IsError).Select(p => p.Message))}"
                );
        }
    }

    /// <summary>Says who will send, when nobody does yet.</summary>
    public static void TellSender(CommandSession session)
    {
        if (!session.InServer)
            session.Console.Note("No server runs on this data: 'estafette serve' or 'estafette queue send' sends it.");
        else if (!session.Get<DeliveryOptions>().Enabled)
            session.Console.Note("The server does not send by itself (Delivery:Enabled is false): 'estafette queue send' does.");
    }

    private static Command CreateLaunch(CommandTree tree)
    {
        var at = new Option<string?>("--at")
        {
            Description = "Launch then instead of now: 2026-05-04T09:30 in the customer's time zone, or with an offset",
            HelpName = "TIME",
        };
        var accept = new Option<string[]>("--accept-warnings")
        {
            Description = "Names of the warnings that were read; without them the command tells them and ends with 5",
            HelpName = "CODE",
            AllowMultipleArgumentsPerToken = true,
        };
        var command = CreateChange(
            tree,
            "launch",
            "Launch a campaign now, or put it on the calendar",
            "launched",
            (s, customer, id, ct) => LaunchCampaign.RunAsync(customer, id, s.Db, s.Get<Signals>(), s.Clock, ct),
            at,
            accept
        );
        tree.WithExamples(
            command,
            "estafette campaign launch 'May letter'",
            "estafette campaign launch 12 --at 2026-05-04T09:30",
            "estafette campaign launch 12 --accept-warnings sender.first-use subject.long"
        );
        return command;
    }

    private static Command CreateChange(
        CommandTree tree,
        string name,
        string description,
        string done,
        Change change,
        Option<string?>? at = null,
        Option<string[]>? accept = null
    )
    {
        var which = CampaignCommand.Which();
        var command = new Command(name, description) { which };
        if (at is not null)
            command.Options.Add(at);
        if (accept is not null)
            command.Options.Add(accept);
        return tree.Run(
            command,
            async (session, result, ct) =>
            {
                var customer = await session.CustomerAsync(ct);
                var id = await Lookup.CampaignAsync(session.Db, customer.Id, result.GetRequiredValue(which), ct);
                var when = at is not null && result.GetValue(at) is { } given ? TimeOf(given, customer.TimeZone) : (DateTimeOffset?)null;
                var word = when is null ? done : "scheduled";
                if (accept is not null)
                    await LaunchWarnings.CheckAsync(session, customer.Id, id, result.GetValue(accept) ?? [], ct);
                var outcome = when is { } time
                    ? await ScheduleCampaign.RunAsync(customer.Id, id, time, session.Db, session.Get<Signals>(), session.Clock, ct)
                    : await change(session, customer.Id, id, ct);
                Check(outcome, word);
                var campaign = await session.Db.Of<Campaign>(customer.Id).AsNoTracking().SingleAsync(c => c.Id == id, ct);
                await session.AuditAsync(customer.Id, $"campaign.{word}", $"campaign {id} {campaign.Name}", ct);
                if (campaign.Status is CampaignStatus.Running or CampaignStatus.Scheduled)
                    TellSender(session);
                session.Console.Done(
                    new State(id.Value, campaign.Name, campaign.Status, campaign.ScheduledAt),
                    $"Campaign {id} {campaign.Name} was {word}{(when is null ? "" : $" for {Printing.Text(when)}")}."
                );
                return ExitCode.Done;
            }
        );
    }

    private static DateTimeOffset TimeOf(string given, string zoneName)
    {
        if (!DateTime.TryParse(given, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var time))
            throw new CommandException($"--at '{given}' is no time; write 2026-05-04T09:30.", ExitCode.Usage);
        if (time.Kind != DateTimeKind.Unspecified)
            return DateTimeOffset.Parse(given, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        var zone = TimeZoneInfo.FindSystemTimeZoneById(zoneName);
        if (zone.IsInvalidTime(time))
            throw new CommandException($"--at '{given}': this hour is left out on that day in {zoneName}.", ExitCode.Usage);
        return new DateTimeOffset(time, zone.GetUtcOffset(time));
    }

    private static Command CreateTest(CommandTree tree)
    {
        var which = CampaignCommand.Which();
        var to = new Option<string[]>("--to")
        {
            Description = "Address; up to 20",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var command = new Command("test", "Send a campaign as it is now to a few addresses; it counts nowhere") { which, to };
        tree.WithExamples(command, "estafette campaign test 12 --to me@example.org you@example.org");
        return tree.Run(
            command,
            async (session, result, ct) =>
            {
                var customer = await session.CustomerAsync(ct);
                var id = await Lookup.CampaignAsync(session.Db, customer.Id, result.GetRequiredValue(which), ct);
                var addresses = result.GetRequiredValue(to);
                var outcome = await SendTest.RunAsync(
                    customer.Id,
                    id,
                    addresses,
                    null,
                    session.Db,
                    session.Get<WriteQueue>(),
                    session.Get<Signals>(),
                    session.Clock,
                    ct
                );
                Check(outcome, "tested");
                TellSender(session);
                session.Console.Done(new Tested(id.Value, addresses), $"The test to {string.Join(", ", addresses)} is in the queue.");
                return ExitCode.Done;
            }
        );
    }

    private static Command CreateRetry(CommandTree tree)
    {
        var which = CampaignCommand.Which();
        var doubt = new Option<bool>("--in-doubt")
        {
            Description = "Those in doubt too: the message left and the answer never came, so a few may get it twice",
        };
        var command = new Command("retry-failed", "Queue again what failed for a reason that may have passed") { which, doubt };
        return tree.Run(
            command,
            async (session, result, ct) =>
            {
                var customer = await session.CustomerAsync(ct);
                var id = await Lookup.CampaignAsync(session.Db, customer.Id, result.GetRequiredValue(which), ct);
                var count =
                    await RetryFailed.RunAsync(
                        customer.Id,
                        id,
                        result.GetValue(doubt),
                        session.Db,
                        session.Get<WriteQueue>(),
                        session.Get<Signals>(),
                        session.Clock,
                        ct
                    ) ?? throw new CommandException("The campaign was not launched yet, or it is cancelled; nothing can be sent again.");
                await session.AuditAsync(customer.Id, "campaign.retried", $"campaign {id}, {count} messages", ct);
                if (count > 0)
                    TellSender(session);
                session.Console.Done(new Retried(id.Value, count), $"{count} messages of campaign {id} are in the queue again.");
                return ExitCode.Done;
            }
        );
    }
}
