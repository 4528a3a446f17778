using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts.Segments;

/// <summary>A segment in a table.</summary>
public sealed record SegmentRow(
    SegmentId Id,
    string Name,
    string? Description,
    string Definition,
    long? LastCount,
    DateTimeOffset? CountedAt,
    DateTimeOffset UpdatedAt
);

/// <summary>The segments of a customer by name.</summary>
public static class ListSegments
{
    public static async Task<IReadOnlyList<SegmentRow>> RunAsync(CustomerId customer, EstafetteDb db, CancellationToken ct) =>
        await db.Of<Segment>(customer)
            .OrderBy(s => s.Name)
            .Select(s => new SegmentRow(s.Id, s.Name, s.Description, s.Definition, s.LastCount, s.CountedAt, s.UpdatedAt))
            .ToListAsync(ct);
}

/// <summary>Names of what conditions may refer to, for the builder and for explanations.</summary>
public sealed record SegmentNames(IReadOnlyDictionary<(SegmentKey Kind, string Key), string> ByKey)
{
    /// <summary>Campaigns offered for a choice, the newest first.</summary>
    private const int MaxCampaigns = 200;

    public static async Task<SegmentNames> LoadAsync(CustomerId customer, EstafetteDb db, CancellationToken ct)
    {
        var names = new Dictionary<(SegmentKey, string), string>();
        foreach (var list in await db.Of<ContactList>(customer).OrderBy(l => l.Name).Select(l => new { l.Id, l.Name }).ToListAsync(ct))
            names[(SegmentKey.List, list.Id.ToString())] = list.Name;
        foreach (var segment in await db.Of<Segment>(customer).OrderBy(s => s.Name).Select(s => new { s.Id, s.Name }).ToListAsync(ct))
            names[(SegmentKey.Segment, segment.Id.ToString())] = segment.Name;
        var imports = db.Of<Import.ContactImport>(customer).OrderByDescending(i => i.Id).Take(MaxCampaigns);
        foreach (var import in await imports.Select(i => new { i.Id, i.FileName }).ToListAsync(ct))
            names[(SegmentKey.Import, import.Id.ToString())] = import.FileName;
        // Campaigns belong to a module above this one.
        var campaigns = await db
            .Database.SqlQuery<DeleteSegment.Used>(
                $"SELECT id, name FROM campaigns WHERE customer_id = {customer.Value} ORDER BY id DESC LIMIT {MaxCampaigns}"
            )
            .ToListAsync(ct);
        foreach (var campaign in campaigns)
            names[(SegmentKey.Campaign, $"{campaign.Id}")] = campaign.Name;
        return new SegmentNames(names);
    }

    public IEnumerable<(string Key, string Name)> Of(SegmentKey kind) =>
        ByKey.Where(n => n.Key.Kind == kind).Select(n => (n.Key.Key, n.Value));
}
