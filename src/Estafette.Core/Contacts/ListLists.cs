using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts;

/// <summary>A list with the number of its contacts by status.</summary>
public sealed record ListRow(
    ListId Id,
    string Name,
    string? Description,
    string? Language,
    DateTimeOffset CreatedAt,
    long Confirmed,
    long Unconfirmed,
    long Unsubscribed,
    bool IsPublic = false
);

/// <summary>The lists of a customer by name.</summary>
public static class ListLists
{
    public static async Task<IReadOnlyList<ListRow>> RunAsync(CustomerId customer, EstafetteDb db, CancellationToken ct)
    {
        var lists = await db.Of<ContactList>(customer).AsNoTracking().OrderBy(l => l.Name).ToListAsync(ct);
        var counts = await db.Of<ListCount>(customer).AsNoTracking().ToListAsync(ct);
        var byKey = counts.ToDictionary(c => (c.ListId, c.Status), c => c.Count);
        long Of(ContactList list, SubscriptionStatus status) => byKey.GetValueOrDefault((list.Id, status));
        return lists.ConvertAll(l => new ListRow(
            l.Id,
            l.Name,
            l.Description,
            l.Language,
            l.CreatedAt,
            Of(l, SubscriptionStatus.Confirmed),
            Of(l, SubscriptionStatus.Unconfirmed),
            Of(l, SubscriptionStatus.Unsubscribed),
            l.IsPublic
        ));
    }
}
