using Estafette.Core.Platform;
using Estafette.Core.Suppression.Bounces;

namespace Estafette.Core.Inbound;

/// <summary>Deletes what came back when its time is over: kept mail, reports of abuse, applied events of providers, counts that count no more.</summary>
internal sealed class InboundUpkeep(InboundOptions options, SuppressionOptions suppression, WriteQueue writes, LoopContext context)
    : BackgroundLoop(context, Signal.CallbacksReceived, TimeSpan.FromHours(1))
{
    private static readonly TimeSpan KeepCallbacks = TimeSpan.FromDays(30);
    private static readonly TimeSpan KeepReports = TimeSpan.FromDays(365);
    private const int Batch = 5000;

    private DateTimeOffset _next;

    protected override async Task<bool> PassAsync(CancellationToken ct)
    {
        var now = Clock.GetUtcNow();
        if (now < _next)
            return false;
        var deleted = await writes.RunAsync(
            async session =>
                await DeleteAsync(session, "inbound_messages", "received_at", now - TimeSpan.FromDays(options.KeepDays), ct)
                + await DeleteAsync(session, "provider_callbacks", "received_at", now - KeepCallbacks, ct)
                + await DeleteAsync(session, "abuse_reports", "received_at", now - KeepReports, ct)
                + await DeleteAsync(session, "bounce_counts", "at", now - suppression.Longest, ct),
            ct
        );
        if (deleted == 0)
            _next = now.AddHours(1);
        return deleted > 0;
    }

    private static async ValueTask<int> DeleteAsync(
        WriteSession session,
        string table,
        string column,
        DateTimeOffset before,
        CancellationToken ct
    ) =>
        await session
            .Prepare($"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE {column} < @before ORDER BY id LIMIT {Batch})")
            .Set("@before", before.ToUnixTimeMilliseconds())
            .ExecuteNonQueryAsync(ct);
}
