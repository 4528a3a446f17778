using Estafette.Core.Automations.Steps;
using Estafette.Core.Campaigns;
using Estafette.Core.Messages;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Automations;

/// <summary>What became of people at one step.</summary>
public sealed record StepFigures
{
    /// <summary>At the step now.</summary>
    public long Here { get; init; }

    /// <summary>Passed it, whatever the outcome.</summary>
    public long Passed { get; init; }
    public long Yes { get; init; }
    public long No { get; init; }

    /// <summary>Send steps: messages handed over, over all rounds.</summary>
    public long Sent { get; init; }
    public long Opened { get; init; }
    public long Clicked { get; init; }

    /// <summary>Send steps: messages that failed for good, and people without an address.</summary>
    public long Failed { get; init; }

    /// <summary>Send steps: messages held back because the address is suppressed.</summary>
    public long Suppressed { get; init; }

    /// <summary>Campaigns that carry a send step, the first round first.</summary>
    public IReadOnlyList<CampaignId> Campaigns { get; init; } = [];
}

/// <summary>Figures of a whole automation.</summary>
public sealed record AutomationFigures(long Entered, long Inside, long Finished, long Left)
{
    public static readonly AutomationFigures None = new(0, 0, 0, 0);
}

/// <summary>An automation with its draft, what runs, and what became of its people.</summary>
public sealed record AutomationView(
    Automation Automation,
    AutomationDefinition Draft,
    AutomationDefinition? Published,
    AutomationFigures Figures,
    IReadOnlyDictionary<int, StepFigures> Steps,
    IReadOnlyDictionary<ExitReason, long> Exits,
    IReadOnlyDictionary<long, string> Subjects,
    bool MessagesChanged
)
{
    /// <summary>Something that was edited is not published yet.</summary>
    public bool HasChanges => Automation.HasChanges || MessagesChanged;

    public StepFigures Of(int step) => Steps.GetValueOrDefault(step) ?? new StepFigures();
}

/// <summary>Reads an automation from counters, never from the people one by one.</summary>
public static class ShowAutomation
{
    private static readonly Metric[] Metrics =
    [
        Metric.Sent,
        Metric.Opened,
        Metric.Clicked,
        Metric.HardBounced,
        Metric.SoftBounced,
        Metric.Rejected,
        Metric.Expired,
        Metric.Suppressed,
    ];

    /// <returns>Null when the customer has no such automation.</returns>
    public static async Task<AutomationView?> RunAsync(CustomerId customer, AutomationId id, EstafetteDb db, CancellationToken ct)
    {
        if (await db.Of<Automation>(customer).AsNoTracking().SingleOrDefaultAsync(a => a.Id == id, ct) is not { } automation)
            return null;
        var counts = await db.Set<PassCount>().AsNoTracking().Where(c => c.AutomationId == id).ToListAsync(ct);
        var here = await db.Set<Enrolment>()
            .Where(e => e.AutomationId == id && e.Status == EnrolmentStatus.Active)
            .GroupBy(e => e.StepId)
            .Select(g => new { g.Key, Count = g.LongCount() })
            .ToDictionaryAsync(g => g.Key, g => g.Count, ct);
        var campaigns = await StepCampaigns.AllAsync(id, db, ct);
        var messages = await MessagesAsync(customer, campaigns, db, ct);
        var published = await AutomationRun.LoadAsync(automation, db, ct);
        var draft = automation.ReadDraft();
        var steps = draft.All().Concat(published?.Definition.All() ?? []).Select(s => s.Step.Id).Distinct();
        return new AutomationView(
            automation,
            draft,
            published?.Definition,
            FiguresOf(counts, here.Values.Sum()),
            steps.ToDictionary(s => s, s => Figures(s, counts, here.GetValueOrDefault(s), campaigns, messages)),
            Enum.GetValues<ExitReason>()
                .Where(r => r != ExitReason.None)
                .ToDictionary(r => r, r => Count(counts, 0, (short)((short)PassOutcome.Left + (short)r))),
            await db.Of<Campaign>(customer).Where(c => c.AutomationId == id).ToDictionaryAsync(c => c.Id.Value, c => c.Subject, ct),
            automation.Version > 0 && await HasNewWordsAsync(customer, id, draft, db, ct)
        );
    }

