using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns.Schedule;

/// <summary>When a campaign is to start, and on which days and hours it may send.</summary>
/// <param name="At">Null: when it is launched.</param>
/// <param name="Hours">Days and hours.</param>
/// <param name="RecipientZones">Counted in each recipient's own zone.</param>
public sealed record ScheduleWish(DateTimeOffset? At, SendingHours Hours, bool RecipientZones);

/// <summary>
/// Notes the wish on a draft, where it takes effect at the launch, or moves a campaign that is on the calendar without taking it off. Any other state
/// keeps its schedule.
/// </summary>
public static class SetSchedule
{
    public static async Task<CampaignOutcome> RunAsync(
        CustomerId customer,
        CampaignId id,
        ScheduleWish wish,
        EstafetteDb db,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (await db.Of<Campaign>(customer).SingleOrDefaultAsync(c => c.Id == id, ct) is not { } campaign)
            return CampaignOutcome.NotFound.Instance;
        if (!campaign.IsEditable)
            return new CampaignOutcome.WrongStatus(campaign.Status);
        var now = clock.GetUtcNow();
        var problems = Validate(campaign, wish, now).ToList();
        if (
            campaign.Status == CampaignStatus.Scheduled
            && await db.Set<Customer>().AnyAsync(c => c.Id == customer && c.RequiresApproval, ct)
        )
            problems.Add(
                new("schedule.approved", "schedule", true, "It was approved for its date; take it back to draft and ask again to move it.")
            );
        if (problems.Count > 0)
            return new CampaignOutcome.Invalid(problems);
        campaign.Plan(wish.At, now);
        (campaign.SendingDays, campaign.SendingFrom, campaign.SendingUntil) = (wish.Hours.Days, wish.Hours.From, wish.Hours.Until);
        campaign.RecipientZones = wish.RecipientZones;
        var outcome = await CampaignControl.SaveAsync(campaign, db, ct);
        signals.Ring(Signal.CampaignChanged);
        return outcome;
    }

    private static IEnumerable<CampaignProblem> Validate(Campaign campaign, ScheduleWish wish, DateTimeOffset now)
    {
        if (wish.At is { } at && at <= now && at != campaign.ScheduledAt)
            yield return new("schedule.past", "schedule", true, "The time is in the past; launch the campaign now or choose a later time.");
        if (wish.At is { } far && far > now.AddYears(2))
            yield return new("schedule.far", "schedule", true, "The time is more than two years away.");
        if (wish.At is null && campaign.Status == CampaignStatus.Scheduled)
            yield return new(
                "schedule.kept",
                "schedule",
                true,
                "A campaign on the calendar has a date; take it back to draft to launch it by hand."
            );
        if (!wish.Hours.IsValid)
            yield return new("schedule.hours", "hours", true, "Choose at least one day, and both hours or none; they are not equal.");
    }
}
