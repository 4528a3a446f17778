using Estafette.Core.Accounts;
using Estafette.Core.Messages.Editing;
using Estafette.Core.Platform;

namespace Estafette.Core.Campaigns.Editing;

/// <summary>Keeps what a person wrote as a named version without making it the content: they chose what someone else saved.</summary>
public static class PutAside
{
    /// <returns>False when the customer has no such content, or when it is too large to be kept.</returns>
    public static async Task<bool> RunAsync(
        Actor actor,
        ContentTarget target,
        ContentSave save,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (await FindContent.RunAsync(actor.Customer, target, db, ct) is not { } found)
            return false;
        var content = EditContent.Merge(save, found.Content);
        if (ContentRules.Check(content).Count > 0)
            return false;
        var now = clock.GetUtcNow();
        db.Add(KeepDraft.New(actor.Customer, target, content, actor.UserName, save.VersionName, now));
        db.Add(actor, "content.put-aside", found.Label, now);
        await db.SaveChangesAsync(ct);
        return true;
    }
}
