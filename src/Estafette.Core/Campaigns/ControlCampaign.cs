using Estafette.Core.Accounts;
using Estafette.Core.Campaigns.Variants;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns;

/// <summary>Launches a campaign now: checks it, fixes its content version, sets it running; the audience is frozen in the background.</summary>
public static class LaunchCampaign
{
    public static async Task<CampaignOutcome> RunAsync(
        CustomerId customer,
        CampaignId id,
        EstafetteDb db,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    ) =>
        await CampaignControl.ChangeAsync(
            customer,
            id,
            CampaignStatus.Running,
            db,
            signals,
            async campaign =>
            {
                if (campaign.Status == CampaignStatus.Paused)
                    return new CampaignOutcome.WrongStatus(campaign.Status);
                return await CampaignControl.LaunchAsync(campaign, db, clock, ct);
            },
            ct
        );
}

/// <summary>Puts a campaign on the calendar, or takes it off with a null time. It is checked now and again when its time comes.</summary>
public static class ScheduleCampaign
{
    public static Task<CampaignOutcome> RunAsync(
        CustomerId customer,
        CampaignId id,
        DateTimeOffset? at,
        EstafetteDb db,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    ) =>
        CampaignControl.ChangeAsync(
            customer,
            id,
            at is null ? CampaignStatus.Draft : CampaignStatus.Scheduled,
            db,
            signals,
            async campaign =>
            {
                var now = clock.GetUtcNow();
                if (at is not { } time)
                {
                    campaign.Unschedule(now);
                    return CampaignOutcome.Done.Instance;
                }
                var owner = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == customer, ct);
                var problems = (await CheckCampaign.RunAsync(campaign, owner, db, ct)).Where(p => p.IsError).ToList();
                if (time <= now)
                    problems.Add(
                        new("schedule.past", "schedule", true, "The time is in the past; launch the campaign now or choose a later time.")
                    );
                if (problems.Count > 0)
                    return new CampaignOutcome.Invalid(problems);
                campaign.Schedule(time, now);
                return CampaignOutcome.Done.Instance;
            },
            ct
        );
}

/// <summary>Stops a running campaign; no message of it starts later than one second after this returns.</summary>
public static class PauseCampaign
{
    public static Task<CampaignOutcome> RunAsync(
        CustomerId customer,
        CampaignId id,
        EstafetteDb db,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    ) => CampaignControl.ChangeAsync(customer, id, CampaignStatus.Paused, db, signals, campaign => campaign.Pause(clock.GetUtcNow()), ct);
}

/// <summary>Goes on exactly where the campaign stopped, with the content as it is now for those not sent yet.</summary>
public static class ResumeCampaign
{
    public static Task<CampaignOutcome> RunAsync(
        CustomerId customer,
        CampaignId id,
        EstafetteDb db,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    ) =>
        CampaignControl.ChangeAsync(
            customer,
            id,
            CampaignStatus.Running,
            db,
            signals,
            async campaign =>
            {
                if (campaign.Status != CampaignStatus.Paused)
                    return new CampaignOutcome.WrongStatus(campaign.Status);
                if (campaign.HoldReason is not null)
                    campaign.Accept(await BreakerFigures.ReadAsync(campaign.Id, db, ct));
                return await CampaignControl.LaunchAsync(campaign, db, clock, ct);
            },
            ct
        );
}

/// <summary>Ends a campaign; what did not leave becomes Cancelled. It cannot be taken back.</summary>
public static class CancelCampaign
{
    public static Task<CampaignOutcome> RunAsync(
        CustomerId customer,
        CampaignId id,
        EstafetteDb db,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    ) =>
        CampaignControl.ChangeAsync(
            customer,
            id,
            CampaignStatus.Cancelled,
            db,
            signals,
            campaign => campaign.Cancel(clock.GetUtcNow()),
            ct
        );
}

/// <summary>What changes of a campaign have in common: ownership, allowed transition, concurrency, the wake-up.</summary>
internal static class CampaignControl
{
    public static Task<CampaignOutcome> ChangeAsync(
        CustomerId customer,
        CampaignId id,
        CampaignStatus next,
        EstafetteDb db,
        Signals signals,
        Action<Campaign> change,
        CancellationToken ct
    ) =>
        ChangeAsync(
            customer,
            id,
            next,
            db,
            signals,
            campaign =>
            {
                change(campaign);
                return Task.FromResult<CampaignOutcome>(CampaignOutcome.Done.Instance);
            },
            ct
        );

    public static async Task<CampaignOutcome> ChangeAsync(
        CustomerId customer,
        CampaignId id,
        CampaignStatus next,
        EstafetteDb db,
        Signals signals,
        Func<Campaign, Task<CampaignOutcome>> change,
        CancellationToken ct
    )
    {
        await using (var write = await db.BeginWriteAsync(ct))
        {
            if (await db.Of<Campaign>(customer).SingleOrDefaultAsync(c => c.Id == id, ct) is not { } campaign)
                return CampaignOutcome.NotFound.Instance;
            // The row may have been read earlier through the same context.
            await db.Entry(campaign).ReloadAsync(ct);
            // What belongs to an automation or a feed is started and stopped there.
            if (campaign.Kind != CampaignKind.Ordinary || !campaign.CanBecome(next))
                return new CampaignOutcome.WrongStatus(campaign.Status);
            var outcome = await change(campaign);
            if (outcome is not CampaignOutcome.Done)
                return outcome;
            try
            {
                await db.SaveChangesAsync(ct);
            }
            catch (DbUpdateConcurrencyException)
            {
                await db.Entry(campaign).ReloadAsync(ct);
                return new CampaignOutcome.WrongStatus(campaign.Status);
            }
            await write.CommitAsync(ct);
        }
        signals.Ring(Signal.CampaignChanged);
        return CampaignOutcome.Done.Instance;
    }

    /// <summary>Saves what was changed on a campaign, unless its status or content version changed since it was read.</summary>
    public static async Task<CampaignOutcome> SaveAsync(Campaign campaign, EstafetteDb db, CancellationToken ct)
    {
        // Its row is written in any case, since writing compares the version.
        db.Entry(campaign).Property(c => c.UpdatedAt).IsModified = true;
        try
        {
            await db.SaveChangesAsync(ct);
            return CampaignOutcome.Done.Instance;
        }
        catch (DbUpdateConcurrencyException)
        {
            // What was read is stale: the next use case reads anew.
            db.ChangeTracker.Clear();
            return CampaignOutcome.Changed.Instance;
        }
    }

    /// <summary>Checks, stores the content version, sets the campaign running.</summary>
    public static async Task<CampaignOutcome> LaunchAsync(Campaign campaign, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        var owner = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == campaign.CustomerId, ct);
        var problems = (await CheckCampaign.RunAsync(campaign, owner, db, ct)).Where(p => p.IsError).ToList();
        if (problems.Count > 0)
            return new CampaignOutcome.Invalid(problems);
        var (content, _) = CampaignContent.Process(campaign, owner);
        var now = clock.GetUtcNow();
        await FreezeAudience.KeepDefinitionsAsync(campaign, db, ct);
        var version = await CampaignContent.StoreAsync(db, campaign, CampaignContent.SourceOf(campaign), content!, now, ct);
        await VariantContents.StoreAsync(campaign, owner, version, db, now, ct);
        campaign.Launch(version, now);
        return CampaignOutcome.Done.Instance;
    }
}
