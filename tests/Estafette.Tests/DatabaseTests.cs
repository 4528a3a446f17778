using Estafette.Core.Platform;
using Estafette.Testing;

namespace Estafette.Tests;

/// <summary>
/// Tests of what is stored, run on both databases, each test with an application and a database of its own:
/// <code>
/// public abstract class LaunchTests(DatabaseKind kind) : DatabaseTests(kind) { [Fact] … }
/// public sealed class LaunchTestsOnSqlite() : LaunchTests(DatabaseKind.Sqlite);
/// [Trait("Category", "PostgreSql")]
/// public sealed class LaunchTestsOnPostgreSql() : LaunchTests(DatabaseKind.PostgreSql);
/// </code>
/// </summary>
public abstract class DatabaseTests(DatabaseKind kind) : IAsyncLifetime
{
    private TestApplication? _application;

    /// <summary>The application under test.</summary>
    protected TestApplication App => _application ?? throw new InvalidOperationException("The test has not started.");

    /// <summary>Cancelled when the test run is.</summary>
    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>What this class wants different from the defaults.</summary>
    protected virtual TestSetup Setup => new();

    public async ValueTask InitializeAsync() => _application = await TestApplication.StartAsync(kind, Setup);

    public async ValueTask DisposeAsync()
    {
        if (_application is not null)
            await _application.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
