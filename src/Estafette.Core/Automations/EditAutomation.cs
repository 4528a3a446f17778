using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Automations;

/// <summary>Changes the draft of an automation. What runs stays as it is until the draft is published.</summary>
public static class EditAutomation
{
    /// <summary>Changes the draft; the change gives back null when it does not apply (a step that is gone).</summary>
    /// <param name="actor">Who changes it, for which customer.</param>
    /// <param name="id">The automation.</param>
    /// <param name="change">Makes the new draft of the old one.</param>
    /// <param name="db">The database.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="ct">Stops it.</param>
    public static async Task<AutomationOutcome> RunAsync(
        Actor actor,
        AutomationId id,
        Func<AutomationDefinition, AutomationDefinition?> change,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        if (await db.Of<Automation>(actor.Customer).SingleOrDefaultAsync(a => a.Id == id, ct) is not { } automation)
            return AutomationOutcome.NotFound.Instance;
        await db.Entry(automation).ReloadAsync(ct);
        if (automation.Status == AutomationStatus.Stopped)
            return new AutomationOutcome.WrongStatus(automation.Status);
        if (change(automation.ReadDraft()) is not { } draft)
            return AutomationOutcome.NotFound.Instance;
        automation.Edit(draft, clock.GetUtcNow());
        return await AutomationControl.SaveAsync(write, db, ct);
    }

    /// <summary>Gives it another name.</summary>
    public static async Task<AutomationOutcome> RenameAsync(
        Actor actor,
        AutomationId id,
        string name,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        if (await db.Of<Automation>(actor.Customer).SingleOrDefaultAsync(a => a.Id == id, ct) is not { } automation)
            return AutomationOutcome.NotFound.Instance;
        await db.Entry(automation).ReloadAsync(ct);
        automation.Rename(CreateAutomation.Shorten(name.Trim()), clock.GetUtcNow());
        db.Add(actor, "automation.renamed", $"automation {id} {automation.Name}", clock.GetUtcNow());
        return await AutomationControl.SaveAsync(write, db, ct);
    }

    /// <summary>Adds a step of a kind at a place; returns its id, or null when the automation cannot be changed or is full.</summary>
    public static async Task<int?> AddStepAsync(
        Actor actor,
        AutomationId id,
        StepKind kind,
        StepPlace place,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        if (await db.Of<Automation>(actor.Customer).SingleOrDefaultAsync(a => a.Id == id, ct) is not { } automation)
            return null;
        await db.Entry(automation).ReloadAsync(ct);
        var draft = automation.ReadDraft();
        if (automation.Status == AutomationStatus.Stopped || draft.All().Count() >= AutomationDefinition.MaxSteps)
            return null;
        var step = New(kind, draft.NextStep);
        if (kind == StepKind.Send)
            step = step with { Campaign = await MessageDraft.AddAsync(actor, automation, $"{step.Id}", "", "", db, clock, ct) };
        var changed = draft.Insert(step, place) with { NextStep = step.Id + 1 };
        if (changed.Find(step.Id) is null)
            return null;
        automation.Edit(changed, clock.GetUtcNow());
        return await AutomationControl.SaveAsync(write, db, ct) is AutomationOutcome.Done ? step.Id : null;
    }

    /// <summary>Saves sender, subject, content and servers of a send step.</summary>
    /// <returns>Null when the step is not there; else what the campaign's use case said.</returns>
    public static async Task<CampaignOutcome?> SaveMessageAsync(
        Actor actor,
        AutomationId id,
        int step,
        CampaignEdit edit,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var automation = await db.Of<Automation>(actor.Customer).AsNoTracking().SingleOrDefaultAsync(a => a.Id == id, ct);
        if (automation is null || automation.ReadDraft().Find(step) is not { Kind: StepKind.Send, Campaign: { } campaign })
            return null;
        var outcome = await EditCampaign.RunAsync(actor.Customer, new CampaignId(campaign), edit, db, clock, ct);
        if (outcome is CampaignOutcome.Done)
            await RunAsync(actor, id, draft => draft, db, clock, ct);
        return outcome;
    }

    private static StepDefinition New(StepKind kind, int id) =>
        new()
        {
            Id = id,
            Kind = kind,
            Amount = 1,
            Unit = WaitUnit.Days,
            Minute = 9 * 60,
            Condition = kind == StepKind.Condition ? new ConditionDefinition { Kind = ConditionKind.Attribute } : null,
        };
}
