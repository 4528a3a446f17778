using System.Globalization;
using Estafette.Core.Accounts;
using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Estafette.Testing.Databases;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Estafette.Testing;

/// <summary>What a test wants to be different from the defaults.</summary>
public sealed record TestSetup
{
    /// <summary>The clock of the application; default a <see cref="FakeTimeProvider"/> that stands still.</summary>
    public TimeProvider? Clock { get; init; }

    /// <summary>Settings as an operator would give them, such as <c>["Lane:Connections"] = "2"</c>.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; init; } = new Dictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>Replaces registrations that cross to the outside world.</summary>
    public Action<IServiceCollection>? Services { get; init; }
}

/// <summary>
/// The real application without its doors: every module registered as in production, a database and a data directory of its own, one
/// customer, and no background service running until the test starts it.
/// </summary>
public sealed class TestApplication : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory;
    private readonly TestDatabase _database;
    private readonly TestSetup _setup;
    private readonly TimeProvider _clock;
    private readonly List<IHostedService> _running = [];
    private ServiceProvider _services;

    private TestApplication(TemporaryDirectory directory, TestDatabase database, TestSetup setup)
    {
        (_directory, _database, _setup) = (directory, database, setup);
        _clock = setup.Clock ?? new FakeTimeProvider();
        _services = BuildServices();
    }

    /// <summary>The services of the application.</summary>
    public IServiceProvider Services => _services;

    /// <summary>The clock, when the test did not bring its own.</summary>
    public FakeTimeProvider Clock =>
        _clock as FakeTimeProvider ?? throw new InvalidOperationException("This application runs on the clock of its TestSetup.");

    /// <summary>The time of the application.</summary>
    public DateTimeOffset Now => _clock.GetUtcNow();

    /// <summary>Absolute path of the data directory.</summary>
    public string DataDirectory => _directory.Path;

    /// <summary>The customer every application starts with.</summary>
    public CustomerId Customer { get; private set; }

    /// <summary>The database.</summary>
    public Store Store => Get<Store>();

    /// <summary>The writer.</summary>
    public WriteQueue Writes => Get<WriteQueue>();

    /// <summary>Creates the application with an empty, migrated database and the customer "Atelier Dupont".</summary>
    public static async Task<TestApplication> StartAsync(DatabaseKind kind, TestSetup? setup = null)
    {
        var directory = new TemporaryDirectory();
        var application = new TestApplication(directory, await TestDatabase.CreateAsync(kind, directory.Path), setup ?? new TestSetup());
        application.Customer = await application.AddCustomerAsync("Atelier Dupont");
        return application;
    }

    /// <summary>A registered service.</summary>
    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>A context of its own, as each request has; dispose it.</summary>
    public EstafetteDb OpenDb() => Get<IDbContextFactory<EstafetteDb>>().CreateDbContext();

    /// <summary>Adds another customer, to prove that rows do not leak from one to the other.</summary>
    public async Task<CustomerId> AddCustomerAsync(string name)
    {
        await using var db = OpenDb();
        var customer = new Customer(name, Now);
        db.Add(customer);
        await db.SaveChangesAsync();
        return customer.Id;
    }

    /// <summary>Adds a list whose confirmed members have these addresses; unknown contacts are created.</summary>
    public Task<ListId> AddListAsync(string name, params IEnumerable<string> emails) => AddListAsync(Customer, name, emails);

    /// <inheritdoc cref="AddListAsync(string, IEnumerable{string})"/>
    public async Task<ListId> AddListAsync(CustomerId customer, string name, IEnumerable<string> emails)
    {
        await using var db = OpenDb();
        var list = new ContactList
        {
            CustomerId = customer,
            Name = name,
            CreatedAt = Now,
        };
        db.Add(list);
        await db.SaveChangesAsync();
        var wanted = emails.ToList();
        var known = await db.Of<Contact>(customer).Where(c => wanted.Contains(c.ContactKey)).ToListAsync();
        var added = wanted.Except(known.Select(c => c.ContactKey), StringComparer.Ordinal).Select(e => NewContact(customer, e)).ToList();
        db.AddRange(added);
        await db.SaveChangesAsync();
        db.AddRange(known.Concat(added).Select(c => NewSubscription(list, c)));
        await db.SaveChangesAsync();
        return list.Id;
    }

    /// <summary>Adds a contact, with what <paramref name="change"/> gives it, to no list.</summary>
    public async Task<ContactId> AddContactAsync(string email, Action<Contact>? change = null)
    {
        await using var db = OpenDb();
        var contact = NewContact(Customer, email);
        change?.Invoke(contact);
        db.Add(contact);
        await db.SaveChangesAsync();
        return contact.Id;
    }

    /// <summary>Starts one background service and leaves the others alone.</summary>
    public async Task StartAsync<T>()
        where T : IHostedService
    {
        var service = Services.GetServices<IHostedService>().OfType<T>().Single();
        await service.StartAsync(CancellationToken.None);
        _running.Add(service);
    }

    /// <summary>Stops a background service as at the end of the process.</summary>
    public async Task StopAsync<T>()
        where T : IHostedService
    {
        var service = _running.Single(s => s is T);
        _running.Remove(service);
        await service.StopAsync(CancellationToken.None);
    }

    /// <summary>Stops everything and starts again on the same database and data directory, with no background service running.</summary>
    public async Task RestartAsync()
    {
        await StopServicesAsync();
        _services = BuildServices();
    }

    /// <summary>First column of the first row, or the default of the type: for what the use case under test does not return.</summary>
    public async Task<T?> ScalarAsync<T>(string sql)
    {
        await using var connection = await Store.OpenAsync(CancellationToken.None);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        // Benchmarks change a million rows at once.
        command.CommandTimeout = 600;
        var value = await command.ExecuteScalarAsync();
        return value is null or DBNull ? default : (T)Convert.ChangeType(value, typeof(T), CultureInfo.InvariantCulture);
    }

    /// <summary>Number of rows that <c>SELECT count(*) FROM …</c> tells.</summary>
    public Task<long> CountAsync(string tableAndCondition) => ScalarAsync<long>($"SELECT count(*) FROM {tableAndCondition}");

    /// <summary>Runs a statement through the writer.</summary>
    public Task ExecuteAsync(string sql) =>
        Writes.RunAsync(
            async session =>
            {
                await using var command = session.Connection.CreateCommand();
                command.CommandText = sql;
                // Benchmarks change a million rows at once.
                command.CommandTimeout = 600;
                command.Transaction = session.Transaction;
                await command.ExecuteNonQueryAsync();
            },
            CancellationToken.None
        );

    public async ValueTask DisposeAsync()
    {
        await StopServicesAsync();
        await _database.DisposeAsync();
        _directory.Dispose();
    }

    private async Task StopServicesAsync()
    {
        foreach (var service in Enumerable.Reverse(_running))
            await service.StopAsync(CancellationToken.None);
        _running.Clear();
        await _services.DisposeAsync();
    }

    private ServiceProvider BuildServices()
    {
        var settings = new Dictionary<string, string?>(_setup.Settings, StringComparer.OrdinalIgnoreCase)
        {
            ["Data:Directory"] = _directory.Path,
            ["Database:Kind"] = $"{_database.Options.Kind}",
            ["Database:ConnectionString"] = _database.Options.ConnectionString,
        };
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddSingleton(_clock);
        services.AddLogging();
        services.AddEstafette(configuration);
        _setup.Services?.Invoke(services);
        return services.BuildServiceProvider(new ServiceProviderOptions { ValidateScopes = true, ValidateOnBuild = true });
    }

    private Contact NewContact(CustomerId customer, string email) =>
        new()
        {
            CustomerId = customer,
            ContactKey = email,
            Email = email,
            CreatedAt = Now,
            UpdatedAt = Now,
        };

    private Subscription NewSubscription(ContactList list, Contact contact) =>
        new()
        {
            ListId = list.Id,
            ContactId = contact.Id,
            CustomerId = list.CustomerId,
            Status = SubscriptionStatus.Confirmed,
            Source = SubscriptionSource.Manual,
            CreatedAt = Now,
            ChangedAt = Now,
        };
}
