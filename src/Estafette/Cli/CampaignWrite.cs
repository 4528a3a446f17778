using System.CommandLine;
using System.Globalization;
using Estafette.Core.Campaigns;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Cli;

/// <summary><c>estafette campaign create</c>, <c>edit</c> and <c>clone</c>.</summary>
internal static class CampaignWrite
{
    private sealed record Made(long Id, string Name, CampaignStatus Status, IReadOnlyList<string> Warnings);

    public static Command CreateCreate(CommandTree tree)
    {
        var name = new Option<string>("--name") { Description = "Name of the campaign", Required = true };
        var template = new Option<string?>("--template") { Description = "Template to start from, by name or id", HelpName = "TEMPLATE" };
        var fields = new CampaignFields();
        var command = new Command("create", "Create a draft") { name, template };
        fields.AddTo(command);
        tree.WithExamples(
            command,
            "estafette campaign create --name 'May letter' --subject 'Bonjour {{first_name}}' --from news@example.org \\",
            "    --html letter.html --list Clients --exclude Staff --server Capture"
        );
        return tree.Run(
            command,
            async (session, result, ct) =>
            {
                var customer = await session.CustomerAsync(ct);
                var edit = await fields.EditAsync(session, result, ct);
                var targets = await fields.TargetsAsync(session, customer.Id, result, ct);
                TemplateId? model = result.GetValue(template) is { } given
                    ? await Lookup.TemplateAsync(session.Db, customer.Id, given, ct)
                    : null;
                var request = new NewCampaign(result.GetRequiredValue(name), model, CommandSession.UserName);
                var id =
                    await CreateCampaign.RunAsync(customer.Id, request, session.Db, session.Clock, ct)
                    ?? throw new CommandException("The template is gone.", ExitCode.Usage);
                try
                {
                    await ApplyAsync(session, customer.Id, id, edit with { Name = request.Name }, targets, ct);
                }
                catch (CommandException)
                {
                    await RemoveAsync(session.Db, customer.Id, id, ct);
                    throw;
                }
                return await TellAsync(session, customer.Id, id, "created", ct);
            }
        );
    }

    public static Command CreateEdit(CommandTree tree)
    {
        var which = CampaignCommand.Which();
        var name = new Option<string?>("--name") { Description = "New name" };
        var fields = new CampaignFields();
        var command = new Command("edit", "Change a draft, or the content and servers of a paused campaign") { which, name };
        fields.AddTo(command);
        tree.WithExamples(command, "estafette campaign edit 12 --subject 'A better subject' --html letter.html");
        return tree.Run(
            command,
            async (session, result, ct) =>
            {
                var customer = await session.CustomerAsync(ct);
                var id = await Lookup.CampaignAsync(session.Db, customer.Id, result.GetRequiredValue(which), ct);
                var edit = await fields.EditAsync(session, result, ct) with { Name = result.GetValue(name) };
                await ApplyAsync(session, customer.Id, id, edit, await fields.TargetsAsync(session, customer.Id, result, ct), ct);
                return await TellAsync(session, customer.Id, id, "changed", ct);
            }
        );
    }

    public static Command CreateClone(CommandTree tree)
    {
        var which = CampaignCommand.Which();
        var name = new Option<string?>("--name") { Description = "Name of the copy; default that of the original with the day" };
        var command = new Command("clone", "Make a new draft like a campaign") { which, name };
        return tree.Run(
            command,
            async (session, result, ct) =>
            {
                var customer = await session.CustomerAsync(ct);
                var id = await Lookup.CampaignAsync(session.Db, customer.Id, result.GetRequiredValue(which), ct);
                var original = await session.Db.Of<Campaign>(customer.Id).Where(c => c.Id == id).Select(c => c.Name).SingleAsync(ct);
                var day = session.Clock.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
                var copy = result.GetValue(name) ?? $"{original} {day}";
                var made =
                    await CloneCampaign.RunAsync(customer.Id, id, copy, CommandSession.UserName, session.Db, session.Clock, ct)
                    ?? throw new CommandException("The campaign is gone.", ExitCode.Usage);
                return await TellAsync(session, customer.Id, made, "created", ct);
            }
        );
    }

    private static async Task ApplyAsync(
        CommandSession session,
        CustomerId customer,
        CampaignId id,
        CampaignEdit edit,
        CampaignTargets targets,
        CancellationToken ct
    )
    {
        CampaignControl.Check(await EditCampaign.RunAsync(customer, id, edit, session.Db, session.Clock, ct), "changed");
        if (targets.Lists is not null || targets.Excluded is not null)
        {
            var now = await session.Db.Of<CampaignList>(customer).AsNoTracking().Where(l => l.CampaignId == id).ToListAsync(ct);
            var lists = targets.Lists ?? [.. now.Where(l => !l.Excluded).Select(l => l.ListId)];
            var excluded = targets.Excluded ?? [.. now.Where(l => l.Excluded).Select(l => l.ListId)];
            CampaignControl.Check(await SetCampaignLists.RunAsync(customer, id, lists, excluded, session.Db, session.Clock, ct), "changed");
        }
        if (targets.Servers is { } servers)
            CampaignControl.Check(
                await SetCampaignServers.RunAsync(
                    customer,
                    id,
                    [.. servers.Select(s => new CampaignServerChoice(s))],
                    session.Db,
                    session.Get<Signals>(),
                    session.Clock,
                    ct
                ),
                "changed"
            );
    }

    private static async Task<int> TellAsync(CommandSession session, CustomerId customer, CampaignId id, string done, CancellationToken ct)
    {
        var campaign = await session.Db.Of<Campaign>(customer).AsNoTracking().SingleAsync(c => c.Id == id, ct);
        var problems = await CheckCampaign.RunAsync(customer, id, session.Db, ct) ?? [];
        await session.AuditAsync(customer, $"campaign.{done}", $"campaign {id} {campaign.Name}", ct);
        foreach (var problem in problems)
            session.Console.Note($"{(problem.IsError ? "Before launch" : "Note")}: {problem.Message}");
        session.Console.Done(
            new Made(id.Value, campaign.Name, campaign.Status, [.. problems.Select(p => p.Message)]),
            $"Campaign {id} {campaign.Name} was {done}."
        );
        return ExitCode.Done;
    }

    /// <summary>A draft that could not be filled as asked does not stay.</summary>
    private static async Task RemoveAsync(EstafetteDb db, CustomerId customer, CampaignId id, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        await using var write = await db.BeginWriteAsync(ct);
        await db.Of<CampaignList>(customer).Where(l => l.CampaignId == id).ExecuteDeleteAsync(ct);
        await db.Of<CampaignSegment>(customer).Where(s => s.CampaignId == id).ExecuteDeleteAsync(ct);
        await db.Of<CampaignServer>(customer).Where(s => s.CampaignId == id).ExecuteDeleteAsync(ct);
        await db.Of<Campaign>(customer).Where(c => c.Id == id).ExecuteDeleteAsync(ct);
        await write.CommitAsync(ct);
    }
}
