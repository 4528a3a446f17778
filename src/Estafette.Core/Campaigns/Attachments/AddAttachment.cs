using System.Security.Cryptography;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns.Attachments;

/// <summary>A file as it came in.</summary>
public sealed record AttachmentUpload(string Filename, string? ContentType, byte[] Bytes);

/// <summary>The attachment when it was added, and how the attempt ended.</summary>
public sealed record AddedAttachment(CampaignAttachment? Attachment, CampaignOutcome Outcome)
{
    /// <summary>The customer does not have the right to attach files.</summary>
    public bool IsForbidden => Outcome is CampaignOutcome.Invalid { Problems: [{ Code: AddAttachment.NoRight }] };
}

/// <summary>
/// Attaches a file to a campaign that was not started. The engine looks at the file before the write begins, and the rules about other files are
/// checked within it: two uploads at the same moment take turns by the version of the campaign.
/// </summary>
public static class AddAttachment
{
    internal const string NoRight = "attachment.right";
    private const int Attempts = 5;

    public static async Task<AddedAttachment> RunAsync(
        Actor actor,
        CampaignId id,
        AttachmentUpload upload,
        EstafetteDb db,
        VirusScan scan,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (await RefuseAsync(actor.Customer, id, db, ct) is { } refusal)
            return new(null, refusal);
        var name = AttachmentRules.NameOf(upload.Filename);
        if (AttachmentRules.Check(name, upload.Bytes.Length) is { } wrong)
            return Invalid(wrong);
        if (await scan.FindAsync(name, upload.Bytes, ct) is { } found)
            return Invalid(found);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await StoreAsync(actor, id, upload with { Filename = name }, db, clock, ct);
            }
            catch (DbUpdateConcurrencyException) when (attempt < Attempts)
            {
                db.ChangeTracker.Clear();
            }
            catch (DbUpdateConcurrencyException)
            {
                db.ChangeTracker.Clear();
                return new(null, CampaignOutcome.Changed.Instance);
            }
        }
    }

    private static async Task<CampaignOutcome?> RefuseAsync(CustomerId customer, CampaignId id, EstafetteDb db, CancellationToken ct)
    {
        var campaign = await db.Of<Campaign>(customer).AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct);
        if (campaign is null)
            return CampaignOutcome.NotFound.Instance;
        if (!await db.Set<Customer>().AnyAsync(c => c.Id == customer && c.MayAttach, ct))
            return new CampaignOutcome.Invalid([new(NoRight, "file", true, "This customer may not attach files; ask the operator.")]);
        return campaign.IsEditable ? null : new CampaignOutcome.WrongStatus(campaign.Status);
    }

    private static async Task<AddedAttachment> StoreAsync(
        Actor actor,
        CampaignId id,
        AttachmentUpload upload,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var (customer, now) = (actor.Customer, clock.GetUtcNow());
        var hash = Convert.ToHexStringLower(SHA256.HashData(upload.Bytes));
        await using var write = await db.BeginWriteAsync(ct);
        if (await db.Of<Campaign>(customer).SingleOrDefaultAsync(c => c.Id == id, ct) is not { } campaign)
            return new(null, CampaignOutcome.NotFound.Instance);
        // The row may have been read earlier through the same context.
        await db.Entry(campaign).ReloadAsync(ct);
        if (!campaign.IsEditable)
            return new(null, new CampaignOutcome.WrongStatus(campaign.Status));
        var others = await db.Of<CampaignAttachment>(customer).AsNoTracking().Where(a => a.CampaignId == id).ToListAsync(ct);
        if (AttachmentRules.Check(upload.Filename, upload.Bytes.Length, others) is { } wrong)
            return Invalid(wrong);
        await AttachmentFiles.KeepAsync(customer, hash, upload.Bytes, now, db, ct);
        var attachment = new CampaignAttachment
        {
            CustomerId = customer,
            CampaignId = id,
            Filename = upload.Filename,
            ContentType = AttachmentRules.TypeOf(upload.ContentType),
            Size = upload.Bytes.Length,
            Hash = hash,
            CreatedAt = now,
        };
        db.Add(attachment);
        campaign.Touch(now);
        db.Add(actor, "campaign.attached", $"campaign {id} {campaign.Name}", now, upload.Filename);
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return new(attachment, CampaignOutcome.Done.Instance);
    }

    private static AddedAttachment Invalid(CampaignProblem problem) => new(null, new CampaignOutcome.Invalid([problem]));
}
