using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Automations;

/// <summary>Stops an automation for a while: nobody enters or moves, messages in the queue stay there; waits go on counting.</summary>
public static class PauseAutomation
{
    public static Task<AutomationOutcome> RunAsync(
        Actor actor,
        AutomationId id,
        EstafetteDb db,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    ) => AutomationControl.ChangeAsync(actor, id, AutomationStatus.Paused, "automation.paused", db, signals, clock, ct);
}

/// <summary>Goes on: whose wait is over moves at once; who subscribed during the pause enters now.</summary>
public static class ResumeAutomation
{
    public static Task<AutomationOutcome> RunAsync(
        Actor actor,
        AutomationId id,
        EstafetteDb db,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    ) => AutomationControl.ChangeAsync(actor, id, AutomationStatus.Running, "automation.resumed", db, signals, clock, ct);
}

/// <summary>Ends an automation for good: everybody leaves, what did not leave the queue never will.</summary>
public static class StopAutomation
{
    public static Task<AutomationOutcome> RunAsync(
        Actor actor,
        AutomationId id,
        EstafetteDb db,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    ) => AutomationControl.ChangeAsync(actor, id, AutomationStatus.Stopped, "automation.stopped", db, signals, clock, ct);
}

/// <summary>Deletes an automation that was never published, with the messages written for it.</summary>
public static class DeleteAutomation
{
    public static async Task<AutomationOutcome> RunAsync(
        Actor actor,
        AutomationId id,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        if (await db.Of<Automation>(actor.Customer).SingleOrDefaultAsync(a => a.Id == id, ct) is not { } automation)
            return AutomationOutcome.NotFound.Instance;
        if (automation.Status != AutomationStatus.Draft)
            return new AutomationOutcome.WrongStatus(automation.Status);
        var campaigns = db.Of<Campaign>(actor.Customer).Where(c => c.AutomationId == id && c.Status == CampaignStatus.Draft);
        await db.Of<CampaignServer>(actor.Customer).Where(s => campaigns.Any(c => c.Id == s.CampaignId)).ExecuteDeleteAsync(ct);
        await campaigns.ExecuteDeleteAsync(ct);
        db.Remove(automation);
        db.Add(actor, "automation.deleted", $"automation {id} {automation.Name}", clock.GetUtcNow());
        return await AutomationControl.SaveAsync(write, db, ct);
    }
}

/// <summary>What changes of an automation have in common.</summary>
internal static class AutomationControl
{
    public static async Task<AutomationOutcome> ChangeAsync(
        Actor actor,
        AutomationId id,
        AutomationStatus next,
        string action,
        EstafetteDb db,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using (var write = await db.BeginWriteAsync(ct))
        {
            if (await db.Of<Automation>(actor.Customer).SingleOrDefaultAsync(a => a.Id == id, ct) is not { } automation)
                return AutomationOutcome.NotFound.Instance;
            await db.Entry(automation).ReloadAsync(ct);
            if (automation.Status == AutomationStatus.Draft || !automation.CanBecome(next))
                return new AutomationOutcome.WrongStatus(automation.Status);
            var now = clock.GetUtcNow();
            automation.Become(next, now);
            foreach (var campaign in await db.Of<Campaign>(actor.Customer).Where(c => c.AutomationId == id).ToListAsync(ct))
                Follow(campaign, next, now);
            db.Add(actor, action, $"automation {id} {automation.Name}", now);
            if (await SaveAsync(write, db, ct) is AutomationOutcome.Changed changed)
                return changed;
        }
        signals.Ring(Signal.CampaignChanged);
        signals.Ring(Signal.AutomationChanged);
        return AutomationOutcome.Done.Instance;
    }

    /// <summary>Saves, unless somebody else changed the automation or one of its campaigns meanwhile.</summary>
    public static async Task<AutomationOutcome> SaveAsync(WriteScope write, EstafetteDb db, CancellationToken ct)
    {
        try
        {
            await db.SaveChangesAsync(ct);
        }
        catch (DbUpdateConcurrencyException)
        {
            db.ChangeTracker.Clear();
            return AutomationOutcome.Changed.Instance;
        }
        await write.CommitAsync(ct);
        return AutomationOutcome.Done.Instance;
    }

    /// <summary>The campaigns of the send steps share the fate of their automation.</summary>
    private static void Follow(Campaign campaign, AutomationStatus next, DateTimeOffset now)
    {
        switch (next)
        {
            case AutomationStatus.Paused when campaign.Status == CampaignStatus.Running:
                campaign.Pause(now);
                break;
            case AutomationStatus.Running when campaign.Status == CampaignStatus.Paused:
                campaign.Resume(now);
                break;
            case AutomationStatus.Stopped when campaign.CanBecome(CampaignStatus.Cancelled):
                campaign.Cancel(now);
                break;
        }
    }
}
