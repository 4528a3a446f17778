using System.Data.Common;
using Estafette.Core.Platform;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using SQLitePCL;

namespace Estafette.Core.Contacts.Segments;

/// <summary>A question took longer than a page may wait.</summary>
public sealed class QueryTooSlowException(TimeSpan limit) : Exception($"The database did not answer within {limit.TotalSeconds:0} s.")
{
    public TimeSpan Limit { get; } = limit;
}

/// <summary>
/// Reads and gives up after a time, or when the visitor leaves: the database itself stops working on it. A question that
/// somebody builds by hand may ask for anything.
/// </summary>
internal static class LimitedQuery
{
    /// <summary>The dialect of a context.</summary>
    public static DatabaseKind KindOf(EstafetteDb db) =>
        db.Database.GetDbConnection() is SqliteConnection ? DatabaseKind.Sqlite : DatabaseKind.PostgreSql;

    /// <exception cref="QueryTooSlowException">It took longer than the limit.</exception>
    public static async Task<T> RunAsync<T>(
        EstafetteDb db,
        TimeSpan limit,
        Func<DbCommand, CancellationToken, Task<T>> read,
        CancellationToken ct
    )
    {
        await db.Database.OpenConnectionAsync(ct);
        try
        {
            return await RunAsync(db.Database.GetDbConnection(), db.Database.CurrentTransaction?.GetDbTransaction(), limit, read, ct);
        }
        finally
        {
            await db.Database.CloseConnectionAsync();
        }
    }

    private static async Task<T> RunAsync<T>(
        DbConnection connection,
        DbTransaction? transaction,
        TimeSpan limit,
        Func<DbCommand, CancellationToken, Task<T>> read,
        CancellationToken ct
    )
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        stop.CancelAfter(limit);
        try
        {
            await using var command = connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandTimeout = (int)Math.Ceiling(limit.TotalSeconds) + 5;
            if (connection is not SqliteConnection sqlite)
                return await read(command, stop.Token);
            // Its calls are synchronous: they run on a thread of the pool and are interrupted from this one.
            using var interrupted = stop.Token.Register(() => raw.sqlite3_interrupt(sqlite.Handle));
            return await Task.Run(() => read(command, stop.Token), CancellationToken.None);
        }
        catch (Exception stopped) when (stop.IsCancellationRequested && IsStop(stopped))
        {
            ct.ThrowIfCancellationRequested();
            throw new QueryTooSlowException(limit);
        }
    }

    private static bool IsStop(Exception failure) =>
        failure
            is OperationCanceledException
                or SqliteException { SqliteErrorCode: raw.SQLITE_INTERRUPT }
                or PostgresException { SqlState: PostgresErrorCodes.QueryCanceled };
}
