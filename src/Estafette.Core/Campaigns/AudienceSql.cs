using Estafette.Core.Contacts.Segments;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns;

/// <summary>
/// Who belongs to an audience, in words of SQL over contacts "c".
/// <para>A list brings the contacts that are confirmed in it. A segment brings those of its contacts that are confirmed in some list: a
/// filter is no consent. An excluded list takes out its members, unconfirmed ones too; an excluded segment all of its contacts.</para>
/// </summary>
internal static class AudienceSql
{
    /// <summary>Confirmed anywhere.</summary>
    public const string ConfirmedSomewhere = "EXISTS (SELECT 1 FROM subscriptions s WHERE s.contact_id = c.id AND s.status = 1)";

    public static string IncludedInBatch(IReadOnlyList<SegmentPredicate> segments) =>
        segments.Count == 0 ? "" : $"OR (({Any(segments)}) AND {ConfirmedSomewhere})";

    public static string ExcludedInBatch(IReadOnlyList<SegmentPredicate> segments) =>
        segments.Count == 0 ? "" : $"AND (({Any(segments)}) IS NOT TRUE)";

    public static string Any(IReadOnlyList<SegmentPredicate> segments) => string.Join(" OR ", segments.Select(s => s.Text));

    /// <summary>The resolved definition of a segment.</summary>
    public static async Task<SegmentDefinition> ReadAsync(CustomerId customer, SegmentId id, EstafetteDb db, CancellationToken ct)
    {
        var json = await db.Of<Segment>(customer).Where(s => s.Id == id).Select(s => s.Definition).SingleAsync(ct);
        return await ResolveSegments.RunAsync(customer, SegmentDefinition.Parse(json), db, ct);
    }
}
