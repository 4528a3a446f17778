using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Automations.Steps;

/// <summary>
/// The campaigns that carry a send step. The step's own campaign holds what is edited and serves the first round that comes; every further
/// round (next year's birthday, a second entry) gets a copy of its own, since the ledger lets nobody have the same campaign twice.
/// </summary>
internal static class StepCampaigns
{
    /// <summary>Campaign of each send step in the rounds asked for, made where it is missing.</summary>
    public static async Task<Dictionary<(int Step, int Round), CampaignId>> EnsureAsync(
        Automation automation,
        AutomationDefinition definition,
        IReadOnlyCollection<int> rounds,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var known = await ReadAsync(automation.Id, rounds, db, ct);
        foreach (var step in definition.All().Select(s => s.Step).Where(s => s is { Kind: StepKind.Send, Campaign: not null }))
        foreach (var round in rounds.Where(r => !known.ContainsKey((step.Id, r))))
            known[(step.Id, round)] = await MakeAsync(automation, step, round, db, clock, ct);
        return known;
    }

    /// <summary>Every campaign of an automation by step and round.</summary>
    public static Task<List<StepCampaign>> AllAsync(AutomationId automation, EstafetteDb db, CancellationToken ct) =>
        db.Set<StepCampaign>()
            .AsNoTracking()
            .Where(c => c.AutomationId == automation)
            .OrderBy(c => c.StepId)
            .ThenBy(c => c.Round)
            .ToListAsync(ct);

    private static async Task<Dictionary<(int, int), CampaignId>> ReadAsync(
        AutomationId automation,
        IReadOnlyCollection<int> rounds,
        EstafetteDb db,
        CancellationToken ct
    ) =>
        await db.Set<StepCampaign>()
            .AsNoTracking()
            .Where(c => c.AutomationId == automation && rounds.Contains(c.Round))
            .ToDictionaryAsync(c => (c.StepId, c.Round), c => c.CampaignId, ct);

    private static async Task<CampaignId> MakeAsync(
        Automation automation,
        StepDefinition step,
        int round,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        try
        {
            return await MakeOnceAsync(automation, step, round, db, clock, ct);
        }
        catch (DbUpdateException)
        {
            // Another node made it at the same moment; now it is there.
            db.ChangeTracker.Clear();
            return await MakeOnceAsync(automation, step, round, db, clock, ct);
        }
    }

    private static async Task<CampaignId> MakeOnceAsync(
        Automation automation,
        StepDefinition step,
        int round,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        var existing = await db.Set<StepCampaign>()
            .AsNoTracking()
            .Where(c => c.AutomationId == automation.Id && c.StepId == step.Id)
            .ToListAsync(ct);
        if (existing.Find(c => c.Round == round) is { } made)
            return made.CampaignId;
        var model = await db.Of<Campaign>(automation.CustomerId).SingleAsync(c => c.Id == new CampaignId(step.Campaign!.Value), ct);
        var campaign = existing.Exists(c => c.CampaignId == model.Id) ? await CopyAsync(model, round, db, clock, ct) : model.Id;
        db.Add(
            new StepCampaign
            {
                AutomationId = automation.Id,
                StepId = step.Id,
                Round = round,
                CampaignId = campaign,
            }
        );
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        db.ChangeTracker.Clear();
        return campaign;
    }

    private static async Task<CampaignId> CopyAsync(Campaign model, int round, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var copy = new Campaign(model.CustomerId, $"{model.Name} ({(round < 1000 ? round + 1 : round)})", now)
        {
            Kind = CampaignKind.AutomationStep,
            AutomationId = model.AutomationId,
            ClonedFrom = model.Id,
            CreatedBy = model.CreatedBy,
        };
        CopyFields(model, copy);
        db.Add(copy);
        await db.SaveChangesAsync(ct);
        await CopyServersAsync(model, copy.Id, db, ct);
        var owner = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == model.CustomerId, ct);
        var (content, problems) = CampaignContent.Process(copy, owner);
        if (content is null)
            throw new InvalidOperationException(
                $"What campaign {model.Id} says cannot be sent: {string.Join(' ', problems.Select(p => p.Message))}"
            );
        copy.LaunchOpen(await CampaignContent.StoreAsync(db, copy, content, now, ct), now);
        await db.SaveChangesAsync(ct);
        return copy.Id;
    }

    /// <summary>What the copies of a step's campaign take over from it.</summary>
    public static void CopyFields(Campaign from, Campaign to)
    {
        (to.FromEmail, to.FromName, to.ReplyTo) = (from.FromEmail, from.FromName, from.ReplyTo);
        (to.Subject, to.Preheader, to.Html, to.Text) = (from.Subject, from.Preheader, from.Html, from.Text);
        (to.Tracking, to.MissingFields, to.FieldDefaults, to.InDoubtPolicy) = (
            from.Tracking,
            from.MissingFields,
            from.FieldDefaults,
            from.InDoubtPolicy
        );
    }

    /// <summary>Gives a copy the servers of its model.</summary>
    public static async Task CopyServersAsync(Campaign model, CampaignId copy, EstafetteDb db, CancellationToken ct)
    {
        var own = await db.Of<CampaignServer>(model.CustomerId).Where(s => s.CampaignId == copy).ToListAsync(ct);
        db.RemoveRange(own);
        await db.SaveChangesAsync(ct);
        foreach (
            var server in await db.Of<CampaignServer>(model.CustomerId).AsNoTracking().Where(s => s.CampaignId == model.Id).ToListAsync(ct)
        )
            db.Add(
                new CampaignServer
                {
                    CampaignId = copy,
                    ServerId = server.ServerId,
                    CustomerId = model.CustomerId,
                    Weight = server.Weight,
                    FromEmail = server.FromEmail,
                    FromName = server.FromName,
                    RateCount = server.RateCount,
                    RateUnit = server.RateUnit,
                    DailyMaximum = server.DailyMaximum,
                }
            );
        await db.SaveChangesAsync(ct);
    }
}