    /// <summary>Whether a message says something else than what goes out.</summary>
    private static async Task<bool> HasNewWordsAsync(
        CustomerId customer,
        AutomationId id,
        AutomationDefinition draft,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var models = draft.All().Select(s => s.Step.Campaign).OfType<long>().Select(c => new CampaignId(c)).ToList();
        return await (
            from campaign in db.Of<Campaign>(customer)
            join content in db.Of<ContentVersion>(customer) on campaign.ContentId equals content.Id
            where campaign.AutomationId == id && models.Contains(campaign.Id)
            where
                campaign.Subject != content.Subject
                || campaign.Preheader != content.Preheader
                || campaign.Html != content.Html
                || campaign.Text != content.Text
            select campaign.Id
        ).AnyAsync(ct);
    }

    internal static AutomationFigures FiguresOf(IEnumerable<PassCount> counts, long inside)
    {
        var whole = counts.Where(c => c.StepId == 0).ToList();
        return new AutomationFigures(
            whole.Where(c => c.Outcome == (short)PassOutcome.Entered).Sum(c => c.Count),
            inside,
            whole.Where(c => c.Outcome == (short)PassOutcome.Finished).Sum(c => c.Count),
            whole.Where(c => c.Outcome >= (short)PassOutcome.Left).Sum(c => c.Count)
        );
    }

    private static StepFigures Figures(
        int step,
        List<PassCount> counts,
        long here,
        List<StepCampaign> campaigns,
        Dictionary<(CampaignId, Metric), long> messages
    )
    {
        var own = campaigns.Where(c => c.StepId == step).Select(c => c.CampaignId).ToList();
        long Sum(params Metric[] metrics) => own.Sum(c => metrics.Sum(m => messages.GetValueOrDefault((c, m))));
        return new StepFigures
        {
            Here = here,
            Passed = counts.Where(c => c.StepId == step).Sum(c => c.Count),
            Yes = Count(counts, step, (short)PassOutcome.Yes),
            No = Count(counts, step, (short)PassOutcome.No),
            Sent = Sum(Metric.Sent),
            Opened = Sum(Metric.Opened),
            Clicked = Sum(Metric.Clicked),
            Failed =
                Sum(Metric.HardBounced, Metric.SoftBounced, Metric.Rejected, Metric.Expired)
                + Count(counts, step, (short)PassOutcome.NoAddress),
            Suppressed = Sum(Metric.Suppressed),
            Campaigns = own,
        };
    }

    private static long Count(IEnumerable<PassCount> counts, int step, short outcome) =>
        counts.FirstOrDefault(c => c.StepId == step && c.Outcome == outcome)?.Count ?? 0;

    private static async Task<Dictionary<(CampaignId, Metric), long>> MessagesAsync(
        CustomerId customer,
        List<StepCampaign> campaigns,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var ids = campaigns.ConvertAll(c => c.CampaignId);
        var sums = await db.Of<RollupRow>(customer)
            .Where(r => ids.Contains(r.CampaignId) && Metrics.Contains(r.Metric))
            .GroupBy(r => new { r.CampaignId, r.Metric })
            .Select(g => new
            {
                g.Key.CampaignId,
                g.Key.Metric,
                Count = g.Sum(r => r.Count),
            })
            .ToListAsync(ct);
        return sums.ToDictionary(s => (s.CampaignId, s.Metric), s => s.Count);
    }
}

/// <summary>One automation in the list.</summary>
public sealed record AutomationRow(
    AutomationId Id,
    string Name,
    AutomationStatus Status,
    TriggerKind Trigger,
    bool HasChanges,
    string? Problem,
    DateTimeOffset UpdatedAt,
    AutomationFigures Figures
);

/// <summary>The automations of a customer, the newest first.</summary>
public static class ListAutomations
{
    public const int Most = 200;

    public static async Task<IReadOnlyList<AutomationRow>> RunAsync(CustomerId customer, EstafetteDb db, CancellationToken ct)
    {
        var rows = await db.Of<Automation>(customer).AsNoTracking().OrderByDescending(a => a.Id).Take(Most).ToListAsync(ct);
        var ids = rows.ConvertAll(a => a.Id);
        var counts = await db.Set<PassCount>().AsNoTracking().Where(c => ids.Contains(c.AutomationId) && c.StepId == 0).ToListAsync(ct);
        return
        [
            .. rows.Select(a =>
            {
                var figures = ShowAutomation.FiguresOf(counts.Where(c => c.AutomationId == a.Id), 0);
                return new AutomationRow(
                    a.Id,
                    a.Name,
                    a.Status,
                    a.ReadDraft().Trigger.Kind,
                    a.HasChanges && a.Version > 0,
                    a.Problem,
                    a.UpdatedAt,
                    figures with
                    {
                        Inside = Math.Max(0, figures.Entered - figures.Finished - figures.Left),
                    }
                );
            }),
        ];
    }
}
