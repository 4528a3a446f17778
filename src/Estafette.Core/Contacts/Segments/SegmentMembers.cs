using System.Text.RegularExpressions;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts.Segments;

/// <summary>The contacts of a segment, to be ordered and paged further by who asks for them.</summary>
public static partial class SegmentMembers
{
    /// <exception cref="QueryTooSlowException">Counting them takes longer than a page may: reading them would, too.</exception>
    public static async Task<IQueryable<Contact>> OfAsync(
        CustomerId customer,
        SegmentDefinition definition,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await CountSegment.RunAsync(customer, definition, withSample: false, db, clock, ct);
        var predicate = await CountSegment.CompileAsync(customer, definition, db, clock, ct);
        var places = predicate.Parameters.Select((p, i) => (p.Key, Place: $"{{{i}}}")).ToDictionary(p => p.Key, p => p.Place);
        // Braces of the text itself are doubled before the names of parameters become places.
        var text = predicate.Text.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal);
        var where = Parameter().Replace(text, name => places.GetValueOrDefault(name.Value, name.Value));
#pragma warning disable EF1003 // The compiled predicate, as it is counted; its values go in as parameters.
        return db.Set<Contact>()
            .FromSqlRaw(
                $"SELECT c.* FROM contacts c WHERE {CountSegment.Whose(customer, predicate, LimitedQuery.KindOf(db))} AND " + where,
                [.. predicate.Parameters.Select(p => p.Value)]
            );
#pragma warning restore EF1003
    }

    [GeneratedRegex("@[a-zA-Z][a-zA-Z0-9]*")]
    private static partial Regex Parameter();
}
