using Estafette.Core.Contacts.Import;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Suppression.Import;

/// <summary>A row without a usable address, and why.</summary>
public sealed record RejectedRow(long Line, ImportReason Reason, string Raw);

/// <summary>Shows how far a file of addresses is.</summary>
public static class ReadSuppressionImport
{
    /// <summary>Null when the customer has no such import.</summary>
    public static Task<SuppressionImport?> RunAsync(CustomerId customer, long id, EstafetteDb db, CancellationToken ct) =>
        db.Of<SuppressionImport>(customer).AsNoTracking().SingleOrDefaultAsync(i => i.Id == id, ct);

    /// <summary>The last ones, newest first.</summary>
    public static Task<List<SuppressionImport>> LastAsync(CustomerId customer, int count, EstafetteDb db, CancellationToken ct) =>
        db.Of<SuppressionImport>(customer).AsNoTracking().OrderByDescending(i => i.Id).Take(count).ToListAsync(ct);

    /// <summary>Why it stopped; null when it did not.</summary>
    public static ImportReason? ErrorOf(SuppressionImport import) => import.Error is { } json ? ImportReason.FromJson(json) : null;

    /// <summary>The first rows that were not taken, in the order of the file.</summary>
    public static async Task<IReadOnlyList<RejectedRow>> RejectsAsync(
        SuppressionImport import,
        int count,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var rows = await db.Set<SuppressionReject>()
            .AsNoTracking()
            .Where(r => r.ImportId == import.Id)
            .OrderBy(r => r.Line)
            .Take(count)
            .ToListAsync(ct);
        return [.. rows.Select(r => new RejectedRow(r.Line, ImportReason.FromJson(r.Reason), r.Raw))];
    }
}
