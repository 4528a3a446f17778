using Estafette.Core.Accounts;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts.Import;

/// <summary>
/// What an undo would do. Contacts that the import changed keep their new fields: their old ones were not kept.
/// </summary>
/// <param name="Removed">Contacts the import added and nothing else has come of: they disappear.</param>
/// <param name="Kept">Contacts the import added that stay, because something was sent to them, or somebody changed them or put them elsewhere.</param>
/// <param name="Unsubscribed">Subscriptions the import brought: they disappear, those of contacts that stay too.</param>
/// <param name="Updated">Contacts that existed before and keep the fields the import gave them.</param>
public sealed record UndoPlan(long Removed, long Kept, long Unsubscribed, long Updated);

/// <summary>Takes back what an import added.</summary>
public static class UndoImport
{
    /// <summary>What it would do; null when the customer has no such import, or one that is not at its end.</summary>
    /// <exception cref="QueryTooSlowException">The database needs longer than <paramref name="within"/>.</exception>
    public static async Task<UndoPlan?> PlanAsync(CustomerId customer, ImportId id, TimeSpan within, EstafetteDb db, CancellationToken ct)
    {
        var import = await FindAsync(customer, id, db, ct);
        if (import is null)
            return null;
        return await LimitedQuery.RunAsync(
            db,
            within,
            async (command, stop) =>
            {
                command.CommandText = SqlFiles.Get(LimitedQuery.KindOf(db), "Contacts/plan-undo");
                await using var found = await UndoRun.Bind(command, import).ExecuteReaderAsync(stop);
                await found.ReadAsync(stop);
                var (removed, added) = (found.GetInt64(0), found.GetInt64(1));
                return new UndoPlan(removed, Math.Max(0, added - removed), found.GetInt64(2), import.RowsUpdated);
            },
            ct
        );
    }

    public static async Task<ImportControlResult> RunAsync(
        Actor actor,
        ImportId id,
        EstafetteDb db,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (!await db.Of<ContactImport>(actor.Customer).AnyAsync(i => i.Id == id, ct))
            return ImportControlResult.NotFound;
        if (await FindAsync(actor.Customer, id, db, ct) is not { } import)
            return ImportControlResult.NotPossible;
        import.Status = ImportStatus.Undoing;
        db.Add(actor, "import.undone", $"import {id} {import.FileName}", clock.GetUtcNow());
        await db.SaveChangesAsync(ct);
        signals.Ring(Signal.ImportChanged);
        return ImportControlResult.Done;
    }

    private static Task<ContactImport?> FindAsync(CustomerId customer, ImportId id, EstafetteDb db, CancellationToken ct) =>
        db.Of<ContactImport>(customer)
            .SingleOrDefaultAsync(
                i =>
                    i.Id == id
                    && (i.Status == ImportStatus.Finished || i.Status == ImportStatus.Cancelled || i.Status == ImportStatus.Failed)
                    && i.RowsRead > 0,
                ct
            );
}

/// <summary>Removes what an import added, portion by portion; each portion is one transaction and safe to repeat.</summary>
internal static class UndoRun
{
    private const int Portion = 5_000;

    // Who was written to stays, with the proof of the consent that stood then.
    private static readonly string KeepConsents = ContactConsents.KeepDeclared(
        "s.list_id = @list AND s.contact_id > @after AND s.contact_id <= @until AND s.import_id = @import AND EXISTS (SELECT 1 FROM deliveries d WHERE d.contact_id = s.contact_id)"
    );

    public static async Task RunAsync(ContactImport import, WriteQueue queue, TimeProvider clock, CancellationToken ct)
    {
        await EachAsync(after => queue.RunAsync(session => SubscriptionsAsync(session, import, after, ct), ct), ct);
        await EachAsync(after => queue.RunAsync(session => ContactsAsync(session, import, after, ct), ct), ct);
        await queue.RunAsync(
            async session =>
                await session
                    .Prepare(
                        "UPDATE imports SET status = @undone, finished_at = coalesce(finished_at, @at) WHERE id = @id AND status = @undoing"
                    )
                    .Set("@undone", (short)ImportStatus.Undone)
                    .Set("@undoing", (short)ImportStatus.Undoing)
                    .Set("@at", clock.GetUtcNow().ToUnixTimeMilliseconds())
                    .Set("@id", import.Id.Value)
                    .ExecuteNonQueryAsync(ct),
            ct
        );
    }

