using Estafette.Core.Platform;

namespace Estafette.Cli;

/// <summary>The command line.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        ServerHost.AddSettings(builder.Configuration, null, []);
        using var data = DataDirectory.Open(OptionRecords.Read<DataOptions>(builder.Configuration, DataOptions.Section));
        await using var app = ServerHost.Build(builder);
        await Migrator.RunAsync(app.Services.GetRequiredService<Store>(), CancellationToken.None);
        await app.RunAsync();
        return 0;
    }
}
