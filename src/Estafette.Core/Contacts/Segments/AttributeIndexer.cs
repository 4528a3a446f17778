using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts.Segments;

/// <summary>
/// Makes and drops the indexes on chosen attributes, one after the other. On PostgreSQL they are made beside running writes; on SQLite writing
/// waits meanwhile, a few seconds for a million contacts. Every statement may be repeated after a crash.
/// </summary>
internal sealed class AttributeIndexer(IDbContextFactory<EstafetteDb> databases, Store store, WriteQueue writes, LoopContext context)
    : BackgroundLoop(context, Signal.AttributesChanged, TimeSpan.FromMinutes(1))
{
    protected override Task<bool> PassAsync(CancellationToken ct) => WorkAsync(ct);

    /// <summary>Makes or drops one index; false when there is none to make or drop.</summary>
    internal async Task<bool> WorkAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var next = await db.Set<IndexedAttribute>()
            .Where(i => i.Status == AttributeIndexStatus.Waiting || i.Status == AttributeIndexStatus.Leaving)
            .OrderBy(i => i.Id)
            .FirstOrDefaultAsync(ct);
        if (next is null)
            return false;
        try
        {
            // A half-made index of PostgreSQL stays behind as invalid: it is dropped before the next try.
            await ExecuteAsync(Drop(next), ct);
            if (next.Status == AttributeIndexStatus.Waiting)
                await ExecuteAsync(Create(next), ct);
        }
        catch (System.Data.Common.DbException failure) when (next.Status == AttributeIndexStatus.Waiting)
        {
            Log.IndexFailed(Logger, next.Id, failure);
            (next.Status, next.Error) = (AttributeIndexStatus.Failed, failure.Message);
            await db.SaveChangesAsync(ct);
            return true;
        }
        if (next.Status == AttributeIndexStatus.Leaving)
            db.Remove(next);
        else
            next.Status = AttributeIndexStatus.Ready;
        await db.SaveChangesAsync(ct);
        return true;
    }

    private static string NameOf(IndexedAttribute attribute) => $"ix_contacts_attribute_{attribute.Id}";

    private string Drop(IndexedAttribute attribute) =>
        store.Kind == DatabaseKind.Sqlite
            ? $"DROP INDEX IF EXISTS {NameOf(attribute)}"
            : $"DROP INDEX CONCURRENTLY IF EXISTS {NameOf(attribute)}";

    private string Create(IndexedAttribute attribute)
    {
        var place = AttributeSql.Literal(store.Kind, attribute.Name);
        var value = AttributeSql.Value(store.Kind, attribute.Kind, place, "attributes");
        var how = store.Kind == DatabaseKind.Sqlite ? "INDEX" : "INDEX CONCURRENTLY";
        var customer = attribute.CustomerId.Value;
        return $"CREATE {how} {NameOf(attribute)} ON contacts (customer_id, ({value})) WHERE customer_id = {customer}";
    }

    private async Task ExecuteAsync(string sql, CancellationToken ct)
    {
        if (store.Kind == DatabaseKind.Sqlite)
        {
            await writes.RunAsync(
                async session =>
                {
                    await using var command = session.Connection.CreateCommand();
                    (command.CommandText, command.Transaction) = (sql, session.Transaction);
                    await command.ExecuteNonQueryAsync(ct);
                },
                ct
            );
            return;
        }
        await using var connection = await store.OpenAsync(ct);
        await using var statement = connection.CreateCommand();
        (statement.CommandText, statement.CommandTimeout) = (sql, 3600);
        await statement.ExecuteNonQueryAsync(ct);
        // Statistics of the expression, without which the planner does not know how well it selects.
        statement.CommandText = "ANALYZE contacts";
        await statement.ExecuteNonQueryAsync(ct);
    }
}
