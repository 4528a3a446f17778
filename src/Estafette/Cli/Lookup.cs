using Estafette.Core.Automations;
using Estafette.Core.Campaigns;
using Estafette.Core.Channels;
using Estafette.Core.Contacts;
using Estafette.Core.Messages;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Cli;

/// <summary>Objects of a customer as people name them: by id, or by their exact name when only one has it.</summary>
internal static class Lookup
{
    private sealed record Named(long Id, string Name);

    public static async Task<ListId> ListAsync(EstafetteDb db, CustomerId customer, string given, CancellationToken ct) =>
        new(
            Choose(
                "list",
                given,
                await db.Of<ContactList>(customer).OrderBy(l => l.Name).Select(l => new Named(l.Id.Value, l.Name)).ToListAsync(ct),
                "Create one with 'estafette list create NAME'."
            )
        );

    public static async Task<ServerId> ServerAsync(EstafetteDb db, CustomerId customer, string given, CancellationToken ct) =>
        new(
            Choose(
                "sending server",
                given,
                await db.Of<SendingServer>(customer).OrderBy(s => s.Name).Select(s => new Named(s.Id.Value, s.Name)).ToListAsync(ct),
                "Add one with 'estafette server add'."
            )
        );

    public static async Task<TemplateId> TemplateAsync(EstafetteDb db, CustomerId customer, string given, CancellationToken ct) =>
        new(
            Choose(
                "template",
                given,
                await db.Of<Template>(customer).OrderBy(t => t.Name).Select(t => new Named(t.Id.Value, t.Name)).ToListAsync(ct),
                "Templates are made on the pages."
            )
        );

    public static async Task<CampaignId> CampaignAsync(EstafetteDb db, CustomerId customer, string given, CancellationToken ct)
    {
        var campaigns = db.Of<Campaign>(customer);
        if (CampaignId.TryParse(given, null, out var id) && await campaigns.AnyAsync(c => c.Id == id, ct))
            return id;
        var found = await campaigns.Where(c => c.Name == given).Select(c => new Named(c.Id.Value, c.Name)).ToListAsync(ct);
        if (found.Count == 0)
            found = await campaigns.OrderByDescending(c => c.Id).Take(20).Select(c => new Named(c.Id.Value, c.Name)).ToListAsync(ct);
        return new(Choose("campaign", given, found, "Create one with 'estafette campaign create'."));
    }

    public static async Task<AutomationId> AutomationAsync(EstafetteDb db, CustomerId customer, string given, CancellationToken ct) =>
        new(
            Choose(
                "automation",
                given,
                await db.Of<Automation>(customer).OrderBy(a => a.Id).Select(a => new Named(a.Id.Value, a.Name)).ToListAsync(ct),
                "Automations are made on the pages."
            )
        );

    private static long Choose(string kind, string given, List<Named> all, string hint)
    {
        if (all.Find(n => n.Id.ToString(System.Globalization.CultureInfo.InvariantCulture) == given) is { } byId)
            return byId.Id;
        return all.FindAll(n => string.Equals(n.Name, given, StringComparison.OrdinalIgnoreCase)) switch
        {
            [var one] => one.Id,
            [] => throw CommandException.Unknown(kind, given, all.Select(n => $"{n.Id} {n.Name}"), hint),
            var several => throw new CommandException(
                $"Several {kind}s are called '{given}': {string.Join(", ", several.Select(n => n.Id))}. Give the id.",
                ExitCode.Usage
            ),
        };
    }
}
