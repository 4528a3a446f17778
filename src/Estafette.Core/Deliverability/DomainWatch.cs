using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Deliverability;

/// <summary>
/// Looks at every sender domain once a day; at one whose key waits for its record every quarter of an hour in its first week and every hour
/// afterwards. A claim moves the due time, so that two nodes do not look at one domain at once; a crash repeats the check after the lease.
/// </summary>
internal sealed class DomainWatch(
    IDbContextFactory<EstafetteDb> databases,
    DomainChecks checks,
    DkimSigners signers,
    DnsOptions options,
    LoopContext context
) : BackgroundLoop(context, Signal.DomainChanged, TimeSpan.FromMinutes(1))
{
    private const int Batch = 20;
    private const int AtOnce = 4;
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Daily = TimeSpan.FromDays(1);
    private static readonly TimeSpan FirstWeek = TimeSpan.FromDays(7);

    /// <summary>When to look again.</summary>
    internal static TimeSpan PauseOf(SenderDomain domain, DateTimeOffset now) =>
        !domain.IsWaiting ? Daily
        : now - domain.CreatedAt < FirstWeek ? TimeSpan.FromMinutes(15)
        : TimeSpan.FromHours(1);

    protected override async Task<bool> PassAsync(CancellationToken ct) => await CheckSomeAsync(ct) == Batch;

    /// <summary>Looks at domains that are due and tells how many.</summary>
    internal async Task<int> CheckSomeAsync(CancellationToken ct)
    {
        if (options.BypassChecks)
            return 0;
        var claimed = await ClaimAsync(ct);
        await Parallel.ForEachAsync(
            claimed,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct },
            async (domain, stop) =>
            {
                await using var db = await databases.CreateDbContextAsync(stop);
                await CheckSenderDomain.RunAsync(domain, db, checks, signers, Clock, stop);
            }
        );
        return claimed.Count;
    }

    private async Task<List<CheckSenderDomain.Request>> ClaimAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var now = Clock.GetUtcNow();
        var due = await (
            from domain in db.Set<SenderDomain>()
            join owner in db.Set<Customer>() on domain.CustomerId equals owner.Id
            where !owner.Suspended && (domain.CheckDueAt == null || domain.CheckDueAt <= now)
            orderby domain.CheckDueAt, domain.Id
            select new { domain.CustomerId, domain.Id }
        )
            .Take(Batch)
            .ToListAsync(ct);
        var claimed = new List<CheckSenderDomain.Request>();
        foreach (var found in due)
        {
            await using var write = await db.BeginWriteAsync(ct);
            var taken = await db.Set<SenderDomain>()
                .Where(d => d.Id == found.Id && (d.CheckDueAt == null || d.CheckDueAt <= now))
                .ExecuteUpdateAsync(set => set.SetProperty(d => d.CheckDueAt, (DateTimeOffset?)(now + Lease)), ct);
            await write.CommitAsync(ct);
            if (taken == 1)
                claimed.Add(new(found.CustomerId, found.Id));
        }
        return claimed;
    }
}
