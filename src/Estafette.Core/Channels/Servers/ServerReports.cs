using System.Security.Cryptography;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Channels;

/// <summary>Where the provider behind a server reports what became of messages.</summary>
/// <param name="Token">Secret part of the address.</param>
/// <param name="HasSecret">What proves the calls is stored; without it every call is refused.</param>
public sealed record ServerReportAddress(string Token, bool HasSecret);

/// <summary>Opens and closes the address at which a provider reports, and keeps what proves its calls.</summary>
public static class ServerReports
{
    public const int MaxSecret = 4000;

    public static async Task<ServerReportAddress?> ReadAsync(CustomerId customer, ServerId id, EstafetteDb db, CancellationToken ct) =>
        await db.Of<SendingServer>(customer)
            .Where(s => s.Id == id && s.WebhookToken != null)
            .Select(s => new ServerReportAddress(s.WebhookToken!, s.ProtectedWebhookSecret != null))
            .SingleOrDefaultAsync(ct);

    /// <summary>Opens the address, or exchanges the secret; a null secret closes it for good: the next one has another address.</summary>
    /// <returns>Whether the server exists.</returns>
    public static async Task<bool> SetAsync(
        CustomerId customer,
        ServerId id,
        string? secret,
        EstafetteDb db,
        Secrets secrets,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (await db.Of<SendingServer>(customer).SingleOrDefaultAsync(s => s.Id == id, ct) is not { } server)
            return false;
        server.WebhookToken = secret is null ? null : server.WebhookToken ?? NewToken();
        server.ProtectedWebhookSecret = secret is null ? null : secrets.Protect(secret.Trim());
        server.UpdatedAt = clock.GetUtcNow();
        await db.SaveChangesAsync(ct);
        return true;
    }

    private static string NewToken() => RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz0123456789", 32);
}
