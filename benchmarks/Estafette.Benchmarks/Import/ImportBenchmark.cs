using System.Diagnostics;
using System.Globalization;
using Estafette.Core.Contacts;
using Estafette.Core.Contacts.Import;
using Estafette.Core.Platform;
using Estafette.Testing;

namespace Estafette.Benchmarks.Import;

/// <summary>Imports a million contacts with unique addresses, JSON and CSV, on both databases, and the memory it takes; bare SQLite is the bound.</summary>
internal static class ImportBenchmark
{
    /// <summary>Arguments: number of contacts (default 1,000,000), part of a figure's name to run only that.</summary>
    public static async Task RunAsync(string[] args)
    {
        var count = args is [var first, ..] ? int.Parse(first, CultureInfo.InvariantCulture) : 1_000_000;
        var only = args is [_, var second, ..] ? second : "";
        var peak = 0d;
        var bound = BareSqlite.Measure(count);
        Figure.Print("import.bare_sqlite", bound, "contacts/s");
        using var directory = new TemporaryDirectory();
        foreach (var size in new[] { count / 10, count })
        foreach (var kind in new[] { DatabaseKind.Sqlite, DatabaseKind.PostgreSql })
        foreach (var format in new[] { "json", "csv" })
        {
            var name = $"import.{(kind == DatabaseKind.Sqlite ? "sqlite" : "postgres")}.{format}{(size < count ? ".tenth" : "")}";
            if (!name.Contains(only, StringComparison.Ordinal))
                continue;
            var file = Path.Combine(directory.Path, $"contacts-{size}.{format}");
            if (!File.Exists(file))
                await WriteFileAsync(file, format, size);
            // A process of its own, so that its peak memory is that of one import.
            var figures = await Child.RunAsync("import-child", $"{kind}", file, $"{size}");
            Figure.Print(name, figures[0], "contacts/s", bound);
            peak = Math.Max(peak, figures[1]);
        }
        Figure.Print("import.peak_mb", peak, "MB", 200);
    }

    /// <summary>Imports one file and prints contacts per second and peak megabytes.</summary>
    public static async Task ImportChildAsync(string[] args)
    {
        var (kind, file, count) = (Enum.Parse<DatabaseKind>(args[0]), args[1], long.Parse(args[2], CultureInfo.InvariantCulture));
        await using var app = await TestApplication.StartAsync(kind, new TestSetup { Clock = TimeProvider.System });
        var list = await app.AddListAsync("Import");
        var began = Stopwatch.GetTimestamp();
        await using (var db = app.OpenDb())
        {
            var started = await StartImport.RunAsync(
                app.Customer,
                new StartImportRequest
                {
                    Path = file,
                    List = list,
                    SubscriptionStatus = SubscriptionStatus.Confirmed,
                    Provenance = "bench",
                    LegalBasis = "consent",
                },
                db,
                app.Get<ImportFiles>(),
                app.Get<Signals>(),
                TimeProvider.System,
                default
            );
            if (started.Id is null)
                throw new InvalidOperationException(string.Join(' ', started.Errors.Values));
        }
        await app.Get<ImportRunner>().RunPendingAsync(default);
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var confirmed = await app.CountAsync("subscriptions WHERE status = 1");
        if (confirmed != count)
            throw new InvalidOperationException($"{count} subscriptions expected, {confirmed} found.");
        Child.Print(count / seconds, Process.GetCurrentProcess().PeakWorkingSet64 / 1e6);
    }

    private static async Task WriteFileAsync(string path, string format, int count)
    {
        await using var writer = new StreamWriter(path);
        if (format == "csv")
            await writer.WriteLineAsync("email;prenom;nom;langue;ville;points");
        else
            await writer.WriteAsync('[');
        for (var i = 0; i < count; i++)
        {
            // Addresses in no order, as real lists are.
            var id = (i * 2654435761L) % 4294967296L;
            await writer.WriteAsync(
                format == "csv"
                    ? $"contact{id}@domaine{id % 1000}.test;Prénom{i};Nom{i};fr;Ville {i % 100};{i % 1000}\n"
                    : $$"""{{(i == 0 ? "" : ",\n")}}{"email":"contact{{id}}@domaine{{id % 1000}}.test","prenom":"Prénom{{i}}","nom":"Nom{{i}}","langue":"fr","ville":"Ville {{i % 100}}","points":{{i % 1000}}}"""
            );
        }
        if (format != "csv")
            await writer.WriteAsync(']');
    }
}
