using System.Data.Common;
using System.Text.Json;
using Estafette.Core.Messages.Content;
using Estafette.Core.Platform;

namespace Estafette.Core.Delivery;

/// <summary>
/// Forgets what mails outside campaigns said when their time is over (<see cref="DeliveryOptions.KeepMailDays"/>): values and header fields of one
/// recipient, files, whole messages, texts. Rows, figures and the targets of links stay.
/// <para>What several mails share is dropped in two steps, an hour apart, so that a mail accepted at the same moment does not lose it: a text is first
/// taken out of the list of known texts; a file or a whole message goes only when nobody wanted it for an hour.</para>
/// </summary>
internal sealed class MailRetention(DeliveryOptions options, WriteQueue writes, LoopContext context)
    : BackgroundLoop(context, Signal.AttributesChanged, TimeSpan.FromMinutes(30))
{
    private const int Batch = 1000;
    private static readonly TimeSpan Grace = TimeSpan.FromHours(1);
    private static readonly string Nothing = JsonSerializer.Serialize(new ProcessedContent("", null, null, []));

    protected override async Task<bool> PassAsync(CancellationToken ct) => await ForgetAsync(ct) > 0;

    /// <summary>Forgets a batch of each and tells how many rows changed.</summary>
    internal async Task<int> ForgetAsync(CancellationToken ct)
    {
        var now = Clock.GetUtcNow();
        var before = (now - TimeSpan.FromDays(options.KeepMailDays)).ToUnixTimeMilliseconds();
        var unwanted = (now - Grace).ToUnixTimeMilliseconds();
        return await writes.RunAsync(
            async session =>
                await ForgetLettersAsync(session, before, ct)
                + await RunAsync(session, "empty-retired-contents", ct, ("@retired", unwanted), ("@count", Batch), ("@nothing", Nothing))
                + await RunAsync(
                    session,
                    "retire-contents",
                    ct,
                    ("@before", before),
                    ("@count", Batch),
                    ("@now", now.ToUnixTimeMilliseconds())
                )
                + await RunAsync(session, "drop-attachment-files", ct, ("@count", Batch), ("@used", unwanted))
                + await RunAsync(session, "drop-submitted-messages", ct, ("@count", Batch), ("@used", unwanted)),
            ct
        );
    }

    /// <summary>What belongs to one mail. Those that still wait to be sent are looked at again in every pass.</summary>
    private static async ValueTask<int> ForgetLettersAsync(WriteSession session, long before, CancellationToken ct)
    {
        var late = await IdsAsync(session.Statement("Delivery/find-late-singles"), ct);
        foreach (var id in late)
        {
            await ForgetAsync(session, id - 1, id, ct);
            await session.Prepare("DELETE FROM late_singles WHERE delivery_id = @id").Set("@id", id).ExecuteNonQueryAsync(ct);
        }
        var old = await IdsAsync(session.Statement("Delivery/find-old-singles").Set("@before", before), ct);
        if (old.Count == 0)
            return late.Count;
        await RunAsync(session, "keep-late-singles", ct, ("@after", old[0] - 1), ("@until", old[^1]));
        await ForgetAsync(session, old[0] - 1, old[^1], ct);
        await session
            .Prepare("UPDATE reading_positions SET position = @until WHERE name = 'single-retention'")
            .Set("@until", old[^1])
            .ExecuteNonQueryAsync(ct);
        return late.Count + old.Count;
    }

    private static async ValueTask ForgetAsync(WriteSession session, long after, long until, CancellationToken ct)
    {
        foreach (var statement in (string[])["forget-single-attachments", "forget-raw-messages", "forget-letters", "forget-merge-data"])
            await RunAsync(session, statement, ct, ("@after", after), ("@until", until));
    }

    private static async ValueTask<List<long>> IdsAsync(DbCommand command, CancellationToken ct)
    {
        var ids = new List<long>();
        await using var row = await command.Set("@count", Batch).ExecuteReaderAsync(ct);
        while (await row.ReadAsync(ct))
            ids.Add(row.GetInt64(0));
        return ids;
    }

    private static async ValueTask<int> RunAsync(
        WriteSession session,
        string statement,
        CancellationToken ct,
        params (string Name, object Value)[] values
    )
    {
        var command = session.Statement("Delivery/" + statement);
        foreach (var (name, value) in values)
            command.Set(name, value);
        return await command.ExecuteNonQueryAsync(ct);
    }
}
