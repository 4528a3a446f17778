using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts.Segments;

/// <summary>Lets a customer choose attributes that segments can look up instead of reading every contact.</summary>
public static class ChooseIndexes
{
    /// <summary>Each index is written with every imported contact.</summary>
    public const int MaxPerCustomer = 5;

    /// <summary>False when the customer has enough of them, or it is no name of an attribute.</summary>
    public static async Task<bool> AddAsync(
        Actor actor,
        string name,
        AttributeKind kind,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        var known = await db.Of<IndexedAttribute>(actor.Customer).ToListAsync(ct);
        if (known.Any(i => i.Name == name && i.Kind == kind))
            return true;
        if (known.Count >= MaxPerCustomer || !AttributeName.IsGood(name) || kind == AttributeKind.List || !Enum.IsDefined(kind))
            return false;
        var now = clock.GetUtcNow();
        db.Add(
            new IndexedAttribute
            {
                CustomerId = actor.Customer,
                Name = name,
                Kind = kind,
                CreatedAt = now,
            }
        );
        db.Add(actor, "attribute.indexed", $"attribute {name}", now, $"{kind}");
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return true;
    }

    /// <summary>Marks an index as leaving; false when the customer has no such index.</summary>
    public static async Task<bool> DropAsync(Actor actor, long id, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        await using var write = await db.BeginWriteAsync(ct);
        if (await db.Of<IndexedAttribute>(actor.Customer).SingleOrDefaultAsync(i => i.Id == id, ct) is not { } index)
            return false;
        index.Status = AttributeIndexStatus.Leaving;
        db.Add(actor, "attribute.unindexed", $"attribute {index.Name}", clock.GetUtcNow());
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return true;
    }
}
