using Estafette.Core.Platform;
using Estafette.Testing;

namespace Estafette.Tests.Privacy;

/// <summary>Looks for a text in every column of every table.</summary>
internal static class DatabaseText
{
    /// <summary>"table.column" wherever the text stands.</summary>
    public static async Task<List<string>> PlacesOfAsync(TestApplication app, string text, CancellationToken ct)
    {
        await using var connection = await app.Store.OpenAsync(ct);
        var columns = new List<(string Table, string Column)>();
        await using (var command = connection.CreateCommand())
        {
            command.CommandText =
                app.Store.Kind == DatabaseKind.Sqlite
                    ? "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_xinfo(m.name) c WHERE m.type = 'table'"
                    : "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()";
            await using var row = await command.ExecuteReaderAsync(ct);
            while (await row.ReadAsync(ct))
                columns.Add((row.GetString(0), row.GetString(1)));
        }
        var places = new List<string>();
        foreach (var (table, column) in columns)
        {
            await using var command = connection.CreateCommand();
            var value =
                app.Store.Kind == DatabaseKind.Sqlite ? $"cast(\"{column}\" AS text)"
                : IsBytes(table, column) ? $"encode(\"{column}\", 'escape')"
                : $"cast(\"{column}\" AS text)";
            command.CommandText = $"SELECT count(*) FROM \"{table}\" WHERE {value} LIKE '%{text}%'";
            if (Convert.ToInt64(await command.ExecuteScalarAsync(ct), System.Globalization.CultureInfo.InvariantCulture) > 0)
                places.Add($"{table}.{column}");
        }
        columns.Count.ShouldBeGreaterThan(300);
        return places;
    }

    private static bool IsBytes(string table, string column) =>
        (table, column) is ("attachment_files" or "submitted_messages", "bytes") or ("inbound_messages" or "captured_messages", "source");
}
