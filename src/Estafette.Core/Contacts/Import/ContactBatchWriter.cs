using System.Text;
using Estafette.Core.Platform;
using Microsoft.Data.Sqlite;
using Npgsql;
using NpgsqlTypes;
using SQLitePCL;

namespace Estafette.Core.Contacts.Import;

/// <summary>What became of the rows of a batch.</summary>
internal readonly record struct BatchOutcome(int Added, int Known, int Duplicates, int Suppressed);

/// <summary>
/// Stores a batch of rows of one import.
/// <para>A suppressed address is stored as a contact; its new subscription is unsubscribed when the person asked for it (opt-out, complaint)
/// or a user suppressed it, and unconfirmed after bounces. An unsubscribed subscription stays so, a recorded refusal of tracking too.</para>
/// </summary>
internal sealed class ContactBatchWriter(ContactImport import)
{
    private const string Upsert = "Contacts/upsert-contacts";

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
            .Prepare("SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
            .ExecuteNonQueryAsync(ct);
        var rows = batch.Rows;
        var command = session.Statement(Upsert);
        Add(command, "keys", NpgsqlDbType.Text, rows, r => r.Key);
        Add(command, "emails", NpgsqlDbType.Text, rows, r => r.Email);
        Add(command, "phones", NpgsqlDbType.Text, rows, r => r.Phone);
        Add(command, "first_names", NpgsqlDbType.Text, rows, r => r.FirstName);
        Add(command, "last_names", NpgsqlDbType.Text, rows, r => r.LastName);
        Add(command, "languages", NpgsqlDbType.Text, rows, r => r.Language);
        Add(command, "attributes", NpgsqlDbType.Text, rows, r => r.Attributes.IsEmpty ? null : Encoding.UTF8.GetString(r.Attributes.Span));
        Add(command, "consents", NpgsqlDbType.Smallint, rows, r => (short)r.Consent);
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
        return new BatchOutcome(rows.Count - known - again, known, again, suppressed);
    }

    private static void Add<T>(
        System.Data.Common.DbCommand command,
        string name,
        NpgsqlDbType type,
        List<ContactRow> rows,
        Func<ContactRow, T> column
    )
    {
        var values = new T[rows.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = column(rows[i]);
        command.Parameters.Add(new NpgsqlParameter(name, NpgsqlDbType.Array | type) { Value = values });
    }

    private BatchOutcome WriteSqlite(WriteSession session, ContactBatch batch, long now)
    {
        using var statements = new SqliteUpsert(((SqliteConnection)session.Connection).Handle!, session.Store.Sql(Upsert), import, now);
        foreach (var row in batch.Rows)
            statements.Store(row);
        return statements.Outcome;
    }
}

/// <summary>The statements of upsert-contacts.sqlite.sql on the connection of the writer, bound without a detour through boxed parameters.</summary>
internal sealed class SqliteUpsert : IDisposable
{
    private readonly sqlite3 _db;
    private readonly ContactImport _import;
    private readonly long _now;
    private readonly List<sqlite3_stmt> _statements = [];
    private readonly bool _checkSuppressions;
    private readonly byte[] _utf8 = new byte[4096];
    private int _added;
    private int _known;
    private int _duplicates;
    private int _suppressed;

    public SqliteUpsert(sqlite3 db, string sql, ContactImport import, long now)
    {
        (_db, _import, _now) = (db, import, now);
        var left = Encoding.UTF8.GetBytes(sql).AsSpan();
        while (_statements.Count < 6)
        {
            Check(raw.sqlite3_prepare_v2(db, left, out var statement, out var tail));
            _statements.Add(statement);
            left = left[(left.Length - tail.Length)..];
        }
        _checkSuppressions = HasSuppressions();
    }

    public BatchOutcome Outcome => new(_added, _known, _duplicates, _suppressed);

    public void Store(ContactRow row)
    {
        var id = Insert(row) ? raw.sqlite3_last_insert_rowid(_db) : Update(row);
        var reason = _checkSuppressions ? Suppression(row.Key!) : 0;
        if (reason != 0)
            _suppressed++;
        if (_import.ListId is { } list)
            Subscribe(list.Value, id, reason);
    }

    public void Dispose()
    {
        foreach (var statement in _statements)
            statement.Dispose();
    }

    private bool Insert(ContactRow row)
    {
        var insert = _statements[0];
        Bind(insert, 2, row.Key);
        BindFields(insert, row, row.Attributes);
        Run(insert);
        var added = raw.sqlite3_changes(_db) > 0;
        _added += added ? 1 : 0;
        return added;
    }

