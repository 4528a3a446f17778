using Estafette.Core.Accounts;
using Estafette.Core.Messages.Editing;
using Estafette.Core.Platform;

namespace Estafette.Core.Campaigns.Editing;

/// <summary>Keeps what a person wrote as a named version without making it the content: they chose what someone else saved.</summary>
public static class PutAside
{
    /// <returns>The key of the version; null when the customer has no such content, or when it is too large to be kept.</returns>
    public static async Task<string?> RunAsync(
        Actor actor,
        ContentTarget target,
        ContentSave save,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (await FindContent.RunAsync(actor.Customer, target, db, ct) is not { } found)
            return null;
        var content = EditContent.Merge(save, found.Content);
        if (ContentRules.Check(content).Count > 0)
            return null;
        var now = clock.GetUtcNow();
        var kept = KeepDraft.New(actor.Customer, target, content, actor.UserName, save.VersionName, now);
        db.Add(kept);
        db.Add(actor, "content.put-aside", found.Label, now);
        await db.SaveChangesAsync(ct);
        return $"d{kept.Id}";
    }
}
