using Microsoft.Extensions.Logging;
using Npgsql;

namespace Estafette.Core.Platform;

/// <summary>
/// A PostgreSQL database, held by one process for its life: two that send from one queue, each with its own journal, would take what the other
/// holds for lost. SQLite needs none, its file lies in the data directory (<see cref="DataDirectory"/>).
/// <para>The lock belongs to a connection of its own. When that breaks, the database has let go of the lock, so it is taken again; a process that
/// finds another one faster must stop.</para>
/// </summary>
public sealed partial class DatabaseLock : IAsyncDisposable
{
    private const long Key = 7318349394477057;
    private static readonly TimeSpan Watch = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stop = new();
    private readonly NpgsqlConnectionStringBuilder _target;
    private readonly Action _lost;
    private readonly ILogger _logger;
    private readonly Task _watching;
    private NpgsqlConnection? _connection;

    private DatabaseLock(NpgsqlConnectionStringBuilder target, NpgsqlConnection connection, Action lost, ILogger logger)
    {
        (_target, _connection, _lost, _logger) = (target, connection, lost, logger);
        _watching = Task.Run(WatchAsync, CancellationToken.None);
    }

    /// <summary>Takes the database until disposed; null on SQLite.</summary>
    /// <param name="store">The database.</param>
    /// <param name="lost">Called when another process has taken the database over.</param>
    /// <param name="logger">Told of a broken connection.</param>
    /// <param name="ct">Stops waiting for the database.</param>
    /// <exception cref="DatabaseInUseException">Another process holds it.</exception>
    public static async Task<DatabaseLock?> TakeAsync(Store store, Action lost, ILogger logger, CancellationToken ct)
    {
        if (store.Kind != DatabaseKind.PostgreSql)
            return null;
        var target = new NpgsqlConnectionStringBuilder(store.ConnectionString) { Pooling = false };
        return new DatabaseLock(target, await TakeAsync(target, ct), lost, logger);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        if (_connection is not null)
            await _connection.DisposeAsync();
        _stop.Dispose();
    }

    private static async Task<NpgsqlConnection> TakeAsync(NpgsqlConnectionStringBuilder target, CancellationToken ct)
    {
        var connection = new NpgsqlConnection(target.ConnectionString);
        try
        {
            await connection.OpenAsync(ct);
            await using var command = new NpgsqlCommand($"SELECT pg_try_advisory_lock({Key})", connection);
            return await command.ExecuteScalarAsync(ct) is true
                ? connection
                : throw new DatabaseInUseException(target.Database ?? "", target.Host ?? "");
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private async Task WatchAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(Watch, TimeProvider.System, _stop.Token);
                _connection ??= await TakeAsync(_target, _stop.Token);
                await using var command = new NpgsqlCommand("SELECT 1", _connection);
                await command.ExecuteScalarAsync(_stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested) { }
            catch (DatabaseInUseException taken)
            {
                Taken(_logger, taken.Message);
                _lost();
                return;
            }
            catch (NpgsqlException broken)
            {
                Broken(_logger, broken.Message);
                if (_connection is not null)
                    await _connection.DisposeAsync();
                _connection = null;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "Stopping: {Reason}")]
    private static partial void Taken(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The connection that holds the database broke and is made again: {Reason}")]
    private static partial void Broken(ILogger logger, string reason);
}

/// <summary>The PostgreSQL database belongs to a running process.</summary>
public sealed class DatabaseInUseException(string database, string host)
    : InvalidOperationException(
        $"The PostgreSQL database '{database}' on {host} is used by another Estafette process. One process works on a database: stop the other one, or run commands with its data directory (--data)."
    );
