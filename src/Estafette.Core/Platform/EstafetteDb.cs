using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Estafette.Core.Platform;

/// <summary>A row that belongs to one customer; read it through <see cref="EstafetteDb.Of{T}"/>.</summary>
public interface ICustomerOwned
{
    /// <summary>The customer that owns the row.</summary>
    CustomerId CustomerId { get; }
}

/// <summary>
/// Ordinary reads and writes. Each module declares its own tables with an <see cref="IEntityTypeConfiguration{TEntity}"/> beside its
/// entities; this class only knows the conventions: snake_case columns, times as UTC milliseconds, typed keys as integers.
/// </summary>
public sealed class EstafetteDb(DbContextOptions<EstafetteDb> options, WriteGate gate) : DbContext(options)
{
    /// <summary>The rows of one customer: the only way pages and use cases read what a customer owns.</summary>
    public IQueryable<T> Of<T>(CustomerId customer)
        where T : class, ICustomerOwned => Set<T>().Where(row => row.CustomerId == customer);

    /// <summary>
    /// Starts a write of several steps. On SQLite it waits for the one writer of the process, so that it neither fails with "database is
    /// locked" nor starves behind the delivery engine. Dispose without commit rolls back.
    /// </summary>
    public async Task<WriteScope> BeginWriteAsync(CancellationToken ct)
    {
        var held = await gate.EnterAsync(ct);
        try
        {
            return new WriteScope(this, held, await Database.BeginTransactionAsync(ct));
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    internal bool HasWriteScope { get; set; }

    public override async Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        if (HasWriteScope)
            return await base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
        using var held = await gate.EnterAsync(cancellationToken);
        return await base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
    }

    public override int SaveChanges(bool acceptAllChangesOnSuccess) =>
        throw new NotSupportedException("Use SaveChangesAsync: writes wait for the writer of the process.");

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        configurationBuilder.Properties<CustomerId>().HaveConversion<EntityIdConverter<CustomerId>>();
        configurationBuilder.Properties<UserId>().HaveConversion<EntityIdConverter<UserId>>();
        configurationBuilder.Properties<ContactId>().HaveConversion<EntityIdConverter<ContactId>>();
        configurationBuilder.Properties<ListId>().HaveConversion<EntityIdConverter<ListId>>();
        configurationBuilder.Properties<SegmentId>().HaveConversion<EntityIdConverter<SegmentId>>();
        configurationBuilder.Properties<ImportId>().HaveConversion<EntityIdConverter<ImportId>>();
        configurationBuilder.Properties<CampaignId>().HaveConversion<EntityIdConverter<CampaignId>>();
        configurationBuilder.Properties<ContentId>().HaveConversion<EntityIdConverter<ContentId>>();
        configurationBuilder.Properties<TemplateId>().HaveConversion<EntityIdConverter<TemplateId>>();
        configurationBuilder.Properties<ServerId>().HaveConversion<EntityIdConverter<ServerId>>();
        configurationBuilder.Properties<LaneId>().HaveConversion<EntityIdConverter<LaneId>>();
        configurationBuilder.Properties<DeliveryId>().HaveConversion<EntityIdConverter<DeliveryId>>();
        configurationBuilder.Properties<AutomationId>().HaveConversion<EntityIdConverter<AutomationId>>();
        configurationBuilder.Properties<EnrolmentId>().HaveConversion<EntityIdConverter<EnrolmentId>>();
        configurationBuilder.Properties<FeedId>().HaveConversion<EntityIdConverter<FeedId>>();
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UnixMillisecondsConverter>();
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(EstafetteDb).Assembly);
        modelBuilder.HasDbFunction(() => FoldedText.Of("")).HasName(FoldedText.Function);
        foreach (var entity in modelBuilder.Model.GetEntityTypes())
        foreach (var property in entity.GetProperties())
            property.SetColumnName(SnakeCase(property.Name));
    }

    internal static string SnakeCase(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "_" : "") + char.ToLowerInvariant(c) : c.ToString()));
}

/// <summary>Stores a time as milliseconds since 1970-01-01 UTC: narrow, ordered, and the same in both dialects.</summary>
internal sealed class UnixMillisecondsConverter()
    : ValueConverter<DateTimeOffset, long>(time => time.ToUnixTimeMilliseconds(), value => DateTimeOffset.FromUnixTimeMilliseconds(value));

/// <summary>A transaction of ordinary writes that holds the writer's place until it is disposed.</summary>
public sealed class WriteScope : IAsyncDisposable
{
    private readonly EstafetteDb _db;
    private readonly IDisposable _held;
    private readonly Microsoft.EntityFrameworkCore.Storage.IDbContextTransaction _transaction;

    internal WriteScope(EstafetteDb db, IDisposable held, Microsoft.EntityFrameworkCore.Storage.IDbContextTransaction transaction)
    {
        (_db, _held, _transaction) = (db, held, transaction);
        db.HasWriteScope = true;
    }

    /// <summary>Makes the writes durable.</summary>
    public Task CommitAsync(CancellationToken ct) => _transaction.CommitAsync(ct);

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _transaction.DisposeAsync();
        }
        finally
        {
            _db.HasWriteScope = false;
            _held.Dispose();
        }
    }
}

/// <summary>The single place of a SQLite writer in this process; free for everybody on PostgreSQL.</summary>
public sealed class WriteGate(DatabaseOptions options) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly bool _shared = options.Kind == DatabaseKind.PostgreSql;

    /// <summary>Waits for the writer's place, in order of arrival.</summary>
    public async ValueTask<IDisposable> EnterAsync(CancellationToken ct)
    {
        if (_shared)
            return NoPlace.Instance;
        await _one.WaitAsync(ct);
        return new Place(_one);
    }

    public void Dispose() => _one.Dispose();

    private sealed class Place(SemaphoreSlim one) : IDisposable
    {
        private SemaphoreSlim? _one = one;

        public void Dispose() => Interlocked.Exchange(ref _one, null)?.Release();
    }

    private sealed class NoPlace : IDisposable
    {
        public static readonly NoPlace Instance = new();

        public void Dispose() { }
    }
}