    private long Update(ContactRow row)
    {
        var find = _statements[1];
        Check(raw.sqlite3_bind_int64(find, 1, _import.CustomerId.Value));
        Bind(find, 2, row.Key);
        if (raw.sqlite3_step(find) != raw.SQLITE_ROW)
            throw new InvalidOperationException("Importing a contact: it neither could be added nor is it there.");
        var id = raw.sqlite3_column_int64(find, 0);
        var again = raw.sqlite3_column_int64(find, 1) == _import.Id.Value;
        var attributes =
            _import.KnownContacts == KnownContacts.Update
                ? ContactBatch.MergeAttributes(raw.sqlite3_column_blob(find, 2), row.Attributes)
                : row.Attributes;
        raw.sqlite3_reset(find);
        if (again)
            _duplicates++;
        else
            _known++;
        if (_import.KnownContacts == KnownContacts.Skip)
            return id;
        var update = _statements[_import.KnownContacts == KnownContacts.Overwrite ? 3 : 2];
        Check(raw.sqlite3_bind_int64(update, 2, id));
        BindFields(update, row, attributes);
        Run(update);
        return id;
    }

    private void BindFields(sqlite3_stmt statement, ContactRow row, ReadOnlyMemory<byte> attributes)
    {
        Check(raw.sqlite3_bind_int64(statement, 1, _import.CustomerId.Value));
        Bind(statement, 3, row.Email);
        Bind(statement, 4, row.Phone);
        Bind(statement, 5, row.FirstName);
        Bind(statement, 6, row.LastName);
        Bind(statement, 7, row.Language);
        Check(attributes.IsEmpty ? raw.sqlite3_bind_null(statement, 8) : raw.sqlite3_bind_text(statement, 8, attributes.Span));
        Check(raw.sqlite3_bind_int64(statement, 9, (long)row.Consent));
        Check(raw.sqlite3_bind_int64(statement, 10, _import.Id.Value));
        Check(raw.sqlite3_bind_int64(statement, 11, _now));
    }

    private int Suppression(string key)
    {
        var find = _statements[4];
        var phone = key.StartsWith("tel:", StringComparison.Ordinal);
        Check(raw.sqlite3_bind_int64(find, 1, _import.CustomerId.Value));
        Check(raw.sqlite3_bind_int64(find, 2, (long)(phone ? Channel.Sms : Channel.Email)));
        Bind(find, 3, phone ? key[4..] : key);
        var reason = raw.sqlite3_step(find) == raw.SQLITE_ROW ? raw.sqlite3_column_int(find, 0) : 0;
        raw.sqlite3_reset(find);
        return reason;
    }

    // Reasons 1 opt-out, 4 complaint, 5 manual: SuppressionReason belongs to a module above this one.
    private void Subscribe(long list, long contact, int reason)
    {
        var status =
            reason == 0 ? _import.SubscriptionStatus
            : reason is 1 or 4 or 5 ? SubscriptionStatus.Unsubscribed
            : SubscriptionStatus.Unconfirmed;
        var subscribe = _statements[5];
        Check(raw.sqlite3_bind_int64(subscribe, 1, list));
        Check(raw.sqlite3_bind_int64(subscribe, 2, contact));
        Check(raw.sqlite3_bind_int64(subscribe, 3, _import.CustomerId.Value));
        Check(raw.sqlite3_bind_int64(subscribe, 4, (long)status));
        Check(raw.sqlite3_bind_int64(subscribe, 5, _import.Id.Value));
        Check(raw.sqlite3_bind_int64(subscribe, 6, _now));
        Run(subscribe);
    }

    private bool HasSuppressions()
    {
        Check(raw.sqlite3_prepare_v2(_db, "SELECT 1 FROM suppressions WHERE customer_id = ?1 LIMIT 1", out var any));
        using var owned = any;
        Check(raw.sqlite3_bind_int64(any, 1, _import.CustomerId.Value));
        return raw.sqlite3_step(any) == raw.SQLITE_ROW;
    }

    private void Bind(sqlite3_stmt statement, int index, string? text)
    {
        if (text is null)
            Check(raw.sqlite3_bind_null(statement, index));
        else if (text.Length * 3 <= _utf8.Length)
            Check(raw.sqlite3_bind_text(statement, index, _utf8.AsSpan(0, Encoding.UTF8.GetBytes(text, _utf8))));
        else
            Check(raw.sqlite3_bind_text(statement, index, Encoding.UTF8.GetBytes(text).AsSpan()));
    }

    private void Run(sqlite3_stmt statement)
    {
        var code = raw.sqlite3_step(statement);
        raw.sqlite3_reset(statement);
        if (code != raw.SQLITE_DONE)
            Check(code);
    }

    private void Check(int code) => SqliteException.ThrowExceptionForRC(code, _db);
}
