using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Accounts;

/// <summary>Choices of a list page under a name (table "saved_views").</summary>
public sealed class SavedView : ICustomerOwned
{
    public long Id { get; private set; }
    public required CustomerId CustomerId { get; init; }
    public required UserId UserId { get; init; }

    /// <summary>The name of the list.</summary>
    public required string Grid { get; init; }
    public required string Name { get; init; }

    /// <summary>The query string of the page, without question mark.</summary>
    public required string Query { get; set; }

    /// <summary>Seen by every user of the customer.</summary>
    public required bool Shared { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A view in the menu of a list.</summary>
public sealed record SavedViewRow(long Id, string Name, string Query, bool Shared, bool IsMine);

/// <summary>Views that users keep of list pages: their own and those that others share.</summary>
public static class SavedViews
{
    /// <summary>Most views one user keeps of one list.</summary>
    public const int Most = 50;

    /// <summary>Most characters of a name.</summary>
    public const int MaxName = 80;

    /// <summary>Most characters of the choices.</summary>
    public const int MaxQuery = 2000;

    public static async Task<IReadOnlyList<SavedViewRow>> ListAsync(
        CustomerId customer,
        UserId user,
        string grid,
        EstafetteDb db,
        CancellationToken ct
    ) =>
        await db.Of<SavedView>(customer)
            .Where(v => v.Grid == grid && (v.UserId == user || v.Shared))
            .OrderBy(v => v.Name)
            .ThenBy(v => v.Id)
            .Take(4 * Most)
            .Select(v => new SavedViewRow(v.Id, v.Name, v.Query, v.Shared, v.UserId == user))
            .ToListAsync(ct);

    /// <summary>Keeps a view; one of the same name by the same user is replaced. Null when a limit is passed.</summary>
    public static async Task<long?> SaveAsync(SavedView view, Actor actor, EstafetteDb db, CancellationToken ct)
    {
        if (view.Name.Length is 0 or > MaxName || view.Query.Length > MaxQuery || view.Grid.Length > MaxName)
            return null;
        await using var write = await db.BeginWriteAsync(ct);
        var mine = await db.Of<SavedView>(view.CustomerId).Where(v => v.UserId == view.UserId && v.Grid == view.Grid).ToListAsync(ct);
        var known = mine.Find(v => v.Name == view.Name);
        if (known is null && mine.Count >= Most)
            return null;
        if (known is null)
            db.Add(view);
        else
            (known.Query, known.Shared) = (view.Query, view.Shared);
        db.Add(actor, "view.saved", $"{view.Grid} {view.Name}", view.CreatedAt);
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return (known ?? view).Id;
    }

    /// <summary>Forgets a view of this user; false when the user has no such view.</summary>
    public static async Task<bool> DeleteAsync(long id, UserId user, Actor actor, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        if (await db.Of<SavedView>(actor.Customer).SingleOrDefaultAsync(v => v.Id == id && v.UserId == user, ct) is not { } view)
            return false;
        db.Remove(view);
        db.Add(actor, "view.deleted", $"{view.Grid} {view.Name}", clock.GetUtcNow());
        await db.SaveChangesAsync(ct);
        return true;
    }
}

internal sealed class SavedViewConfiguration : IEntityTypeConfiguration<SavedView>
{
    public void Configure(EntityTypeBuilder<SavedView> builder)
    {
        builder.ToTable("saved_views").HasKey(v => v.Id);
        builder.Property(v => v.Id).ValueGeneratedOnAdd();
    }
}
