using System.Data.Common;
using Estafette.Core.Accounts;
using Estafette.Core.Contacts.Import;
using Estafette.Core.Platform;
using Estafette.Protocols.Phones;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Estafette.Core.Suppression.Import;

/// <summary>
/// Reads files of addresses that get nothing more, one after the other, in batches. Where a file stands is stored with each batch, so that one that was
/// interrupted goes on there, and addresses that are there already are counted, not added.
/// </summary>
internal sealed partial class SuppressionImporter(
    IDbContextFactory<EstafetteDb> databases,
    WriteQueue writes,
    ImportFiles files,
    LoopContext context
) : BackgroundLoop(context, Signal.ImportChanged, TimeSpan.FromSeconds(5))
{
    private const int Batch = 500;

    /// <summary>Rejected rows that are kept with their reasons; the others are counted.</summary>
    internal const int MostRejects = 1000;
    private const int MaxRaw = 200;
    private static readonly TimeSpan SweepEvery = TimeSpan.FromHours(1);

    private DateTimeOffset _nextSweep;

    protected override async Task<bool> PassAsync(CancellationToken ct) => await RunOneAsync(ct);

    /// <summary>Reads one waiting file to its end; false when none waits.</summary>
    internal async Task<bool> RunOneAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var import = await db.Set<SuppressionImport>()
            .AsNoTracking()
            .Where(i => i.Owner == files.Owner && i.Status < SuppressionImportStatus.Finished)
            .OrderBy(i => i.Id)
            .FirstOrDefaultAsync(ct);
        if (import is null)
        {
            Sweep();
            return false;
        }
        var country = await db.Set<Customer>().Where(c => c.Id == import.CustomerId).Select(c => c.DefaultCountry).SingleAsync(ct);
        await EndAsync(import, await TryReadAsync(import, country, ct), ct);
        File.Delete(import.FilePath);
        return true;
    }

    /// <summary>While nothing waits, a file that lies there was left by a process that died before its import was stored.</summary>
    private void Sweep()
    {
        var now = Clock.GetUtcNow();
        if (now < _nextSweep)
            return;
        _nextSweep = now + SweepEvery;
        foreach (var file in Directory.EnumerateFiles(files.Folder, "*" + StartSuppressionImport.Extension))
            if (File.GetLastWriteTimeUtc(file) < (now - SweepEvery).UtcDateTime)
                File.Delete(file);
    }

    /// <summary>A file that cannot be read ends with its reason, so that those behind it have their turn; a database that is away is waited for.</summary>
    private async Task<ImportReason?> TryReadAsync(SuppressionImport import, string country, CancellationToken ct)
    {
        try
        {
            return await ReadAsync(import, country, ct);
        }
        catch (Exception failure) when (failure is not (OperationCanceledException or DbException))
        {
            ReadingFailed(Logger, import.Id, failure);
            return ImportReason.Of("path-unreadable", failure.Message);
        }
    }

    private async Task<ImportReason?> ReadAsync(SuppressionImport import, string country, CancellationToken ct)
    {
        if (!File.Exists(import.FilePath))
            return ImportReason.Of("path-unknown", import.FileName);
        var found = DetectFile.Run(new DetectRequest(import.FilePath, country) { Name = import.FileName, IsSheet = import.IsSheet });
        if (found.Error is not null)
            return found.Error;
        if (AddressesOf(found) is not { } mapping)
            return ImportReason.Of("mapping-address", string.Join(", ", found.Columns.Select(c => c.Name)));
        var place = new ImportCursor(import.BytesDone, import.LinesDone, import.RowsRead);
        using var rows = OpenImport.Rows(import.FilePath, found.Format, mapping, new FieldValues(country, false), place);
        var batch = new List<Wish>(Batch);
        var row = new ContactRow();
        while (rows.Read(row))
        {
            // Blank lines between addresses are no fault.
            if (row.Reject is null || !string.IsNullOrWhiteSpace(row.Raw))
                batch.Add(Wish.Of(row, country));
            if (batch.Count == Batch)
                await StoreAsync(import, batch, ct);
        }
        await StoreAsync(import, batch, ct);
        return rows.Fault?.Of(import.FileName);
    }

    /// <summary>Of the columns only the addresses; null when there is none. A lone column is taken for one whatever it holds.</summary>
    private static ImportMapping? AddressesOf(FileDetails found)
    {
        var columns = found
            .Mapping.Columns.Select(c =>
                c.Field is ContactField.Email or ContactField.Phone ? c : c with { Field = ContactField.Ignored, Attribute = null }
            )
            .ToList();
        if (columns.Count == 1 && columns[0].Field == ContactField.Ignored)
            columns[0] = columns[0] with { Field = ContactField.Email };
        // An array of bare addresses has no members.
        var isBare = found.Format.Kind == FileKind.Json && columns.Count == 0;
        return isBare || columns.Exists(c => c.Field != ContactField.Ignored)
            ? new ImportMapping { Columns = columns, IgnoreOtherMembers = true }
            : null;
    }

    /// <summary>What one row asks for.</summary>
    private sealed record Wish(Channel Channel, string? Address, long Line, ImportReason? Reject, string Raw, ImportCursor After)
    {
        public static Wish Of(ContactRow row, string country)
        {
            var address = row.Reject is null ? row.Email ?? row.Phone : null;
            var raw = row.Raw is { Length: > MaxRaw } text ? text[..MaxRaw] : row.Raw ?? "";
            // A list of addresses may hold numbers as well: what is no address in a lone column may be one.
            if (address is null && PhoneNumber.TryParse(raw.Trim(), country, out var phone, out _))
                address = phone.E164;
            return new Wish(
                address is not null && address != row.Email ? Channel.Sms : Channel.Email,
                address,
                row.Line,
                row.Reject,
                raw,
                new ImportCursor(row.EndOffset, row.EndLines, row.Number)
            );
        }
    }

    private async Task StoreAsync(SuppressionImport import, List<Wish> batch, CancellationToken ct)
    {
        if (batch.Count == 0)
            return;
        var (added, known, rejected) = await writes.RunAsync(session => WriteAsync(session, import, batch, ct), ct);
        import.Added += added;
        import.Known += known;
        import.Rejected += rejected;
        batch.Clear();
    }

    private async ValueTask<(int Added, int Known, int Rejected)> WriteAsync(
        WriteSession session,
        SuppressionImport import,
        List<Wish> batch,
        CancellationToken ct
    )
    {
        var now = Clock.GetUtcNow();
        var (added, known, rejected) = (0, 0, 0);
        var evidence = $"import {import.Id}, {import.FileName}{(import.Note is { Length: > 0 } note ? $": {note}" : "")}";
        foreach (var wish in batch)
        {
            var key = wish.Address is { } address ? SuppressAddress.KeyOf(wish.Channel, address, out _) : null;
            if (key is null)
            {
                if (import.Rejected + rejected++ < MostRejects)
                    await RejectAsync(session, import, wish, ct);
                continue;
            }
            var request = new SuppressAddressRequest(wish.Channel, key, import.Reason, SuppressionOrigin.Import, evidence);
            if (await SuppressAddress.WriteAsync(session, import.CustomerId, request, key, now, ct))
                added++;
            else
                known++;
        }
        await session
            .Prepare(
                """
                UPDATE suppression_imports SET status = 1, rows_read = @rows, bytes_done = @bytes, lines_done = @lines,
                  added = added + @added, known = known + @known, rejected = rejected + @rejected WHERE id = @id
                """
            )
            .Set("@rows", batch[^1].After.Rows)
            .Set("@bytes", batch[^1].After.Bytes)
            .Set("@lines", batch[^1].After.Lines)
            .Set("@added", (long)added)
            .Set("@known", (long)known)
            .Set("@rejected", (long)rejected)
            .Set("@id", import.Id)
            .ExecuteNonQueryAsync(ct);
        return (added, known, rejected);
    }

    private static async ValueTask RejectAsync(WriteSession session, SuppressionImport import, Wish wish, CancellationToken ct) =>
        await session
            .Prepare(
                """
                INSERT INTO suppression_rejects (import_id, line, reason, raw) VALUES (@import, @line, @reason, @raw)
                ON CONFLICT (import_id, line) DO NOTHING
                """
            )
            .Set("@import", import.Id)
            .Set("@line", wish.Line)
            .Set("@reason", (wish.Reject ?? ImportReason.Of("row-address")).ToJson())
            .Set("@raw", wish.Raw.Replace("\0", "", StringComparison.Ordinal))
            .ExecuteNonQueryAsync(ct);

    private Task EndAsync(SuppressionImport import, ImportReason? error, CancellationToken ct)
    {
        var json = error?.ToJson();
        return writes.RunAsync(
            async session =>
                await session
                    .Prepare("UPDATE suppression_imports SET status = @status, error = @error, finished_at = @at WHERE id = @id")
                    .Set("@status", (short)(error is null ? SuppressionImportStatus.Finished : SuppressionImportStatus.Failed))
                    .Set("@error", json)
                    .Set("@at", Clock.GetUtcNow().ToUnixTimeMilliseconds())
                    .Set("@id", import.Id)
                    .ExecuteNonQueryAsync(ct),
            ct
        );
    }

    [LoggerMessage(9802, LogLevel.Error, "Reading the addresses of import {Import} failed")]
    private static partial void ReadingFailed(ILogger logger, long import, Exception failure);
}
