using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns.Editing;

/// <summary>Who saves, and the version of the campaign they were looking at.</summary>
public sealed record EditStamp(Actor Actor, int SeenVersion);

/// <summary>
/// Saves a change unless somebody else changed the same fields since the editor read them. The version number is taken before the change is made, and
/// only one can take it, so two people who save at the same moment are told apart; a change that is refused gives its number back.
/// </summary>
public static class GuardedEdit
{
    /// <summary>Changes kept per campaign: enough to tell an editor who was away for a day what happened.</summary>
    private const int Kept = 500;
    private const int Attempts = 5;

    /// <summary>The number of the last saved change; 0 before the first.</summary>
    public static async Task<int> VersionAsync(CustomerId customer, CampaignId id, EstafetteDb db, CancellationToken ct) =>
        await db.Of<CampaignChange>(customer).Where(c => c.CampaignId == id).MaxAsync(c => (int?)c.Version, ct) ?? 0;

    public static async Task<CampaignOutcome> RunAsync(
        EditStamp stamp,
        CampaignId id,
        IReadOnlyCollection<string> fields,
        Func<Task<CampaignOutcome>> change,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var customer = stamp.Actor.Customer;
        if (!await db.Of<Campaign>(customer).AnyAsync(c => c.Id == id, ct))
            return CampaignOutcome.NotFound.Instance;
        for (var attempt = 1; ; attempt++)
        {
            var others = await OthersAsync(stamp, id, fields, db, ct);
            if (others.Count > 0)
                return new CampaignOutcome.EditedMeanwhile(others);
            var taken = await TakeAsync(stamp, id, fields, db, clock, ct);
            if (taken is null && attempt < Attempts)
                continue;
            if (taken is not { } version)
                return CampaignOutcome.Changed.Instance;
            return await ChangeAsync(customer, id, version, change, db);
        }
    }

    /// <summary>Changes of the same fields by others since the editor looked.</summary>
    private static async Task<List<CampaignChange>> OthersAsync(
        EditStamp stamp,
        CampaignId id,
        IReadOnlyCollection<string> fields,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var since = await db.Of<CampaignChange>(stamp.Actor.Customer)
            .AsNoTracking()
            .Where(c => c.CampaignId == id && c.Version > stamp.SeenVersion && c.UserName != stamp.Actor.UserName)
            .OrderByDescending(c => c.Version)
            .ToListAsync(ct);
        return since.Where(c => c.Touches(fields)).ToList();
    }

    /// <summary>Null when somebody else took the next number.</summary>
    private static async Task<int?> TakeAsync(
        EditStamp stamp,
        CampaignId id,
        IReadOnlyCollection<string> fields,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var version = await VersionAsync(stamp.Actor.Customer, id, db, ct) + 1;
        var entry = db.Add(
            new CampaignChange
            {
                CampaignId = id,
                Version = version,
                CustomerId = stamp.Actor.Customer,
                UserName = stamp.Actor.UserName,
                At = clock.GetUtcNow(),
                Fields = string.Join(',', fields),
            }
        );
        try
        {
            await db.SaveChangesAsync(ct);
        }
        catch (DbUpdateException)
        {
            entry.State = EntityState.Detached;
            return null;
        }
        if (version % 100 == 0)
            await DeleteAsync(
                db.Of<CampaignChange>(stamp.Actor.Customer).Where(c => c.CampaignId == id && c.Version < version - Kept),
                db,
                ct
            );
        return version;
    }

    private static async Task<CampaignOutcome> ChangeAsync(
        CustomerId customer,
        CampaignId id,
        int version,
        Func<Task<CampaignOutcome>> change,
        EstafetteDb db
    )
    {
        var done = false;
        try
        {
            var outcome = await change();
            done = outcome is CampaignOutcome.Done;
            return outcome;
        }
        finally
        {
            // Not with the caller's token: a number that was taken must not stay for a change that was never made.
            if (!done)
                await DeleteAsync(
                    db.Of<CampaignChange>(customer).Where(c => c.CampaignId == id && c.Version == version),
                    db,
                    CancellationToken.None
                );
        }
    }

    private static async Task DeleteAsync(IQueryable<CampaignChange> changes, EstafetteDb db, CancellationToken ct)
    {
        await using var write = await db.BeginWriteAsync(ct);
        await changes.ExecuteDeleteAsync(ct);
        await write.CommitAsync(ct);
    }
}
