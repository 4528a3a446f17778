using System.Collections.Concurrent;

namespace Estafette.Core.Platform;

/// <summary>
/// Named statements kept in files beside the code: <c>Delivery/Sql/claim-deliveries.sqlite.sql</c> and <c>.postgres.sql</c>, or one
/// <c>.sql</c> when the dialects agree.
/// </summary>
internal static class SqlFiles
{
    private static readonly ConcurrentDictionary<(DatabaseKind, string), string> Cache = new();

    /// <exception cref="FileNotFoundException">No file of that name exists for the dialect.</exception>
    public static string Get(DatabaseKind kind, string name) => Cache.GetOrAdd((kind, name), key => Load(key.Item1, key.Item2));

    /// <summary>Every statement of a dialect; a test prepares each one on a real database.</summary>
    public static IEnumerable<string> Names() =>
        typeof(SqlFiles)
            .Assembly.GetManifestResourceNames()
            .Where(n => n.EndsWith(".sql", StringComparison.Ordinal) && !n.Contains("/Migrations/", StringComparison.Ordinal))
            .Select(n => n.Replace("/Sql/", "/").Replace(".sqlite.sql", "").Replace(".postgres.sql", "").Replace(".sql", ""))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);

    private static string Load(DatabaseKind kind, string name)
    {
        var slash = name.LastIndexOf('/');
        var path = $"{name[..slash]}/Sql/{name[(slash + 1)..]}";
        return Read($"{path}.{Suffix(kind)}.sql")
            ?? Read($"{path}.sql")
            ?? throw new FileNotFoundException($"No SQL file '{path}' for {kind}.");
    }

    public static string Suffix(DatabaseKind kind) => kind == DatabaseKind.Sqlite ? "sqlite" : "postgres";

    public static string? Read(string resource)
    {
        using var stream = typeof(SqlFiles).Assembly.GetManifestResourceStream(resource);
        if (stream is null)
            return null;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
