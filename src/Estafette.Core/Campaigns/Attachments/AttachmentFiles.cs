using Estafette.Core.Platform;
using Estafette.Protocols.Mime;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns.Attachments;

/// <summary>Attachments as they are kept, read and copied; bytes that nobody has any more are dropped by upkeep.</summary>
public static class AttachmentFiles
{
    /// <summary>The attachments of a campaign, oldest first.</summary>
    public static IQueryable<CampaignAttachment> Of(CustomerId customer, CampaignId campaign, EstafetteDb db) =>
        db.Of<CampaignAttachment>(customer).AsNoTracking().Where(a => a.CampaignId == campaign).OrderBy(a => a.Id);

    /// <summary>The attachments of a campaign with their bytes, as they go into its messages.</summary>
    internal static async Task<IReadOnlyList<MimeAttachment>> ReadAsync(
        CustomerId customer,
        CampaignId campaign,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var files = await Of(customer, campaign, db)
            .Join(
                db.Of<AttachmentFile>(customer),
                a => a.Hash,
                f => f.Hash,
                (a, f) =>
                    new
                    {
                        a.Id,
                        a.Filename,
                        a.ContentType,
                        f.Bytes,
                    }
            )
            .OrderBy(a => a.Id)
            .ToListAsync(ct);
        return [.. files.Select(f => new MimeAttachment(f.Filename, f.ContentType, f.Bytes))];
    }

    /// <summary>Gives a new campaign the attachments of another; the bytes are shared.</summary>
    internal static async Task CopyAsync(Campaign source, CampaignId copy, DateTimeOffset now, EstafetteDb db, CancellationToken ct)
    {
        var used = now.ToUnixTimeMilliseconds();
        foreach (var attachment in await Of(source.CustomerId, source.Id, db).ToListAsync(ct))
        {
            await db.Database.ExecuteSqlAsync(
                $"UPDATE attachment_files SET used_at = {used} WHERE customer_id = {source.CustomerId.Value} AND hash = {attachment.Hash}",
                ct
            );
            db.Add(
                new CampaignAttachment
                {
                    CustomerId = source.CustomerId,
                    CampaignId = copy,
                    Filename = attachment.Filename,
                    ContentType = attachment.ContentType,
                    Size = attachment.Size,
                    Hash = attachment.Hash,
                    CreatedAt = now,
                }
            );
        }
    }

    /// <summary>Keeps the bytes of a file and notes that somebody wants them; within a write.</summary>
    internal static Task KeepAsync(
        CustomerId customer,
        string hash,
        byte[] bytes,
        DateTimeOffset now,
        EstafetteDb db,
        CancellationToken ct
    ) =>
        db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO attachment_files (customer_id, hash, bytes, used_at) VALUES ({customer.Value}, {hash}, {bytes}, {now.ToUnixTimeMilliseconds()})
            ON CONFLICT (customer_id, hash) DO UPDATE SET used_at = excluded.used_at
            """,
            ct
        );

    /// <inheritdoc cref="KeepAsync(CustomerId, string, byte[], DateTimeOffset, EstafetteDb, CancellationToken)"/>
    internal static async ValueTask KeepAsync(
        WriteSession session,
        CustomerId customer,
        string hash,
        byte[] bytes,
        DateTimeOffset now,
        CancellationToken ct
    ) =>
        await session
            .Statement("Campaigns/keep-attachment-file")
            .Set("@customer", customer.Value)
            .Set("@hash", hash)
            .Set("@bytes", bytes)
            .Set("@now", now.ToUnixTimeMilliseconds())
            .ExecuteNonQueryAsync(ct);
}
