using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Estafette.Core.Accounts;

/// <summary>Writes once a minute which sessions, keys and certificates were used, and deletes sessions and links that are over.</summary>
internal sealed class AccountsUpkeep(
    SessionKeeper sessions,
    KeyUses keys,
    CertificateUses certificates,
    IDbContextFactory<EstafetteDb> databases,
    StartGate gate,
    TimeProvider clock,
    ILogger<AccountsUpkeep> logger
) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan KeepLinks = TimeSpan.FromDays(90);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await gate.PassAsync(stoppingToken);
        using var timer = new PeriodicTimer(Every, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await TryAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            await TryAsync(CancellationToken.None);
        }
    }

    private async Task TryAsync(CancellationToken ct)
    {
        try
        {
            await RunAsync(ct);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            Log.UpkeepFailed(logger, failure);
        }
    }

    internal async Task RunAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var now = clock.GetUtcNow();
        await using var write = await db.BeginWriteAsync(ct);
        foreach (var (id, use) in sessions.TakeUsed())
            await db.Set<UserSession>()
                .Where(s => s.Id == id)
                .ExecuteUpdateAsync(s => s.SetProperty(x => x.LastUsedAt, use.At).SetProperty(x => x.Ip, use.Ip), ct);
        foreach (var (id, at) in keys.Take())
            await db.Set<ApiKey>().Where(k => k.Id == id).ExecuteUpdateAsync(k => k.SetProperty(x => x.LastUsedAt, at), ct);
        foreach (var (id, at) in certificates.Take())
            await db.Set<ClientCertificate>().Where(c => c.Id == id).ExecuteUpdateAsync(c => c.SetProperty(x => x.LastUsedAt, at), ct);
        var (idle, longest, old) = (now - SessionKeeper.Idle, now - SessionKeeper.Longest, now - KeepLinks);
        await db.Set<UserSession>().Where(s => s.LastUsedAt < idle || s.CreatedAt < longest).ExecuteDeleteAsync(ct);
        await db.Set<AccountLink>().Where(l => l.ExpiresAt < old).ExecuteDeleteAsync(ct);
        await write.CommitAsync(ct);
    }
}
