using Estafette.Core.Accounts;
using Estafette.Core.Automations.Steps;
using Estafette.Core.Campaigns;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Automations;

/// <summary>
/// Makes the draft the version that runs, and starts the automation the first time.
/// <para>People inside go on with the new version at the step they are at: steps keep their ids. Who waits keeps the time the wait ends at. Who is at a
/// step that is gone goes on at once with the next step of the old version that is still there. Messages already queued go out
/// with the new content.</para>
/// </summary>
public static class PublishAutomation
{
    public static async Task<AutomationOutcome> RunAsync(
        Actor actor,
        AutomationId id,
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
            if (automation.Status == AutomationStatus.Stopped)
                return new AutomationOutcome.WrongStatus(automation.Status);
            var draft = automation.ReadDraft();
            if (await CheckAutomation.RunAsync(actor.Customer, draft, db, ct) is { Count: > 0 } problems)
                return new AutomationOutcome.Invalid(problems);
            var owner = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == actor.Customer, ct);
            await PublishAsync(actor, automation, draft, owner, db, clock.GetUtcNow(), ct);
            if (await AutomationControl.SaveAsync(write, db, ct) is AutomationOutcome.Changed changed)
                return changed;
        }
        signals.Ring(Signal.CampaignChanged);
        signals.Ring(Signal.AutomationChanged);
        return AutomationOutcome.Done.Instance;
    }

    private static async Task PublishAsync(
        Actor actor,
        Automation automation,
        AutomationDefinition draft,
        Customer owner,
        EstafetteDb db,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var before = await AutomationRun.LoadAsync(automation, db, ct);
        var zone = TimeZoneInfo.FindSystemTimeZoneById(owner.TimeZone);
        automation.Publish(draft, now, CivilTime.Number(FirstDayDone(draft, now, zone)));
        db.Add(
            new AutomationVersion
            {
                AutomationId = automation.Id,
                Version = automation.Version,
                CustomerId = actor.Customer,
                Definition = automation.Draft,
                PublishedBy = actor.UserName,
                PublishedAt = now,
            }
        );
        db.Add(actor, "automation.published", $"automation {automation.Id} {automation.Name}", now, $"version {automation.Version}");
        // The row of the automation first: a batch under way ends before people are moved.
        await db.SaveChangesAsync(ct);
        await PublishMessagesAsync(automation, draft, owner, db, now, ct);
        if (before is not null)
            await MovePeopleAsync(automation.Id, before.Definition, draft, db, now, ct);
    }

    /// <summary>The day before the first whose people enter: today when its hour is past, so that a start in the evening mails nobody.</summary>
    private static DateOnly FirstDayDone(AutomationDefinition definition, DateTimeOffset now, TimeZoneInfo zone)
    {
        var today = CivilTime.DayOf(now, zone);
        return now >= CivilTime.At(today, definition.Trigger.Minute, zone) ? today : today.AddDays(-1);
    }

    private static async Task PublishMessagesAsync(
        Automation automation,
        AutomationDefinition draft,
        Customer owner,
        EstafetteDb db,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var copies = await StepCampaigns.AllAsync(automation.Id, db, ct);
        foreach (var step in draft.All().Select(s => s.Step).Where(s => s is { Kind: StepKind.Send, Campaign: not null }))
        {
            var modelId = new CampaignId(step.Campaign!.Value);
            var model = await db.Of<Campaign>(owner.Id).SingleAsync(c => c.Id == modelId, ct);
            await PublishAsync(automation, model, owner, db, now, ct);
            foreach (var copy in copies.Where(c => c.StepId == step.Id && c.CampaignId != modelId))
            {
                var campaign = await db.Of<Campaign>(owner.Id).SingleAsync(c => c.Id == copy.CampaignId, ct);
                StepCampaigns.CopyFields(model, campaign);
                await StepCampaigns.CopyServersAsync(model, campaign.Id, db, ct);
                await PublishAsync(automation, campaign, owner, db, now, ct);
            }
        }
    }

    private static async Task PublishAsync(
        Automation automation,
        Campaign campaign,
        Customer owner,
        EstafetteDb db,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var (content, _) = CampaignContent.Process(campaign, owner);
        var version = await CampaignContent.StoreAsync(db, campaign, CampaignContent.SourceOf(campaign), content!, now, ct);
        if (campaign.Status == CampaignStatus.Draft)
        {
            campaign.LaunchOpen(version, now);
            if (automation.Status == AutomationStatus.Paused)
                campaign.Pause(now);
        }
        else
        {
            campaign.UseContent(version, now);
        }
        await db.SaveChangesAsync(ct);
    }

    private static async Task MovePeopleAsync(
        AutomationId id,
        AutomationDefinition before,
        AutomationDefinition after,
        EstafetteDb db,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        foreach (var gone in before.All().Select(s => s.Step.Id).Where(s => after.Find(s) is null))
        {
            var next = NextLeft(before, after, gone);
            await db.Set<Enrolment>()
                .Where(e => e.AutomationId == id && e.StepId == gone && e.Status == EnrolmentStatus.Active)
                .ExecuteUpdateAsync(
                    set => set.SetProperty(e => e.StepId, next).SetProperty(e => e.IsWaiting, false).SetProperty(e => e.DueAt, now),
                    ct
                );
        }
    }

    /// <summary>Where somebody goes on whose step is gone; 0: he is through.</summary>
    internal static int NextLeft(AutomationDefinition before, AutomationDefinition after, int gone)
    {
        var next = before.After(gone);
        while (next != 0 && after.Find(next) is null)
            next = before.After(next);
        return next;
    }
}
