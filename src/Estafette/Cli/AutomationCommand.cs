using System.CommandLine;
using Estafette.Core.Accounts;
using Estafette.Core.Automations;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Cli;

/// <summary><c>estafette automation</c>: what runs, who is inside, pause, resume, enrol.</summary>
internal static class AutomationCommand
{
    private sealed record State(long Id, string Name, AutomationStatus Status);

    private sealed record StepRow(int Step, StepKind Kind, long Here, long Passed, long Sent, long Opened, long Clicked, long Failed);

    private sealed record Shown(
        long Id,
        string Name,
        AutomationStatus Status,
        int Version,
        bool HasChanges,
        AutomationFigures Figures,
        IReadOnlyList<StepRow> Steps
    );

    private sealed record Enrolled(long Id, int Entered, int Refused, IReadOnlyList<string> Unknown);

    private delegate Task<AutomationOutcome> Change(CommandSession session, Actor actor, AutomationId id, CancellationToken ct);

    public static Command Create(CommandTree tree)
    {
        var command = new Command("automation", "Automations: what runs, who is inside, pause, resume, enrol");
        Command[] commands =
        [
            CreateList(tree),
            CreateShow(tree),
            CreateChange(
                tree,
                "pause",
                "Nobody enters or moves on until it is resumed",
                "paused",
                (s, actor, id, ct) => PauseAutomation.RunAsync(actor, id, s.Db, s.Get<Signals>(), s.Clock, ct)
            ),
            CreateChange(
                tree,
                "resume",
                "Go on; whose wait is over moves at once",
                "resumed",
                (s, actor, id, ct) => ResumeAutomation.RunAsync(actor, id, s.Db, s.Get<Signals>(), s.Clock, ct)
            ),
            CreateEnrol(tree),
        ];
        foreach (var sub in commands)
            command.Subcommands.Add(sub);
        return command;
    }

    private static Argument<string> Which() => new("AUTOMATION") { Description = "Automation by id or exact name" };

    private static Command CreateList(CommandTree tree) =>
        tree.Run(
            new Command("list", "The automations with their people"),
            async (session, _, ct) =>
            {
                var customer = await session.CustomerAsync(ct);
                session.Console.List(
                    await ListAutomations.RunAsync(customer.Id, session.Db, ct),
                    new("id", a => a.Id, Right: true),
                    new("name", a => a.Name),
                    new("status", a => a.Status),
                    new("trigger", a => a.Trigger),
                    new("entered", a => a.Figures.Entered, Right: true),
                    new("inside", a => a.Figures.Inside, Right: true),
                    new("finished", a => a.Figures.Finished, Right: true)
                );
                return ExitCode.Done;
            }
        );

    private static Command CreateShow(CommandTree tree)
    {
        var which = Which();
        var command = new Command("show", "One automation with the figures of its steps") { which };
        tree.WithExamples(command, "estafette automation show Bienvenue");
        return tree.Run(
            command,
            async (session, result, ct) =>
            {
                var customer = await session.CustomerAsync(ct);
                var id = await Lookup.AutomationAsync(session.Db, customer.Id, result.GetRequiredValue(which), ct);
                var view = (await ShowAutomation.RunAsync(customer.Id, id, session.Db, ct))!;
                var steps = (view.Published ?? view.Draft).All().Select(s => RowOf(s.Step, view.Of(s.Step.Id))).ToList();
                var automation = view.Automation;
                session.Console.Object(
                    new Shown(id.Value, automation.Name, automation.Status, automation.Version, view.HasChanges, view.Figures, steps),
                    ("Automation", $"{id} {automation.Name}"),
                    ("Status", automation.Status),
                    ("Version", automation.Version == 0 ? "never published" : automation.Version),
                    ("Changes", view.HasChanges && automation.Version > 0 ? "not published" : null),
                    ("Entered", view.Figures.Entered),
                    ("Inside", view.Figures.Inside),
                    ("Finished", view.Figures.Finished),
                    ("Left", view.Figures.Left)
                );
                if (!session.Console.Json)
                    session.Console.List(
                        steps,
                        new("step", s => s.Step, Right: true),
                        new("kind", s => s.Kind),
                        new("here", s => s.Here, Right: true),
                        new("passed", s => s.Passed, Right: true),
                        new("sent", s => s.Sent, Right: true),
                        new("opened", s => s.Opened, Right: true),
                        new("clicked", s => s.Clicked, Right: true),
                        new("failed", s => s.Failed, Right: true)
                    );
                return ExitCode.Done;
            }
        );
    }

