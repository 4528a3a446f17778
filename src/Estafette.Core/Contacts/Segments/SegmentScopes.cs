using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts.Segments;

/// <summary>Reads what a definition of a customer is compiled for.</summary>
internal static class SegmentScopes
{
    public static async Task<SegmentScope> ReadAsync(
        CustomerId customer,
        SegmentUse use,
        DatabaseKind database,
        DateTimeOffset now,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var zone = await db.Set<Customer>().Where(c => c.Id == customer).Select(c => c.TimeZone).SingleAsync(ct);
        var indexed = await db.Of<IndexedAttribute>(customer)
            .Where(a => a.Status == AttributeIndexStatus.Ready)
            .Select(a => new { a.Name, a.Kind })
            .ToListAsync(ct);
        return new SegmentScope(
            database,
            customer,
            TimeZoneInfo.FindSystemTimeZoneById(zone),
            now,
            use,
            indexed.Select(a => (a.Name, a.Kind)).ToHashSet()
        );
    }
}
