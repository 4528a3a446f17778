using Estafette.Core.Contacts.Erased;
using Estafette.Core.Platform;

namespace Estafette.Core.Contacts.Import;

/// <summary>What a user wants of a running import.</summary>
internal enum StopWish
{
    None = 0,
    Cancel = 1,
    Pause = 2,
}

/// <summary>How a run ended.</summary>
internal sealed record ImportEnd(ImportStatus Status, ImportReason? Error = null);

/// <summary>
/// One file on its way into the database: the next batch is read, checked and sorted while the writer stores the one before. Each batch
/// is one transaction together with the counters and the place in the file, so stopping at any moment neither loses nor repeats a row.
/// <para>Batches are large, because sorted rows then share the pages of the index they change, and smaller while the rest of the program
/// writes much, because the writer is not free for it meanwhile.</para>
/// </summary>
internal sealed class ImportRun(
    ContactImport import,
    WriteQueue queue,
    ImportFiles files,
    ImportOptions options,
    ErasedAddresses erased,
    TimeProvider clock
)
{
    /// <summary>New contacts that still fit; null: no limit. The batch that would exceed it is not stored, and ends the import.</summary>
    public long? Room { get; init; }

    private long _added;

    // Jobs of others during one batch from which on the rest of the program counts as writing too.
    private const int ManyJobs = 8;
    private const int ShareWhenBusy = 5;

    private readonly ContactBatchWriter _writer = new(import);
    private long _since = clock.GetTimestamp();
    private bool _busy;

    /// <summary>Reads on from where the import stands until the file ends, a cancellation is asked for, or the process stops.</summary>
    /// <exception cref="OperationCanceledException">The process stops; the import continues at the next start.</exception>
    public async Task<ImportEnd> RunAsync(CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var report = new ImportReport(files.ReportPath(import.Id), import.RejectsBytes);
        using var rows = OpenImport.Rows(import);
        var idle = new ContactBatch(import.KnownContacts);
        var reading = FillAsync(new ContactBatch(import.KnownContacts));
        try
        {
            while (true)
            {
                var batch = await reading;
                if (!batch.Last)
                    (reading, idle) = (FillAsync(idle), batch);
                var wish = await StoreAsync(batch, report, ct);
                if (batch.Last)
                    return batch.Fault is null
                        ? new ImportEnd(ImportStatus.Finished)
                        : new ImportEnd(ImportStatus.Failed, batch.Fault.Of(import.FileName));
                if (wish != StopWish.None)
                    return new ImportEnd(wish == StopWish.Cancel ? ImportStatus.Cancelled : ImportStatus.Paused);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await reading.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }

        Task<ContactBatch> FillAsync(ContactBatch batch) => Task.Run(() => Fill(batch, rows, stop.Token), stop.Token);
    }

    /// <summary>Reads the next rows of the file into a batch.</summary>
    internal ContactBatch Fill(ContactBatch batch, IContactRows rows, CancellationToken ct)
    {
        batch.Clear();
        var last = false;
        var count = _busy ? Math.Max(options.BatchRows / ShareWhenBusy, 1) : options.BatchRows;
        while (batch.Read < count && !last)
        {
            ct.ThrowIfCancellationRequested();
            var row = batch.NextRow();
            if (rows.Read(row))
                batch.Add(row);
            else
                last = true;
        }
        return batch.Close(last, rows.Fault);
    }

    /// <summary>Stores a batch and tells whether the import is to stop.</summary>
    internal async Task<StopWish> StoreAsync(ContactBatch batch, ImportReport report, CancellationToken ct)
    {
        report.Append(batch.Reported);
        await SuppressErasedAsync(batch, ct);
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var jobs = queue.Jobs;
        var added = 0;
        var wish = await queue.RunAsync(
            async session =>
            {
                var outcome = await _writer.WriteAsync(session, batch, now, ct);
                if (_added + outcome.Added > Room)
                    throw new ContactLimitException();
                added = outcome.Added;
                return await RecordAsync(session, batch, outcome, report.Bytes, (long)clock.GetElapsedTime(_since).TotalMilliseconds, ct);
            },
            ct
        );
        _added += added;
        _since = clock.GetTimestamp();
        _busy = queue.Jobs - jobs > ManyJobs;
        return wish;
    }

    /// <summary>Erased people who are in the file are suppressed under their name before they are stored.</summary>
    private async Task SuppressErasedAsync(ContactBatch batch, CancellationToken ct)
    {
        const string Phone = "tel:";
        var keys = batch.Rows.Select(r => r.Key!).ToLookup(k => k.StartsWith(Phone, StringComparison.Ordinal));
        await erased.SuppressAgainAsync(import.CustomerId, Channel.Email, keys[false], ct);
        await erased.SuppressAgainAsync(import.CustomerId, Channel.Sms, keys[true].Select(k => k[Phone.Length..]), ct);
    }

    private async ValueTask<StopWish> RecordAsync(
        WriteSession session,
        ContactBatch batch,
        BatchOutcome outcome,
        long reportBytes,
        long milliseconds,
        CancellationToken ct
    )
    {
        var skip = import.KnownContacts == KnownContacts.Skip;
        var flag = await session
            .Statement("Contacts/record-import-progress")
            .Set("@bytes", batch.Read == 0 ? import.BytesDone : batch.EndOffset)
            .Set("@lines", batch.Read == 0 ? import.LinesDone : batch.EndLines)
            .Set("@read", (long)batch.Read)
            .Set("@added", (long)outcome.Added)
            .Set("@updated", skip ? 0L : outcome.Known - outcome.Unchanged)
            .Set("@skipped", skip ? outcome.Known : (long)outcome.Unchanged)
            .Set("@duplicate", (long)outcome.Duplicates + batch.Duplicates)
            .Set("@suppressed", (long)outcome.Suppressed)
            .Set("@rejected", (long)batch.Rejected)
            .Set("@noted", (long)batch.Noted)
            .Set("@rejects", reportBytes)
            .Set("@milliseconds", milliseconds)
            .Set("@id", import.Id.Value)
            .Set("@customer", import.CustomerId.Value)
            .ExecuteScalarAsync(ct);
        return flag is null
            ? throw new InvalidOperationException($"Import {import.Id} is not running any more; nothing of the batch is stored.")
            : (StopWish)Convert.ToInt32(flag, System.Globalization.CultureInfo.InvariantCulture);
    }
}

/// <summary>An import would bring more contacts than the customer may have.</summary>
internal sealed class ContactLimitException() : Exception(ContactLimit.Message);
