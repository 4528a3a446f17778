using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Automations.Feeds;

/// <summary>Looks at the feeds whose time has come. A stopped server looks once when it is back, whatever it missed.</summary>
internal sealed class FeedRunner(IDbContextFactory<EstafetteDb> databases, MailFeed mail, LoopContext context)
    : BackgroundLoop(context, Signal.AutomationChanged, TimeSpan.FromSeconds(10))
{
    protected override async Task<bool> PassAsync(CancellationToken ct)
    {
        await RunOnceAsync(ct);
        return false;
    }

    internal async Task RunOnceAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var now = Clock.GetUtcNow();
        var due = await db.Set<Feed>()
            .Where(f => f.Status == FeedStatus.On && f.NextAt <= now)
            .OrderBy(f => f.NextAt)
            .Take(20)
            .Select(f => f.Id)
            .ToListAsync(ct);
        foreach (var id in due)
            await mail.RunAsync(id, ct);
    }
}
