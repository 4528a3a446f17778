using Estafette.Core.Accounts;
using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Suppression;

/// <summary>
/// Lets an address be written to again, with a written reason that is audited. Only what was entered by hand, imported or asked for by the
/// person can be taken back: a bounce or a complaint is the word of somebody else. Subscriptions stay unsubscribed.
/// </summary>
public static class RemoveSuppression
{
    public static async Task<ChangeResult> RunAsync(
        Actor actor,
        long id,
        string why,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        var suppressed = await db.Of<SuppressedAddress>(actor.Customer).SingleOrDefaultAsync(s => s.Id == id, ct);
        if (suppressed is null)
            return ChangeResult.NotFound;
        if (!IsRemovable(suppressed))
            return ChangeResult.Refused(
                "id",
                $"A suppression that comes from a {suppressed.Origin} ({suppressed.Reason}) cannot be removed."
            );
        if (string.IsNullOrWhiteSpace(why))
            return ChangeResult.Refused("why", "Write why the address may be written to again.");
        db.Remove(suppressed);
        db.Add(
            actor,
            "suppression.removed",
            $"{suppressed.Channel} {suppressed.AddressKey}",
            clock.GetUtcNow(),
            $"{why.Trim()} (was {suppressed.Reason}, {suppressed.Origin}, {suppressed.CreatedAt:yyyy-MM-dd}: {suppressed.Evidence})"
        );
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return ChangeResult.Done;
    }

    /// <summary>Whether a suppression can be taken back.</summary>
    public static bool IsRemovable(SuppressedAddress suppressed) =>
        IsRemovable(suppressed.Origin) && suppressed.Reason != SuppressionReason.Complaint;

    /// <summary>Whether a suppression of this origin can be taken back.</summary>
    public static bool IsRemovable(SuppressionOrigin origin) =>
        origin is SuppressionOrigin.Manual or SuppressionOrigin.Web or SuppressionOrigin.Mail or SuppressionOrigin.Import;
}