    /// <summary>Gives a statement the import and the moments between which it ran.</summary>
    public static System.Data.Common.DbCommand Bind(System.Data.Common.DbCommand command, ContactImport import) =>
        command
            .Set("@customer", import.CustomerId.Value)
            .Set("@import", import.Id.Value)
            .Set("@list", import.ListId?.Value ?? 0)
            .Set("@started", (import.StartedAt ?? import.CreatedAt).ToUnixTimeMilliseconds())
            .Set("@finished", (import.FinishedAt ?? import.CreatedAt).ToUnixTimeMilliseconds());

    private static async Task EachAsync(Func<long, Task<long?>> portion, CancellationToken ct)
    {
        long after = 0;
        while (await portion(after) is { } last)
        {
            ct.ThrowIfCancellationRequested();
            after = last;
        }
    }

    private static async ValueTask<long?> SubscriptionsAsync(WriteSession session, ContactImport import, long after, CancellationToken ct)
    {
        var next = session
            .Prepare(
                "SELECT max(contact_id) FROM (SELECT contact_id FROM subscriptions WHERE list_id = @list AND contact_id > @after ORDER BY contact_id LIMIT @portion) p"
            )
            .Set("@list", import.ListId?.Value ?? 0);
        if (await LastAsync(next, after, ct) is not { } until)
            return null;
        await session
            .Prepare(KeepConsents)
            .Set("@customer", import.CustomerId.Value)
            .Set("@list", import.ListId?.Value ?? 0)
            .Set("@import", import.Id.Value)
            .Set("@after", after)
            .Set("@until", until)
            .ExecuteNonQueryAsync(ct);
        // Those that waited for their confirmation before the import wait again; the others disappear.
        await Bind(session.Statement("Contacts/undo-confirmations"), import)
            .Set("@after", after)
            .Set("@until", until)
            .ExecuteNonQueryAsync(ct);
        var removed = await Bind(session.Statement("Contacts/undo-subscriptions"), import)
            .Set("@after", after)
            .Set("@until", until)
            .ExecuteNonQueryAsync(ct);
        await CountAsync(session, import, "undone_subscriptions", removed, ct);
        return until;
    }

    private static async ValueTask<long?> ContactsAsync(WriteSession session, ContactImport import, long after, CancellationToken ct)
    {
        var next = session
            .Prepare(
                "SELECT max(id) FROM (SELECT id FROM contacts WHERE id > @after AND customer_id = @customer ORDER BY id LIMIT @portion) p"
            )
            .Set("@customer", import.CustomerId.Value);
        if (await LastAsync(next, after, ct) is not { } until)
            return null;
        var removed = await Bind(session.Statement("Contacts/undo-contacts"), import)
            .Set("@after", after)
            .Set("@until", until)
            .ExecuteNonQueryAsync(ct);
        await session
            .Statement("Contacts/undo-consents")
            .Set("@customer", import.CustomerId.Value)
            .Set("@import", import.Id.Value)
            .Set("@after", after)
            .Set("@until", until)
            .ExecuteNonQueryAsync(ct);
        await CountAsync(session, import, "undone_contacts", removed, ct);
        return until;
    }

    // The last of the next portion of rows to look at; null at the end.
    private static async ValueTask<long?> LastAsync(System.Data.Common.DbCommand next, long after, CancellationToken ct)
    {
        var last = await next.Set("@after", after).Set("@portion", Portion).ExecuteScalarAsync(ct);
        return last is null or DBNull ? null : Convert.ToInt64(last, System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async ValueTask CountAsync(WriteSession session, ContactImport import, string column, int count, CancellationToken ct)
    {
        if (count > 0)
            await session
                .Prepare($"UPDATE imports SET {column} = {column} + @count WHERE id = @id")
                .Set("@count", (long)count)
                .Set("@id", import.Id.Value)
                .ExecuteNonQueryAsync(ct);
    }
}
