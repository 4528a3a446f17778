using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Estafette.Core.Platform;

/// <summary>Gives connections opened by EF Core the same durability and waiting behaviour as the writer's.</summary>
internal sealed class SqlitePragmas : DbConnectionInterceptor
{
    public static readonly SqlitePragmas Instance = new();

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) => Store.ApplyPragmas(connection);

    public override Task ConnectionOpenedAsync(
        DbConnection connection,
        ConnectionEndEventData eventData,
        CancellationToken cancellationToken = default
    )
    {
        Store.ApplyPragmas(connection);
        return Task.CompletedTask;
    }
}