    private static StepRow RowOf(StepDefinition step, StepFigures figures) =>
        new(step.Id, step.Kind, figures.Here, figures.Passed, figures.Sent, figures.Opened, figures.Clicked, figures.Failed);

    private static Command CreateChange(CommandTree tree, string name, string description, string done, Change change)
    {
        var which = Which();
        return tree.Run(
            new Command(name, description) { which },
            async (session, result, ct) =>
            {
                var customer = await session.CustomerAsync(ct);
                var id = await Lookup.AutomationAsync(session.Db, customer.Id, result.GetRequiredValue(which), ct);
                var outcome = await change(session, new Actor(customer.Id, CommandSession.UserName), id, ct);
                if (outcome is AutomationOutcome.WrongStatus wrong)
                    throw new CommandException($"The automation is {Printing.Text(wrong.Status)}; in this state it cannot be {done}.");
                if (outcome is not AutomationOutcome.Done)
                    throw new CommandException($"The automation changed meanwhile and was not {done}; repeat the command.");
                var automation = await session.Db.Of<Automation>(customer.Id).AsNoTracking().SingleAsync(a => a.Id == id, ct);
                session.Console.Done(
                    new State(id.Value, automation.Name, automation.Status),
                    $"Automation {id} {automation.Name} was {done}."
                );
                return ExitCode.Done;
            }
        );
    }

    private static Command CreateEnrol(CommandTree tree)
    {
        var which = Which();
        var addresses = new Argument<string[]>("ADDRESS") { Description = "Addresses of contacts", Arity = ArgumentArity.ZeroOrMore };
        var list = new Option<string?>("--list") { Description = "Everybody confirmed in this list", HelpName = "LIST" };
        var command = new Command("enrol", "Let contacts enter now; who is inside or may not enter again is left out")
        {
            which,
            addresses,
            list,
        };
        tree.WithExamples(command, "estafette automation enrol Bienvenue anne@example.org", "estafette automation enrol 3 --list Clients");
        return tree.Run(
            command,
            async (session, result, ct) =>
            {
                var customer = await session.CustomerAsync(ct);
                var actor = new Actor(customer.Id, CommandSession.UserName);
                var id = await Lookup.AutomationAsync(session.Db, customer.Id, result.GetRequiredValue(which), ct);
                var given = result.GetValue(addresses) ?? [];
                var (writes, signals) = (session.Get<WriteQueue>(), session.Get<Signals>());
                if (result.GetValue(list) is { } name)
                {
                    var listId = await Lookup.ListAsync(session.Db, customer.Id, name, ct);
                    var all =
                        await EnrolPeople.RunAsync(actor, id, listId, session.Db, writes, signals, session.Clock, ct) ?? throw NotRunning();
                    session.Console.Done(new Enrolled(id.Value, all, 0, []), $"{all} contacts entered automation {id}.");
                    return ExitCode.Done;
                }
                if (given.Length is 0 or > EnrolPeople.MaxAddresses)
                    throw new CommandException($"Give 1 to {EnrolPeople.MaxAddresses} addresses, or --list.", ExitCode.Usage);
                var entered =
                    await EnrolPeople.RunAsync(actor, id, given, session.Db, writes, signals, session.Clock, ct) ?? throw NotRunning();
                session.Console.Done(
                    new Enrolled(id.Value, entered.Entered, entered.Refused, entered.Unknown),
                    $"{entered.Entered} contacts entered automation {id}, {entered.Refused} were left out, {entered.Unknown.Count} are unknown."
                );
                return entered.Unknown.Count > 0 ? ExitCode.Failed : ExitCode.Done;
            }
        );
    }

    private static CommandException NotRunning() => new("The automation does not run; start or resume it first.");
}
