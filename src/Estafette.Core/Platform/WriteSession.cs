using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Estafette.Core.Platform;

/// <summary>What a write job works with: the connection, its transaction and the named statements, prepared once.</summary>
public sealed class WriteSession : IDisposable
{
    private readonly Dictionary<string, DbCommand>? _prepared;
    private readonly List<DbCommand> _commands = [];
    private readonly Dictionary<string, DbCommand> _named = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SqliteStatement> _rows = new(StringComparer.Ordinal);

    internal WriteSession(Store store, DbConnection connection, bool cache)
    {
        (Store, Connection) = (store, connection);
        _prepared = cache ? new(StringComparer.Ordinal) : null;
    }

    public Store Store { get; }

    public DbConnection Connection { get; }

    public DbTransaction? Transaction { get; internal set; }

    /// <summary>The named statement ("Delivery/claim-deliveries"), ready for parameters.</summary>
    public DbCommand Statement(string name)
    {
        if (!_named.TryGetValue(name, out var command))
            _named.Add(name, command = Prepare(Store.Sql(name)));
        command.Transaction = Transaction;
        return command;
    }

    /// <summary>The named statement of SQLite for one row after the other.</summary>
    internal SqliteStatement RowStatement(string name)
    {
        if (!_rows.TryGetValue(name, out var statement))
            _rows.Add(name, statement = new SqliteStatement((SqliteConnection)Connection, Store.Sql(name)));
        return statement;
    }

    /// <summary>A statement given as text; the text must be constant, since it is prepared and kept.</summary>
    public DbCommand Prepare(string sql)
    {
        if (_prepared is not null && _prepared.TryGetValue(sql, out var known))
        {
            known.Transaction = Transaction;
            return known;
        }
        var command = Connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = Transaction;
        if (_prepared is null)
            _commands.Add(command);
        else
            _prepared.Add(sql, command);
        return command;
    }

    internal void Execute(string sql)
    {
        var command = Prepare(sql);
        command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        foreach (var statement in _rows.Values)
            statement.Dispose();
        foreach (var command in _prepared?.Values.AsEnumerable() ?? _commands)
            command.Dispose();
    }
}

/// <summary>Parameters by name, created at first use and reused afterwards.</summary>
public static class CommandParameters
{
    /// <summary>Sets <c>@name</c>; null becomes SQL NULL.</summary>
    public static DbCommand Set(this DbCommand command, string name, object? value)
    {
        var at = command.Parameters.IndexOf(name);
        if (at < 0)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }
        else
        {
            command.Parameters[at].Value = value ?? DBNull.Value;
        }
        return command;
    }
}
