using System.CommandLine;
using Estafette.Api.Authentication;
using Estafette.Cli.Control;
using Estafette.Core.Deliverability;
using Estafette.Core.Platform;
using Estafette.Demo;

namespace Estafette.Cli;

/// <summary><c>estafette serve</c> and <c>estafette demo</c>: the server, until it is asked to stop.</summary>
internal static class ServeCommand
{
    /// <summary>The first pages come before the first look of the background loops at the database.</summary>
    private static readonly TimeSpan LoopsStartAfter = TimeSpan.FromSeconds(1);

    private const string BypassKey = $"{DnsOptions.Section}:{nameof(DnsOptions.BypassChecks)}";
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(20);

    public static Command Create(CommandTree tree) =>
        Create(tree, "serve", "Run the server: pages, API, tracking and sending", demo: false);

    public static Command CreateDemo(CommandTree tree) =>
        Create(tree, "demo", "Fill the data directory with demo data and run the server; nothing leaves the machine", demo: true);

    private static Command Create(CommandTree tree, string name, string description, bool demo)
    {
        var level = new Option<LogLevel>("--log-level")
        {
            Description = "trace, debug, information, warning or error",
            HelpName = "LEVEL",
            DefaultValueFactory = _ => LogLevel.Information,
        };
        var command = new Command(name, description) { tree.Globals.Urls, level };
        tree.WithExamples(
            command,
            $"estafette {name}",
            $"estafette {name} --data /var/lib/estafette --urls http://127.0.0.1:9090",
            $"estafette {name} --Database:Kind=PostgreSql --Database:ConnectionString='Host=127.0.0.1;Database=estafette'",
            $"estafette {name} --Api:TlsListen=0.0.0.0:8443",
            $"estafette {name} --config /etc/estafette.json --log-level warning"
        );
        return tree.RunAlone(command, (session, result, ct) => RunAsync(tree.Globals, session, result, result.GetValue(level), demo, ct));
    }

    private static async Task<int> RunAsync(
        GlobalOptions globals,
        AloneSession session,
        ParseResult result,
        LogLevel level,
        bool demo,
        CancellationToken ct
    )
    {
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { ApplicationName = "estafette", ContentRootPath = AppContext.BaseDirectory }
        );
        ((IConfigurationBuilder)builder.Configuration).Sources.Clear();
        CommandSettings.Fill(builder.Configuration, result, globals, session.Flags);
        // The demo needs no network, and its addresses belong to nobody.
        if (demo && builder.Configuration[BypassKey] is null)
            builder.Configuration.AddInMemoryCollection([new(BypassKey, "true")]);
        using var data = DataDirectory.Open(OptionRecords.Read<DataOptions>(builder.Configuration, DataOptions.Section));
        Configure(builder, level);
        await using var app = ServerHost.Build(builder);
        CommandSettings.RefuseUnknown(builder.Configuration, builder.Services);
        var store = app.Services.GetRequiredService<Store>();
        var logger = app.Services.GetRequiredService<ILogger<DatabaseLock>>();
        await using var held = await DatabaseLock.TakeAsync(store, app.Lifetime.StopApplication, logger, ct);
        await Migrator.RunAsync(store, ct);
        await AfterRestore.RunAsync(store, app.Services.GetRequiredService<DataOptions>(), TimeProvider.System, ct);
        foreach (var url in app.Services.GetRequiredService<WebOptions>().Listen)
            app.Urls.Add(url);
        app.ListenWithTls();
        var gate = app.Services.GetRequiredService<StartGate>();
        gate.Close();
        await app.StartAsync(ct);
        await using var opening = new Timer(_ => gate.Open(), null, LoopsStartAfter, Timeout.InfiniteTimeSpan);
        await using var stop = ct.Register(app.Lifetime.StopApplication);
        var password = demo ? await DemoSeeder.RunAsync(app.Services, ct) : null;
        if (demo)
            await DemoHistory.RunAsync(app.Services, ct);
        session.Console.Out.WriteLine(Ready(app, data, demo, password));
        await session.Console.Out.FlushAsync(CancellationToken.None);
        await app.WaitForShutdownAsync(CancellationToken.None);
        return ExitCode.Done;
    }

    private static void Configure(WebApplicationBuilder builder, LogLevel level)
    {
        builder.Services.AddHostedService<ControlServer>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopWithin);
        builder
            .Logging.ClearProviders()
            .AddSimpleConsole(line =>
            {
                line.SingleLine = true;
                line.UseUtcTimestamp = true;
                line.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss'Z' ";
            })
            .SetMinimumLevel(level)
            .AddFilter("Microsoft", level > LogLevel.Warning ? level : LogLevel.Warning)
            .AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error)
            .AddFilter("System", level > LogLevel.Warning ? level : LogLevel.Warning)
            // The failure to start is told once, by the command line.
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
    }

    private static string Ready(WebApplication app, DataDirectory data, bool demo, string? password)
    {
        var line = $"Estafette {Product.Version} is ready at {string.Join(", ", app.Urls)} (data in {data.Path}; Ctrl-C stops it).";
        if (!demo)
            return line;
        var user = password is null
            ? $"Sign in as {DemoSeeder.AdministratorEmail}; forgotten: estafette user reset-password {DemoSeeder.AdministratorEmail}"
            : $"Sign in as {DemoSeeder.AdministratorEmail} with the password {password} (it works once).";
        return line + Environment.NewLine + user;
    }
}
