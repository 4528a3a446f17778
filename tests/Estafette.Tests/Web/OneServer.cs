using Estafette.Core.Platform;

namespace Estafette.Tests.Web;

/// <summary>A server of its own for the tests of one class.</summary>
public abstract class OneServer(DatabaseKind kind) : IAsyncLifetime
{
    public WebHostFixture Web { get; } = new() { Database = kind };

    public ValueTask InitializeAsync() => Web.InitializeAsync();

    public ValueTask DisposeAsync() => Web.DisposeAsync();

    public sealed class OnSqlite() : OneServer(DatabaseKind.Sqlite);

    public sealed class OnPostgreSql() : OneServer(DatabaseKind.PostgreSql);
}
