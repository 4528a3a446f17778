using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Estafette.Core.Platform;

/// <summary>Registers what every module stands on: database, writer, clock, wake-ups, secrets.</summary>
public static class PlatformModule
{
    public static IServiceCollection AddPlatformModule(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptionRecord<DatabaseOptions>(configuration, DatabaseOptions.Section);
        services.AddOptionRecord<DataOptions>(configuration, DataOptions.Section);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<Store>();
        services.AddSingleton<WriteGate>();
        services.AddSingleton<WriteQueue>();
        services.AddSingleton<Signals>();
        services.AddSingleton<StartGate>();
        services.AddSingleton<LoopContext>();
        services.AddSingleton<Secrets>();
        services.AddDbContextFactory<EstafetteDb>((provider, options) => Configure(provider.GetRequiredService<Store>(), options));
        var data = OptionRecords.Read<DataOptions>(configuration, DataOptions.Section);
        services.AddDataProtection().SetApplicationName("estafette").PersistKeysToFileSystem(new DirectoryInfo(data.File("keys")));
        return services;
    }

    private static void Configure(Store store, DbContextOptionsBuilder options)
    {
        if (store.Kind == DatabaseKind.PostgreSql)
            options.UseNpgsql(store.Postgres!);
        else
            options.UseSqlite(store.ConnectionString).AddInterceptors(SqlitePragmas.Instance);
    }
}
