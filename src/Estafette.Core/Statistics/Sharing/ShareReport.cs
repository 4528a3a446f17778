using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Statistics;

/// <summary>
/// Makes, revokes and opens the links of shared reports. A token is 256 random bits and only its hash is stored, so that neither a backup nor a
/// look at the database opens a report.
/// </summary>
public static class ShareReport
{
    /// <summary>Longest life of a link, in days.</summary>
    public const int MaxDays = 365;

    /// <summary>Links of one campaign that are open at the same time.</summary>
    public const int MaxOpen = 50;

    /// <summary>Makes a link and returns its token, the only time it can be read; null when the customer has no such campaign or it has too many links.</summary>
    /// <param name="actor">Who shares.</param>
    /// <param name="campaign">Which report.</param>
    /// <param name="days">1 to <see cref="MaxDays"/>.</param>
    /// <param name="db">The database.</param>
    /// <param name="clock">Now.</param>
    /// <param name="ct">Stops it.</param>
    public static async Task<string?> CreateAsync(
        Actor actor,
        CampaignId campaign,
        int days,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var now = clock.GetUtcNow();
        var name = await db.Of<Campaign>(actor.Customer).Where(c => c.Id == campaign).Select(c => c.Name).SingleOrDefaultAsync(ct);
        if (name is null)
            return null;
        var open = await db.Of<ReportShare>(actor.Customer)
            .CountAsync(s => s.CampaignId == campaign && s.RevokedAt == null && s.ExpiresAt > now, ct);
        if (open >= MaxOpen)
            return null;
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        db.Add(
            new ReportShare
            {
                CustomerId = actor.Customer,
                CampaignId = campaign,
                TokenHash = HashOf(token),
                CreatedBy = actor.UserName,
                CreatedAt = now,
                ExpiresAt = now.AddDays(Math.Clamp(days, 1, MaxDays)),
            }
        );
        db.Add(actor, "report.shared", $"campaign {campaign} {name}", now, $"{days} d");
        await db.SaveChangesAsync(ct);
        return token;
    }

    /// <summary>The links of a campaign, newest first.</summary>
    public static async Task<IReadOnlyList<ReportShare>> ListAsync(
        CustomerId customer,
        CampaignId campaign,
        EstafetteDb db,
        CancellationToken ct
    ) =>
        await db.Of<ReportShare>(customer)
            .AsNoTracking()
            .Where(s => s.CampaignId == campaign)
            .OrderByDescending(s => s.Id)
            .Take(MaxOpen)
            .ToListAsync(ct);

    /// <summary>Closes a link at once; false when the customer's campaign has no such link.</summary>
    public static async Task<bool> RevokeAsync(
        Actor actor,
        CampaignId campaign,
        long id,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var share = await db.Of<ReportShare>(actor.Customer).SingleOrDefaultAsync(s => s.Id == id && s.CampaignId == campaign, ct);
        if (share is null)
            return false;
        var now = clock.GetUtcNow();
        share.RevokedAt ??= now;
        db.Add(actor, "report.share_revoked", $"campaign {campaign}", now);
        await db.SaveChangesAsync(ct);
        return true;
    }

    /// <summary>The report behind a token; null when there is no such link or it is closed.</summary>
    public static async Task<ReportSheet?> OpenAsync(
        string token,
        string? language,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (token.Length is < 40 or > 60)
            return null;
        var hash = HashOf(token);
        var share = await db.Set<ReportShare>().AsNoTracking().SingleOrDefaultAsync(s => s.TokenHash == hash, ct);
        var now = clock.GetUtcNow();
        if (share is null || !share.IsOpenAt(now) || await IsSuspendedAsync(share.CustomerId, db, ct))
            return null;
        await using var write = await db.BeginWriteAsync(ct);
        await db.Set<ReportShare>()
            .Where(s => s.Id == share.Id)
            .ExecuteUpdateAsync(set => set.SetProperty(s => s.Views, s => s.Views + 1).SetProperty(s => s.LastViewAt, now), ct);
        await write.CommitAsync(ct);
        return await ReportSheet.ReadAsync(share.CustomerId, share.CampaignId, language, db, clock, ct);
    }

    private static Task<bool> IsSuspendedAsync(CustomerId customer, EstafetteDb db, CancellationToken ct) =>
        db.Set<Customer>().Where(c => c.Id == customer).Select(c => c.Suspended).SingleAsync(ct);

    private static string HashOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
