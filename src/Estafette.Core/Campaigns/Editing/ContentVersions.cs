using Estafette.Core.Accounts;
using Estafette.Core.Messages;
using Estafette.Core.Messages.Editing;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns.Editing;

/// <summary>A version in the list: a draft that was kept, or a content that was sent.</summary>
/// <param name="Key">"d12" for a draft, "s3" for what was sent.</param>
public sealed record VersionRow(string Key, string? Name, string Subject, string? SavedBy, DateTimeOffset SavedAt, int? SentVersion);

/// <summary>Lists the versions of a content, the newest first.</summary>
public static class ListVersions
{
    private const int Most = 300;

    /// <returns>Null when the customer has no such content.</returns>
    public static async Task<IReadOnlyList<VersionRow>?> RunAsync(
        CustomerId customer,
        ContentTarget target,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        if (await FindContent.RunAsync(customer, target, db, ct) is null)
            return null;
        var drafts = await KeepDraft
            .Of(customer, target, db)
            .OrderByDescending(d => d.Id)
            .Take(Most)
            .Select(d => new VersionRow("d" + d.Id, d.Name, d.Subject, d.SavedBy, d.SavedAt, null))
            .ToListAsync(ct);
        if (target is not { Kind: ContentOwner.Campaign, Variant: 0 })
            return drafts;
        var campaign = new CampaignId(target.Id);
        var sent = await db.Of<ContentVersion>(customer)
            .Where(v => v.CampaignId == campaign)
            .Select(v => new VersionRow("s" + v.Version, null, v.Subject, null, v.CreatedAt, v.Version))
            .ToListAsync(ct);
        return [.. drafts.Concat(sent).OrderByDescending(v => v.SavedAt)];
    }
}

/// <summary>Reads one version.</summary>
public static class ShowVersion
{
    /// <returns>Null when there is no such version.</returns>
    public static async Task<ContentText?> RunAsync(
        CustomerId customer,
        ContentTarget target,
        string key,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        if (key.Length < 2 || !long.TryParse(key.AsSpan(1), System.Globalization.NumberStyles.None, null, out var number))
            return null;
        if (key[0] == 'd')
            return (await KeepDraft.Of(customer, target, db).AsNoTracking().SingleOrDefaultAsync(d => d.Id == number, ct))?.Content;
        if (key[0] != 's' || target is not { Kind: ContentOwner.Campaign, Variant: 0 })
            return null;
        var campaign = new CampaignId(target.Id);
        var sent = await db.Of<ContentVersion>(customer)
            .AsNoTracking()
            .SingleOrDefaultAsync(v => v.CampaignId == campaign && v.Version == number, ct);
        return sent is null
            ? null
            : new ContentText(
                sent.Html is null ? ContentMode.Text : ContentMode.Html,
                sent.Subject,
                sent.Preheader,
                null,
                sent.Html,
                sent.Text
            );
    }
}

/// <summary>Goes back to a version by saving it again: what was there stays a version too.</summary>
public static class RestoreVersion
{
    public static async Task<ContentOutcome> RunAsync(
        Actor actor,
        ContentTarget target,
        string key,
        string name,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (await ShowVersion.RunAsync(actor.Customer, target, key, db, ct) is not { } kept)
            return ContentOutcome.NotFound.Instance;
        if (await ShowContent.RunAsync(actor.Customer, target, db, ct) is not { } now)
            return ContentOutcome.NotFound.Instance;
        var save = new ContentSave(now.Version, kept.Mode)
        {
            Subject = kept.Subject,
            Preheader = kept.Preheader ?? "",
            Mjml = kept.Mjml ?? "",
            Html = kept.Html ?? "",
            Text = kept.Text ?? "",
            VersionName = name,
        };
        return await SaveContent.RunAsync(actor, target, save, db, clock, ct);
    }
}
