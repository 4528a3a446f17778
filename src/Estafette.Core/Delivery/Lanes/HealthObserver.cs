using Estafette.Core.Channels;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Estafette.Core.Delivery.Lanes;

/// <summary>Turns results into the health of a server: breaker, "to check", last error; stored when it changes.</summary>
internal sealed class HealthObserver(
    IDbContextFactory<EstafetteDb> databases,
    Signals signals,
    TimeProvider clock,
    ILogger<HealthObserver> logger
)
{
    public void Observe(Lane lane, SendResult result)
    {
        var now = clock.GetUtcNow();
        switch (result)
        {
            case { Outcome: AttemptOutcome.Accepted } or { Blame: Blame.Message or Blame.Destination, Phase: not SendPhase.Render }:
                if (lane.Breaker.Succeeded())
                    Store(lane, null, now);
                break;
            case { Blame: Blame.Configuration }:
                if (!lane.Server.NeedsCheck)
                {
                    lane.Server.NeedsCheck = true;
                    Store(lane, result.Text, now);
                }
                break;
            case { Outcome: AttemptOutcome.Unreachable or AttemptOutcome.InDoubt } or { Blame: Blame.Server }:
                if (lane.Breaker.Failed(now) || lane.Breaker.Failures == 1)
                    Store(lane, result.Text, now);
                break;
            default:
                break;
        }
    }

    private void Store(Lane lane, string? error, DateTimeOffset now) => _ = StoreAsync(lane, error, now);

    private async Task StoreAsync(Lane lane, string? error, DateTimeOffset now)
    {
        try
        {
            await using var db = await databases.CreateDbContextAsync();
            await using var write = await db.BeginWriteAsync(CancellationToken.None);
            var failures = lane.Breaker.Failures;
            var until = lane.Breaker.OpenUntil;
            var needsCheck = lane.Server.NeedsCheck;
            await db.Set<SendingServer>()
                .Where(s => s.Id == lane.Server.Id && s.CustomerId == lane.Server.CustomerId)
                .ExecuteUpdateAsync(set =>
                    set.SetProperty(s => s.BreakerFailures, failures)
                        .SetProperty(s => s.BreakerOpenUntil, until)
                        .SetProperty(s => s.NeedsCheck, needsCheck)
                        .SetProperty(s => s.LastError, s => error ?? s.LastError)
                        .SetProperty(s => s.LastErrorAt, s => error == null ? s.LastErrorAt : now)
                );
            await write.CommitAsync(CancellationToken.None);
            signals.Ring(Signal.DeliveriesReady);
        }
        catch (Exception failure)
        {
            Log.HealthNotStored(logger, lane.Server.Id.Value, failure);
        }
    }
}
