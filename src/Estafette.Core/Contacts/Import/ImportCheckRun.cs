using System.Data.Common;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts.Import;

/// <summary>The dry run of one import: reads the whole file as the import would and looks its addresses up, but writes no contact.</summary>
internal sealed class ImportCheckRun(ContactImport import, IDbContextFactory<EstafetteDb> databases, TimeProvider clock)
{
    private const int BatchRows = 10_000;
    private const int MaxReasons = 50;
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(1);

    private readonly SeenKeys _seen = new();
    private readonly Dictionary<string, RejectCount> _reasons = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ContactRow> _rowsByKey = new(BatchRows, StringComparer.Ordinal);
    private ImportCheck _check = new() { Choice = ImportCheck.ChoiceOf(import) };

    public async Task RunAsync(CancellationToken ct)
    {
        using var rows = OpenImport.Rows(
            import.FilePath,
            ImportFormat.FromJson(import.Format),
            ImportMapping.FromJson(import.Mapping),
            new FieldValues(import.DefaultCountry, import.DeclaresTrackingConsent),
            default
        );
        await using var db = await databases.CreateDbContextAsync(ct);
        await db.Database.OpenConnectionAsync(ct);
        var reported = clock.GetTimestamp();
        while (Fill(rows, ct))
        {
            await LookUpAsync(db.Database.GetDbConnection(), ct);
            if (clock.GetElapsedTime(reported) < ReportEvery)
                continue;
            reported = clock.GetTimestamp();
            if (!await StoreAsync(CheckStatus.Running, databases, ct))
                return;
        }
        await LookUpAsync(db.Database.GetDbConnection(), ct);
        _check = _check with { Error = rows.Fault?.Of(import.FileName), DuplicatesAreLeast = _seen.IsFull };
        await StoreAsync(rows.Fault is null ? CheckStatus.Done : CheckStatus.Failed, databases, ct);
    }

    /// <summary>Records that the dry run could not be made.</summary>
    public static async Task FailAsync(ContactImport import, ImportReason error, IDbContextFactory<EstafetteDb> databases)
    {
        var check = new ImportCheck { Choice = ImportCheck.ChoiceOf(import), Error = error };
        await StoreAsync(import, check, CheckStatus.Failed, databases, CancellationToken.None);
    }

    // Reads a batch; false when nothing follows it.
    private bool Fill(IContactRows rows, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var row = new ContactRow();
        var (read, duplicate, rejected, noted) = (0, 0, 0, 0);
        var more = true;
        while (read < BatchRows && (more = rows.Read(row)))
        {
            read++;
            var fresh = false;
            _check = _check with { Bytes = row.EndOffset };
            if (row.Reject is not null)
            {
                rejected++;
                Count(row.Reject, row.Line);
            }
            else if (!_seen.Add(row.Key!))
                duplicate++;
            else
                (fresh, _rowsByKey[row.Key!]) = (true, row);
            noted += row.Reject is null && row.IsReported ? 1 : 0;
            if (fresh)
                row = new ContactRow();
        }
        _check = _check with
        {
            Read = _check.Read + read,
            Duplicate = _check.Duplicate + duplicate,
            Rejected = _check.Rejected + rejected,
            Noted = _check.Noted + noted,
        };
        return more;
    }

    private void Count(ImportReason reason, long line)
    {
        if (_reasons.TryGetValue(reason.Code, out var known))
            _reasons[reason.Code] = known with { Count = known.Count + 1 };
        else if (_reasons.Count < MaxReasons)
            _reasons.Add(reason.Code, new RejectCount(reason.Code, 1, reason, line));
    }

    private async Task LookUpAsync(DbConnection connection, CancellationToken ct)
    {
        if (_rowsByKey.Count == 0)
            return;
        var (known, unchanged, suppressed) = (0, 0, 0);
        await using (var command = connection.CreateCommand())
        {
            var postgres = connection is Npgsql.NpgsqlConnection;
            command.CommandText = SqlFiles.Get(postgres ? DatabaseKind.PostgreSql : DatabaseKind.Sqlite, "Contacts/check-contacts");
            command
                .Set("@customer", import.CustomerId.Value)
                .Set("@keys", postgres ? _rowsByKey.Keys.ToArray() : JsonSerializer.Serialize(_rowsByKey.Keys));
            await using var found = await command.ExecuteReaderAsync(ct);
            while (await found.ReadAsync(ct))
            {
                suppressed += found.GetBoolean(1) ? 1 : 0;
                if (found.IsDBNull(2))
                    continue;
                known++;
                unchanged += import.KnownContacts == KnownContacts.Skip || StaysSo(found, _rowsByKey[found.GetString(0)]) ? 1 : 0;
            }
        }
        _check = _check with
        {
            Changed = _check.Changed + known - unchanged,
            Unchanged = _check.Unchanged + unchanged,
            Added = _check.Added + _rowsByKey.Count - known,
            Suppressed = _check.Suppressed + suppressed,
        };
        _rowsByKey.Clear();
    }

    private bool StaysSo(DbDataReader found, ContactRow row)
    {
        var fields = new StoredFields(Text(3), Text(4), Text(5), Text(6), Text(7), (TrackingConsent)found.GetInt16(8));
        if (!fields.StaySoAfter(row, import.KnownContacts))
            return false;
        var stored = Text(9) is { } json ? Encoding.UTF8.GetBytes(json) : [];
        var wanted = import.KnownContacts == KnownContacts.Update ? ContactBatch.MergeAttributes(stored, row.Attributes) : row.Attributes;
        return wanted.Span.SequenceEqual(stored)
            || (!wanted.IsEmpty && stored.Length > 0 && JsonNode.DeepEquals(JsonNode.Parse(wanted.Span), JsonNode.Parse(stored)));

        string? Text(int column) => found.IsDBNull(column) ? null : found.GetString(column);
    }

    private Task<bool> StoreAsync(CheckStatus status, IDbContextFactory<EstafetteDb> databases, CancellationToken ct) =>
        StoreAsync(import, _check with { Reasons = [.. _reasons.Values.OrderByDescending(r => r.Count)] }, status, databases, ct);

    // False when the draft is gone or was started meanwhile.
    private static async Task<bool> StoreAsync(
        ContactImport import,
        ImportCheck check,
        CheckStatus status,
        IDbContextFactory<EstafetteDb> databases,
        CancellationToken ct
    )
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        await using var write = await db.BeginWriteAsync(ct);
        var json = check.ToJson();
        var stored = await db.Of<ContactImport>(import.CustomerId)
            .Where(i => i.Id == import.Id && i.Status == ImportStatus.Draft && i.CheckStatus == CheckStatus.Running)
            .ExecuteUpdateAsync(set => set.SetProperty(i => i.CheckResult, json).SetProperty(i => i.CheckStatus, status), ct);
        await write.CommitAsync(ct);
        return stored > 0;
    }
}
