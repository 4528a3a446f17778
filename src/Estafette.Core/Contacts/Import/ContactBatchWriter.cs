using System.Data.Common;
using System.Text;
using Estafette.Core.Platform;
using Microsoft.Data.Sqlite;
using Npgsql;
using NpgsqlTypes;

namespace Estafette.Core.Contacts.Import;

/// <summary>What became of the rows of a batch; unchanged are those of the known whose fields say nothing new.</summary>
internal readonly record struct BatchOutcome(int Added, int Known, int Unchanged, int Duplicates, int Suppressed);

/// <summary>
/// Stores a batch of rows of one import.
/// <para>A suppressed address is stored as a contact; its new subscription is unsubscribed when the person asked for it (opt-out, complaint)
/// or a user suppressed it, and unconfirmed after bounces. An unsubscribed subscription stays so, a recorded refusal of tracking too.</para>
/// </summary>
internal sealed class ContactBatchWriter(ContactImport import)
{
    private const string Upsert = "Contacts/upsert-contacts";

    // A column each, used again for every batch.
    private readonly Dictionary<string, List<string?>> _texts = new(StringComparer.Ordinal);
    private readonly List<short> _consents = [];

    public ValueTask<BatchOutcome> WriteAsync(WriteSession session, ContactBatch batch, long now, CancellationToken ct)
    {
        if (batch.Rows.Count == 0)
            return ValueTask.FromResult(default(BatchOutcome));
        return session.Store.Kind == DatabaseKind.PostgreSql
            ? WritePostgresAsync(session, batch, now, ct)
            : ValueTask.FromResult(WriteSqlite(session, batch, now));
    }

    private async ValueTask<BatchOutcome> WritePostgresAsync(WriteSession session, ContactBatch batch, long now, CancellationToken ct)
    {
        // The plan of the statement is kept while the tables grow from nothing: it must look keys up from the start.
        await session
            .Prepare(
                "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
            )
            .ExecuteNonQueryAsync(ct);
        var anySuppressed = await session
            .Prepare("SELECT EXISTS (SELECT FROM suppressions WHERE customer_id = @customer)")
            .Set("@customer", import.CustomerId.Value)
            .ExecuteScalarAsync(ct);
        var rows = batch.Rows;
        var command = session.Statement(Upsert).Set("@any_suppressed", anySuppressed);
        AddText(command, "keys", rows, r => r.Key);
        AddText(command, "emails", rows, r => r.Email);
        AddText(command, "phones", rows, r => r.Phone);
        AddText(command, "first_names", rows, r => r.FirstName);
        AddText(command, "last_names", rows, r => r.LastName);
        AddText(command, "first_folded", rows, r => FoldedText.UnlessAscii(r.FirstName));
        AddText(command, "last_folded", rows, r => FoldedText.UnlessAscii(r.LastName));
        AddText(command, "languages", rows, r => r.Language);
        AddText(command, "attributes", rows, r => r.Attributes.IsEmpty ? null : Encoding.UTF8.GetString(r.Attributes.Span));
        Add(command, "consents", NpgsqlDbType.Smallint, _consents, rows, r => (short)r.Consent);
        command
            .Set("@import", import.Id.Value)
            .Set("@customer", import.CustomerId.Value)
            .Set("@now", now)
            .Set("@policy", (int)import.KnownContacts)
            .Set("@status", (short)import.SubscriptionStatus);
        command.Parameters.Add(new NpgsqlParameter("list", NpgsqlDbType.Bigint) { Value = (object?)import.ListId?.Value ?? DBNull.Value });
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var (known, again, suppressed) = ((int)reader.GetInt64(0), (int)reader.GetInt64(1), (int)reader.GetInt64(2));
        return new BatchOutcome(rows.Count - known - again, known, (int)reader.GetInt64(3), again, suppressed);
    }

    private void AddText(DbCommand command, string name, List<ContactRow> rows, Func<ContactRow, string?> column)
    {
        if (!_texts.TryGetValue(name, out var values))
            _texts.Add(name, values = []);
        Add(command, name, NpgsqlDbType.Text, values, rows, column);
    }

    private static void Add<T>(
        DbCommand command,
        string name,
        NpgsqlDbType type,
        List<T> values,
        List<ContactRow> rows,
        Func<ContactRow, T> column
    )
    {
        values.Clear();
        foreach (var row in rows)
            values.Add(column(row));
        command.Parameters.Add(new NpgsqlParameter(name, NpgsqlDbType.Array | type) { Value = values });
    }

    private BatchOutcome WriteSqlite(WriteSession session, ContactBatch batch, long now)
    {
        using var statements = new SqliteUpsert((SqliteConnection)session.Connection, session.Store.Sql(Upsert), import, now);
        foreach (var row in batch.Rows)
            statements.Store(row);
        return statements.Outcome;
    }
}

