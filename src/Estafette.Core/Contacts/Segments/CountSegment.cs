using System.Globalization;
using Estafette.Core.Platform;

namespace Estafette.Core.Contacts.Segments;

/// <summary>How many contacts a definition holds and some of them; <paramref name="Elapsed"/> is the time the database took.</summary>
public sealed record SegmentCount(long Contacts, IReadOnlyList<ContactListRow> Sample, TimeSpan Elapsed);

/// <summary>Counts the contacts of a definition now, and shows the newest of them.</summary>
public static class CountSegment
{
    /// <summary>What a page may take for the count, or for the sample.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(8);

    private const int SampleRows = 20;

    /// <exception cref="QueryTooSlowException">The database needs longer than <see cref="Limit"/>.</exception>
    public static async Task<SegmentCount> RunAsync(
        CustomerId customer,
        SegmentDefinition definition,
        bool withSample,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var predicate = await CompileAsync(customer, definition, db, clock, ct);
        var started = clock.GetTimestamp();
        var count = await LimitedQuery.RunAsync(
            db,
            Limit,
            async (command, stop) =>
            {
                command.CommandText =
                    $"SELECT count(*) FROM contacts c WHERE {Whose(customer, predicate, LimitedQuery.KindOf(db))} AND {predicate.Text}";
                return Convert.ToInt64(await predicate.AddTo(command).ExecuteScalarAsync(stop), CultureInfo.InvariantCulture);
            },
            ct
        );
        var elapsed = clock.GetElapsedTime(started);
        var sample = withSample && count > 0 ? await SampleAsync(customer, predicate, db, ct) : [];
        return new SegmentCount(count, sample, elapsed);
    }

    /// <summary>The predicate of a definition over all contacts of the customer.</summary>
    internal static async Task<SegmentPredicate> CompileAsync(
        CustomerId customer,
        SegmentDefinition definition,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var resolved = await ResolveSegments.RunAsync(customer, definition, db, ct);
        return CompileSegment.Run(
            resolved,
            await SegmentScopes.ReadAsync(customer, SegmentUse.Whole, LimitedQuery.KindOf(db), clock.GetUtcNow(), db, ct)
        );
    }

    /// <summary>
    /// Without statistics SQLite takes the index of a customer's contacts wherever it can and then fetches every row out of its order; where
    /// no index narrows the choice, reading the table from its start to its end is three times as fast.
    /// </summary>
    internal static string Whose(CustomerId customer, SegmentPredicate predicate, DatabaseKind database) =>
        database == DatabaseKind.Sqlite && !predicate.Selective
            ? $"+c.customer_id = {customer.Value}"
            : $"c.customer_id = {customer.Value}";

    private static Task<IReadOnlyList<ContactListRow>> SampleAsync(
        CustomerId customer,
        SegmentPredicate predicate,
        EstafetteDb db,
        CancellationToken ct
    ) =>
        LimitedQuery.RunAsync<IReadOnlyList<ContactListRow>>(
            db,
            Limit,
            async (command, stop) =>
            {
                command.CommandText =
                    $"SELECT c.id, c.email, c.phone, c.first_name, c.last_name, c.language, c.tracking_consent, c.created_at, NULL FROM contacts c WHERE {Whose(customer, predicate, LimitedQuery.KindOf(db))} AND {predicate.Text} ORDER BY c.id DESC LIMIT {SampleRows}";
                await using var reader = await predicate.AddTo(command).ExecuteReaderAsync(stop);
                var rows = new List<ContactListRow>();
                while (await reader.ReadAsync(stop))
                    rows.Add(ListContacts.Read(reader));
                return rows;
            },
            ct
        );
}
