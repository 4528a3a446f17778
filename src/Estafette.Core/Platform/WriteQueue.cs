using System.Data;
using System.Data.Common;
using System.Threading.Channels;
using Npgsql;

namespace Estafette.Core.Platform;

/// <summary>
/// The way every hot write reaches the database: claims, results, events, launches, import batches.
/// <para>On SQLite one loop takes all waiting jobs, runs each inside a savepoint and commits them together: one fsync for the group, and a
/// job that fails takes back only itself. On PostgreSQL each job has its own transaction on one of a few connections and is repeated
/// when the server reports a serialization failure or a deadlock.</para>
/// <para>A job must be safe to run again: it changes nothing outside the transaction.</para>
/// </summary>
public sealed class WriteQueue : IAsyncDisposable
{
    private const int MaxGroup = 64;

    private readonly Store _store;
    private readonly WriteGate _gate;
    private readonly Channel<Job>? _jobs;
    private readonly Task _loop = Task.CompletedTask;
    private readonly SemaphoreSlim _connections;
    private long _given;

    public WriteQueue(Store store, WriteGate gate, DatabaseOptions options)
    {
        (_store, _gate) = (store, gate);
        _connections = new SemaphoreSlim(options.WriteConnections);
        if (store.Kind != DatabaseKind.Sqlite)
            return;
        _jobs = System.Threading.Channels.Channel.CreateBounded<Job>(new BoundedChannelOptions(1024) { SingleReader = true });
        _loop = Task
            .Factory.StartNew(RunSqliteAsync, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .Unwrap();
    }

    /// <summary>The database that the jobs write to.</summary>
    internal Store Store => _store;

    /// <summary>Jobs that were given to the queue since the start.</summary>
    public long Jobs => Interlocked.Read(ref _given);

    /// <summary>Runs a job in a transaction and returns once it is committed.</summary>
    /// <exception cref="DbException">The job or its commit failed; nothing of it is stored.</exception>
    public async Task<T> RunAsync<T>(Func<WriteSession, ValueTask<T>> job, CancellationToken ct)
    {
        Interlocked.Increment(ref _given);
        if (_jobs is null)
            return await RunPostgresAsync(job, ct);
        var queued = new Job<T>(job);
        await _jobs.Writer.WriteAsync(queued, ct);
        return await queued.Done.Task;
    }

    /// <inheritdoc cref="RunAsync{T}"/>
    public Task RunAsync(Func<WriteSession, ValueTask> job, CancellationToken ct) =>
        RunAsync<bool>(
            async session =>
            {
                await job(session);
                return true;
            },
            ct
        );

    private async Task RunSqliteAsync()
    {
        var connection = await _store.OpenAsync(CancellationToken.None);
        await using var owned = connection;
        using var session = new WriteSession(_store, connection, cache: true);
        session.Execute("PRAGMA cache_size=-16000");
        var group = new List<Job>(MaxGroup);
        while (await _jobs!.Reader.WaitToReadAsync())
        {
            using var held = await _gate.EnterAsync(CancellationToken.None);
            group.Clear();
            while (group.Count < MaxGroup && _jobs.Reader.TryRead(out var job))
                group.Add(job);
            if (group.Count > 0)
                await RunGroupAsync(connection, session, group);
        }
    }

    private static async Task RunGroupAsync(DbConnection connection, WriteSession session, List<Job> group)
    {
        try
        {
            using var transaction = connection.BeginTransaction();
            session.Transaction = transaction;
            foreach (var job in group)
            {
                if (group.Count > 1)
                    session.Execute("SAVEPOINT job");
                await job.RunAsync(session);
                if (group.Count > 1)
                    session.Execute(job.Failure is null ? "RELEASE job" : "ROLLBACK TO job; RELEASE job");
            }
            if (group.Count == 1 && group[0].Failure is not null)
                transaction.Rollback();
            else
                transaction.Commit();
            foreach (var job in group)
                job.Complete();
        }
        catch (Exception failure)
        {
            foreach (var job in group)
                job.Fail(failure);
        }
        finally
        {
            session.Transaction = null;
        }
    }

    private async Task<T> RunPostgresAsync<T>(Func<WriteSession, ValueTask<T>> job, CancellationToken ct)
    {
        await _connections.WaitAsync(ct);
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    await using var connection = await _store.OpenAsync(ct);
                    await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, ct);
                    using var session = new WriteSession(_store, connection, cache: false) { Transaction = transaction };
                    var result = await job(session);
                    await transaction.CommitAsync(ct);
                    return result;
                }
                catch (PostgresException conflict)
                    when (conflict.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected && attempt < 6
                    ) { }
            }
        }
        finally
        {
            _connections.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _jobs?.Writer.TryComplete();
        await _loop;
        _connections.Dispose();
    }

    private abstract class Job
    {
        public Exception? Failure { get; protected set; }

        public abstract ValueTask RunAsync(WriteSession session);

        public abstract void Complete();

        public abstract void Fail(Exception failure);
    }

    private sealed class Job<T>(Func<WriteSession, ValueTask<T>> run) : Job
    {
        private T _result = default!;

        public TaskCompletionSource<T> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override async ValueTask RunAsync(WriteSession session)
        {
            try
            {
                _result = await run(session);
            }
            catch (Exception failure)
            {
                Failure = failure;
            }
        }

        public override void Complete()
        {
            if (Failure is null)
                Done.TrySetResult(_result);
            else
                Done.TrySetException(Failure);
        }

        public override void Fail(Exception failure) => Done.TrySetException(Failure ?? failure);
    }
}
