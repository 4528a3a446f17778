using Estafette.Core.Platform;

namespace Estafette.Core.Messages.Editing;

/// <summary>Gives a new owner the editing side of the content it was copied from, so that it opens in the same editor.</summary>
internal static class CopyContent
{
    /// <summary>Adds a row to the unit of work; the words themselves are copied by the caller.</summary>
    public static async Task RunAsync(
        CustomerId customer,
        ContentTarget from,
        ContentTarget to,
        string? by,
        EstafetteDb db,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        if (await EditContent.HeadAsync(customer, from, db, ct) is { } head)
            EditContent.NewHead(to, customer, db).CopyFrom(head, by ?? "", now);
    }
}
