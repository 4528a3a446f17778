using System.Security.Cryptography;
using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Channels;
using Estafette.Core.Deliverability;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Automations;

/// <summary>Creates an automation that is a draft, empty or from a recipe.</summary>
public static class CreateAutomation
{
    public const int MaxNameLength = 200;

    public static async Task<AutomationId> RunAsync(
        Actor actor,
        string name,
        Recipe recipe,
        EstafetteDb db,
        Secrets secrets,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var now = clock.GetUtcNow();
        var secret = secrets.Protect("whsec_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24)));
        await using var write = await db.BeginWriteAsync(ct);
        var automation = new Automation(actor.Customer, Shorten(name.Trim()), new AutomationDefinition(), secret, now)
        {
            CreatedBy = actor.UserName,
        };
        db.Add(automation);
        await db.SaveChangesAsync(ct);
        var language = await db.Set<Customer>().Where(c => c.Id == actor.Customer).Select(c => c.Language).SingleAsync(ct);
        var definition = await Recipes.BuildAsync(
            recipe,
            language,
            (stepName, subject, html) => MessageDraft.AddAsync(actor, automation, stepName, subject, html, db, clock, ct)
        );
        automation.Edit(definition, now);
        db.Add(actor, "automation.created", $"automation {automation.Id} {automation.Name}", now);
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return automation.Id;
    }

    internal static string Shorten(string name) => name.Length > MaxNameLength ? name[..MaxNameLength] : name;
}

/// <summary>Makes the campaign that holds what a send step says: the customer's first sender and all servers in use.</summary>
internal static class MessageDraft
{
    public static async Task<long> AddAsync(
        Actor actor,
        Automation automation,
        string name,
        string subject,
        string html,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var now = clock.GetUtcNow();
        var campaign = new Campaign(actor.Customer, CreateAutomation.Shorten($"{automation.Name} : {name}"), now)
        {
            Kind = CampaignKind.AutomationStep,
            AutomationId = automation.Id,
            CreatedBy = actor.UserName,
            Subject = subject,
            Html = html,
        };
        if (await db.Of<SenderIdentity>(actor.Customer).AsNoTracking().OrderBy(s => s.Id).FirstOrDefaultAsync(ct) is { } sender)
            (campaign.FromEmail, campaign.FromName, campaign.ReplyTo) = (sender.Email, sender.Name, sender.ReplyTo);
        db.Add(campaign);
        await db.SaveChangesAsync(ct);
        foreach (var server in await db.Of<SendingServer>(actor.Customer).Where(s => s.Active).Select(s => s.Id).ToListAsync(ct))
            db.Add(
                new CampaignServer
                {
                    CampaignId = campaign.Id,
                    ServerId = server,
                    CustomerId = actor.Customer,
                }
            );
        await db.SaveChangesAsync(ct);
        return campaign.Id.Value;
    }
}
