using Estafette.Core.Platform;

namespace Estafette.Core.Delivery.Accept;

/// <summary>Forgets the answers to idempotent calls after 72 hours.</summary>
internal sealed class AnswerPurge(WriteQueue writes, LoopContext context)
    : BackgroundLoop(context, Signal.AttributesChanged, TimeSpan.FromMinutes(10))
{
    private const int Batch = 1000;

    protected override async Task<bool> PassAsync(CancellationToken ct) => await PurgeAsync(ct) == Batch;

    /// <summary>Forgets a batch and tells how many they were.</summary>
    internal Task<int> PurgeAsync(CancellationToken ct) =>
        writes.RunAsync(
            async session =>
                await session
                    .Statement("Delivery/purge-answers")
                    .Set("@oldest", (Clock.GetUtcNow() - AcceptMail.AnswersAreKept).ToUnixTimeMilliseconds())
                    .Set("@count", Batch)
                    .ExecuteNonQueryAsync(ct),
            ct
        );
}
