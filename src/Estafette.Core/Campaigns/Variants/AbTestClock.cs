using System.Globalization;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns.Variants;

/// <summary>
/// Moves A/B tests of running campaigns on: notes when the whole test group was tried once, and after the waiting time chooses the winner where that is
/// automatic. All it knows is in the database, so a restart at any point goes on; a paused campaign is decided when it goes on.
/// </summary>
internal sealed class AbTestClock(IDbContextFactory<EstafetteDb> databases, Store store, LoopContext context)
    : BackgroundLoop(context, Signal.CampaignChanged, TimeSpan.FromSeconds(2))
{
    protected override async Task<bool> PassAsync(CancellationToken ct)
    {
        await MoveAsync(ct);
        return false;
    }

    /// <summary>One look at every test that waits for something.</summary>
    internal async Task MoveAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var waiting = await (
            from test in db.Set<AbTest>()
            join campaign in db.Set<Campaign>() on test.CampaignId equals campaign.Id
            where campaign.Status == CampaignStatus.Running && campaign.ExpandedAt != null && test.Winner == null && test.Share < 100
            select test
        )
            .AsNoTracking()
            .ToListAsync(ct);
        foreach (var test in waiting)
        {
            db.ChangeTracker.Clear();
            if (test.TestedAt is not { } tested)
                await NoteTestedAsync(test, db, ct);
            else if (test.Automatic && Clock.GetUtcNow() >= tested + TimeSpan.FromMinutes(test.WaitMinutes))
                await DecideAsync(test, db, ct);
        }
    }

    private async Task NoteTestedAsync(AbTest test, EstafetteDb db, CancellationToken ct)
    {
        await using (var connection = await store.OpenAsync(ct))
        {
            await using var command = connection.CreateCommand();
            command.CommandText = store.Sql("Campaigns/test-untried");
            command.Set("@campaign", test.CampaignId.Value).Set("@waiting", VariantDraw.WaitingDue);
            if (Convert.ToInt64(await command.ExecuteScalarAsync(ct), CultureInfo.InvariantCulture) > 0)
                return;
        }
        var row = await db.Of<AbTest>(test.CustomerId).SingleAsync(t => t.CampaignId == test.CampaignId, ct);
        row.TestedAt = Clock.GetUtcNow();
        await db.SaveChangesAsync(ct);
    }

    /// <summary>
    /// Without enough data the rest gets variant A, in a tie the one with the higher rate; neither is called a winner.
    /// </summary>
    private async Task DecideAsync(AbTest test, EstafetteDb db, CancellationToken ct)
    {
        var report = await ReportVariants.RunAsync(test.CustomerId, test.CampaignId, db, store, ct);
        var (best, verdict) = (report!.Now.Best, report.Now.Verdict);
        var actor = new Actor(test.CustomerId, "estafette");
        await DecideVariant.RunAsync(actor, test.CampaignId, verdict == Verdict.TooFew ? 1 : best, verdict, db, Signals, Clock, ct);
    }
}
