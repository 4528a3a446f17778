using System.Globalization;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Automations.Steps;

/// <summary>A segment that the conditions of an automation ask for, ready to be asked about a batch of contacts.</summary>
internal sealed record AskedSegment(long Id, SegmentPredicate Predicate);

/// <summary>Answers which of the segments asked for the people of a batch belong to, one statement for each segment.</summary>
internal static class AskedSegments
{
    /// <summary>The segments that conditions and goal name.</summary>
    public static IReadOnlyList<long> Of(AutomationDefinition definition) =>
        [
            .. definition
                .All()
                .Select(s => s.Step.Condition)
                .Append(definition.Goal)
                .Where(c => c is { Kind: ConditionKind.InSegment, Segment: not null })
                .Select(c => c!.Segment!.Value)
                .Distinct()
                .Order(),
        ];

    /// <summary>The segments with their filters as they are now.</summary>
    public static async Task<IReadOnlyList<AskedSegment>> CompileAsync(
        CustomerId customer,
        AutomationDefinition definition,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var asked = new List<AskedSegment>();
        foreach (var id in Of(definition))
            asked.Add(new AskedSegment(id, await CompileAsync(customer, id, SegmentUse.Batch, db, clock, ct)));
        return asked;
    }

    /// <summary>The filter of one segment; one that is gone holds nobody.</summary>
    public static async Task<SegmentPredicate> CompileAsync(
        CustomerId customer,
        long id,
        SegmentUse use,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var segment = new SegmentId(id);
        var json = await db.Of<Segment>(customer).Where(s => s.Id == segment).Select(s => s.Definition).SingleOrDefaultAsync(ct);
        var definition = json is null ? new SegmentDefinition(SegmentGroup.Empty) : SegmentDefinition.Parse(json);
        var scope = await SegmentScopes.ReadAsync(customer, use, LimitedQuery.KindOf(db), clock.GetUtcNow(), db, ct);
        return CompileSegment.Run(await ResolveSegments.RunAsync(customer, definition, db, ct), scope);
    }

    /// <summary>Reads the answers for the people of a batch.</summary>
    public static async ValueTask FillAsync(
        WriteSession session,
        CustomerId customer,
        IReadOnlyList<AskedSegment> asked,
        IReadOnlyList<Person> people,
        CancellationToken ct
    )
    {
        var kind = session.Store.Kind;
        var byContact = people.ToLookup(p => p.Contact.Value);
        var ids = ClaimDeliveries.IdList(kind, byContact.Select(g => g.Key));
        foreach (var segment in asked)
        {
            // Not kept like other statements: its text is as various as the segments are.
            await using var members = session.Connection.CreateCommand();
            (members.CommandText, members.Transaction) = (Text(kind, segment.Predicate), session.Transaction);
            segment.Predicate.AddTo(members).Set("@whose", customer.Value).Set("@ids", ids);
            await using var reader = await members.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
                foreach (var person in byContact[Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture)])
                    person.Segments.Add(segment.Id);
        }
    }

    private static string Text(DatabaseKind kind, SegmentPredicate predicate) =>
        $"SELECT c.id FROM contacts c WHERE c.customer_id = @whose AND c.id {(kind == DatabaseKind.Sqlite ? "IN (SELECT value FROM json_each(@ids))" : "= ANY(@ids)")} AND {predicate.Text}";
}
