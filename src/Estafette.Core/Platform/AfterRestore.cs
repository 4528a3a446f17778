using System.Globalization;

namespace Estafette.Core.Platform;

/// <summary>
/// The first thing done with a restored database, whatever its kind: a backup does not know what was sent after it was made, so nothing in it may
/// start to send by itself. Running campaigns are paused, and scheduled ones whose time has passed become drafts.
/// </summary>
public static class AfterRestore
{
    /// <summary>File in the data directory that says its database comes from a backup and has not been looked at yet.</summary>
    internal const string Mark = "restored";

    /// <summary>Quietens a restored database once; does nothing to others. Run it after the schema is up to date and before anything sends.</summary>
    public static async Task RunAsync(Store store, DataOptions data, TimeProvider clock, CancellationToken ct)
    {
        var mark = data.File(Mark);
        if (!File.Exists(mark))
            return;
        await using (var connection = await store.OpenAsync(ct))
        await using (var command = connection.CreateCommand())
        {
            var now = clock.GetUtcNow().ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
            // 0 Draft, 1 Scheduled, 2 Running, 3 Paused.
            command.CommandText = $"""
                UPDATE campaigns SET status = 3, control_version = control_version + 1 WHERE status = 2;
                UPDATE campaigns SET status = 0, scheduled_at = NULL, control_version = control_version + 1 WHERE status = 1 AND scheduled_at <= {now}
                """;
            await command.ExecuteNonQueryAsync(ct);
        }
        File.Delete(mark);
    }
}
