using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Protocols.Mime;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns.Attachments;

/// <summary>Attachments as they are read, copied and cleared away.</summary>
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
        await HoldAsync(source.CustomerId, db, ct);
        foreach (var attachment in await Of(source.CustomerId, source.Id, db).ToListAsync(ct))
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

    /// <summary>
    /// Until the transaction ends no other one adds or drops files of the customer: bytes that one drops as the last to use them are not those that
    /// another begins to share.
    /// </summary>
    internal static Task HoldAsync(CustomerId customer, EstafetteDb db, CancellationToken ct) =>
        db.Set<Customer>().Where(c => c.Id == customer).ExecuteUpdateAsync(c => c.SetProperty(x => x.MayAttach, x => x.MayAttach), ct);

    /// <summary>Drops bytes that no attachment has any more; within <see cref="HoldAsync"/>.</summary>
    internal static Task DropUnusedAsync(CustomerId customer, string hash, EstafetteDb db, CancellationToken ct) =>
        db.Of<AttachmentFile>(customer)
            .Where(f => f.Hash == hash && !db.Set<CampaignAttachment>().Any(a => a.CustomerId == customer && a.Hash == hash))
            .ExecuteDeleteAsync(ct);
}
