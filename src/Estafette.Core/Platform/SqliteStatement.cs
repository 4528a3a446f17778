using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Estafette.Core.Platform;

/// <summary>
/// A statement of SQLite, prepared once and run for one row after the other. Where a row costs a few microseconds, boxed parameters that are
/// looked up by name in a list, as ADO.NET has them, cost more than the row.
/// </summary>
/// <remarks>Not safe for several threads. It runs inside the transaction of its connection.</remarks>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3 _db;
    private readonly sqlite3_stmt _statement;
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly byte[] _utf8 = new byte[4096];

    /// <exception cref="SqliteException">The text is not one statement of this database.</exception>
    public SqliteStatement(SqliteConnection connection, string sql)
    {
        _db = connection.Handle!;
        Check(raw.sqlite3_prepare_v2(_db, sql, out _statement, out _));
        for (var at = 1; at <= raw.sqlite3_bind_parameter_count(_statement); at++)
            if (raw.sqlite3_bind_parameter_name(_statement, at).utf8_to_string() is { } name)
                _places[name] = at;
    }

    /// <summary>Prepares the statements of a text one after the other.</summary>
    public static IReadOnlyList<SqliteStatement> PrepareAll(SqliteConnection connection, string sql) =>
        [.. sql.Split(";\n", StringSplitOptions.RemoveEmptyEntries).Select(s => new SqliteStatement(connection, s))];

    /// <summary>Sets <c>@name</c>.</summary>
    public SqliteStatement Set(string name, long value) => Set(_places[name], value);

    /// <inheritdoc cref="Set(string, long)"/>
    public SqliteStatement Set(string name, long? value) => Set(_places[name], value);

    /// <inheritdoc cref="Set(string, long)"/>
    public SqliteStatement Set(string name, string? value) => Set(_places[name], value);

    /// <summary>Sets parameter <c>?at</c>, from 1; null becomes SQL NULL.</summary>
    public SqliteStatement Set(int at, long? value)
    {
        Check(value is { } number ? raw.sqlite3_bind_int64(_statement, at, number) : raw.sqlite3_bind_null(_statement, at));
        return this;
    }

    /// <inheritdoc cref="Set(int, long?)"/>
    public SqliteStatement Set(int at, string? text)
    {
        if (text is null)
            Check(raw.sqlite3_bind_null(_statement, at));
        else if (text.Length * 3 <= _utf8.Length)
            Check(raw.sqlite3_bind_text(_statement, at, _utf8.AsSpan(0, Encoding.UTF8.GetBytes(text, _utf8))));
        else
            Check(raw.sqlite3_bind_text(_statement, at, Encoding.UTF8.GetBytes(text).AsSpan()));
        return this;
    }

    /// <summary>Sets parameter <c>?at</c> to text given as UTF-8; empty becomes SQL NULL.</summary>
    public SqliteStatement SetUtf8(int at, ReadOnlySpan<byte> text)
    {
        Check(text.IsEmpty ? raw.sqlite3_bind_null(_statement, at) : raw.sqlite3_bind_text(_statement, at, text));
        return this;
    }

    /// <summary>Runs the statement and returns the number of rows it changed.</summary>
    /// <exception cref="SqliteException">It failed.</exception>
    public int Execute()
    {
        var code = raw.sqlite3_step(_statement);
        raw.sqlite3_reset(_statement);
        if (code != raw.SQLITE_DONE)
            Check(code);
        return raw.sqlite3_changes(_db);
    }

    /// <summary>Key of the row that was inserted last on the connection.</summary>
    public long LastRowId => raw.sqlite3_last_insert_rowid(_db);

    /// <summary>Runs a query and reads its first row; the default value when there is none.</summary>
    public T? First<T>(Func<SqliteStatement, T> read)
    {
        try
        {
            var code = raw.sqlite3_step(_statement);
            if (code == raw.SQLITE_ROW)
                return read(this);
            if (code != raw.SQLITE_DONE)
                Check(code);
            return default;
        }
        finally
        {
            raw.sqlite3_reset(_statement);
        }
    }

    /// <summary>A whole number of the row that is read; 0 for NULL.</summary>
    public long Integer(int column) => raw.sqlite3_column_int64(_statement, column);

    /// <summary>The octets of a text of the row that is read, valid until the next step.</summary>
    public ReadOnlySpan<byte> Utf8(int column) => raw.sqlite3_column_blob(_statement, column);

    /// <summary>A text of the row that is read; null for NULL.</summary>
    public string? Text(int column) =>
        raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL ? null : Encoding.UTF8.GetString(Utf8(column));

    public void Dispose() => _statement.Dispose();

    private void Check(int code) => SqliteException.ThrowExceptionForRC(code, _db);
}