/// <summary>The statements of upsert-contacts.sqlite.sql on the connection of the writer.</summary>
internal sealed class SqliteUpsert : IDisposable
{
    private readonly ContactImport _import;
    private readonly IReadOnlyList<SqliteStatement> _statements;
    private readonly bool _checkSuppressions;
    private int _added;
    private int _known;
    private int _unchanged;
    private int _duplicates;
    private int _suppressed;

    public SqliteUpsert(SqliteConnection connection, string sql, ContactImport import, long now)
    {
        _import = import;
        _statements = SqliteStatement.PrepareAll(connection, sql);
        foreach (var statement in new[] { Insert, Update, Overwrite })
            statement.Set(1, import.CustomerId.Value).Set(10, import.Id.Value).Set(11, now);
        Find.Set(1, import.CustomerId.Value);
        FindSuppression.Set(1, import.CustomerId.Value);
        Subscribe.Set(1, import.ListId?.Value).Set(3, import.CustomerId.Value).Set(5, import.Id.Value).Set(6, now);
        using var any = new SqliteStatement(connection, "SELECT 1 FROM suppressions WHERE customer_id = ?1 LIMIT 1");
        _checkSuppressions = any.Set(1, import.CustomerId.Value).First(static r => r.Integer(0)) == 1;
    }

    public BatchOutcome Outcome => new(_added, _known, _unchanged, _duplicates, _suppressed);

    private SqliteStatement Insert => _statements[0];
    private SqliteStatement Find => _statements[1];
    private SqliteStatement Update => _statements[2];
    private SqliteStatement Overwrite => _statements[3];
    private SqliteStatement FindSuppression => _statements[4];
    private SqliteStatement Subscribe => _statements[5];

    public void Store(ContactRow row)
    {
        var id = Add(row) ? Insert.LastRowId : Change(row);
        var reason = _checkSuppressions ? Suppression(row.Key!) : 0;
        if (reason != 0)
            _suppressed++;
        if (_import.ListId is not null)
            Subscribe.Set(2, id).Set(4, (long)StatusOf(reason)).Execute();
    }

    public void Dispose()
    {
        foreach (var statement in _statements)
            statement.Dispose();
    }

    private bool Add(ContactRow row)
    {
        SetFields(Insert.Set(2, row.Key), row, row.Attributes.Span);
        var added = Insert.Execute() > 0;
        _added += added ? 1 : 0;
        return added;
    }

    private long Change(ContactRow row)
    {
        Find.Set(2, row.Key);
        var (id, import, attributes, same) = Find.First(found =>
        {
            var stored = found.Utf8(2);
            var wanted =
                _import.KnownContacts == KnownContacts.Update ? ContactBatch.MergeAttributes(stored, row.Attributes) : row.Attributes;
            return (
                found.Integer(0),
                found.Integer(1),
                wanted,
                stored.SequenceEqual(wanted.Span) && Stored(found).StaySoAfter(row, _import.KnownContacts)
            );
        });
        if (id == 0)
            throw new InvalidOperationException("Importing a contact: it neither could be added nor is it there.");
        if (import == _import.Id.Value)
            _duplicates++;
        else
        {
            _known++;
            _unchanged += same ? 1 : 0;
        }
        if (_import.KnownContacts == KnownContacts.Skip)
            return id;
        var update = _import.KnownContacts == KnownContacts.Overwrite ? Overwrite : Update;
        SetFields(update.Set(2, id), row, attributes.Span);
        update.Execute();
        return id;
    }

    private static StoredFields Stored(SqliteStatement found) =>
        new(found.Text(3), found.Text(4), found.Text(5), found.Text(6), found.Text(7), (TrackingConsent)found.Integer(8));

    private static void SetFields(SqliteStatement statement, ContactRow row, ReadOnlySpan<byte> attributes) =>
        statement
            .Set(3, row.Email)
            .Set(4, row.Phone)
            .Set(5, row.FirstName)
            .Set(6, row.LastName)
            .Set(7, row.Language)
            .SetUtf8(8, attributes)
            .Set(9, (long)row.Consent)
            .Set(12, FoldedText.UnlessAscii(row.FirstName))
            .Set(13, FoldedText.UnlessAscii(row.LastName));

    private int Suppression(string key)
    {
        var phone = key.StartsWith("tel:", StringComparison.Ordinal);
        return (int)
            FindSuppression
                .Set(2, (long)(phone ? Channel.Sms : Channel.Email))
                .Set(3, phone ? key[4..] : key)
                .First(static r => r.Integer(0));
    }

    // Reasons 1 opt-out, 4 complaint, 5 manual: SuppressionReason belongs to a module above this one.
    private SubscriptionStatus StatusOf(int reason) =>
        reason == 0 ? _import.SubscriptionStatus
        : reason is 1 or 4 or 5 ? SubscriptionStatus.Unsubscribed
        : SubscriptionStatus.Unconfirmed;
}
