using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Messages.Editing;

/// <summary>
/// Keeps the versions of a content sparsely: what one person saves within five minutes is one version, written over; a named one is never
/// written over. The newest row is always what the content says now.
/// </summary>
internal static class KeepDraft
{
    /// <summary>Saves of one person closer than this are one version.</summary>
    public static readonly TimeSpan Span = TimeSpan.FromMinutes(5);

    /// <summary>Versions without a name kept per content; the oldest go first.</summary>
    public const int MaxUnnamed = 200;

    /// <summary>Records what is saved now; before the first save, also what was there. Tells whether a new version begins.</summary>
    public static async Task<bool> RunAsync(
        CustomerId customer,
        ContentTarget target,
        ContentText before,
        ContentText content,
        string? by,
        string? name,
        EstafetteDb db,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var last = await Of(customer, target, db).OrderByDescending(d => d.Id).FirstOrDefaultAsync(ct);
        // Nothing yet, or another door changed the content: that too can be gone back to.
        if (last is null ? !IsEmpty(before) : !SameWords(last.Content, before))
            db.Add(last = New(customer, target, before, null, null, now));
        if (last is { Name: null } && name is null && last.SavedBy == by && now - last.StartedAt < Span)
        {
            last.Write(content, now);
            return false;
        }
        db.Add(New(customer, target, content, by, name, now));
        await TrimAsync(customer, target, db, ct);
        return true;
    }

    public static IQueryable<ContentDraft> Of(CustomerId customer, ContentTarget target, EstafetteDb db)
    {
        var variant = (short)target.Variant;
        return db.Of<ContentDraft>(customer).Where(d => d.OwnerKind == target.Kind && d.OwnerId == target.Id && d.Variant == variant);
    }

    /// <summary>A version as a new row, without touching the others.</summary>
    public static ContentDraft New(
        CustomerId customer,
        ContentTarget target,
        ContentText content,
        string? by,
        string? name,
        DateTimeOffset now
    )
    {
        var draft = new ContentDraft
        {
            CustomerId = customer,
            OwnerKind = target.Kind,
            OwnerId = target.Id,
            Variant = (short)target.Variant,
            SavedBy = by,
            Name = name,
            StartedAt = now,
        };
        draft.Write(content, now);
        return draft;
    }

    private static async Task TrimAsync(CustomerId customer, ContentTarget target, EstafetteDb db, CancellationToken ct)
    {
        var old = await Of(customer, target, db)
            .Where(d => d.Name == null)
            .OrderByDescending(d => d.Id)
            .Select(d => d.Id)
            .Skip(MaxUnnamed)
            .ToListAsync(ct);
        if (old.Count > 0)
            await db.Of<ContentDraft>(customer).Where(d => old.Contains(d.Id)).ExecuteDeleteAsync(ct);
    }

    private static bool IsEmpty(ContentText content) => string.IsNullOrEmpty(content.Html) && string.IsNullOrEmpty(content.Text);

    /// <summary>Subjects are written elsewhere too: they make no version of their own.</summary>
    private static bool SameWords(ContentText one, ContentText other) => one.Html == other.Html && one.Text == other.Text;
}
