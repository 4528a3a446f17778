using System.Reflection;
using System.Text.RegularExpressions;
using Estafette.Core.Platform;

namespace Estafette.Tests.Architecture;

/// <summary>Named statements are checked by the database they are for, so that a typo fails here and not in the middle of a campaign.</summary>
public abstract partial class SqlFileTests(DatabaseKind kind) : DatabaseTests(kind)
{
    private static readonly Assembly Core = typeof(SqlFiles).Assembly;

    [Fact]
    public async Task Every_statement_is_understood_by_the_database()
    {
        var suffix = $".{SqlFiles.Suffix(App.Store.Kind)}.sql";
        await using var connection = await App.Store.OpenAsync(Token);
        var faults = new List<string>();
        foreach (var file in Files().Where(f => f.EndsWith(suffix, StringComparison.Ordinal) || f.Count(c => c == '.') == 1))
        foreach (var statement in Statements(SqlFiles.Read(file)!))
            try
            {
                await using var command = connection.CreateCommand();
                command.CommandText =
                    App.Store.Kind == DatabaseKind.Sqlite ? "EXPLAIN " + statement : $"PREPARE p AS {Numbered(statement)}";
                if (App.Store.Kind == DatabaseKind.Sqlite)
                    foreach (var name in Names(statement))
                        command.Set("@" + name, null);
                await command.ExecuteNonQueryAsync(Token);
                command.CommandText = App.Store.Kind == DatabaseKind.Sqlite ? "SELECT 1" : "DEALLOCATE p";
                await command.ExecuteNonQueryAsync(Token);
            }
            catch (System.Data.Common.DbException wrong)
            {
                faults.Add($"{file}: {wrong.Message}");
            }

        faults.ShouldBeEmpty();
    }

    [Fact]
    public void Every_file_begins_with_a_comment_that_says_what_it_does() =>
        Files().Where(f => !SqlFiles.Read(f)!.StartsWith("--", StringComparison.Ordinal)).ShouldBeEmpty();

    private static IEnumerable<string> Files() =>
        Core.GetManifestResourceNames()
            .Where(n => n.EndsWith(".sql", StringComparison.Ordinal) && !n.Contains("/Migrations/", StringComparison.Ordinal));

    private static IEnumerable<string> Statements(string sql) =>
        Comment().Replace(sql, "").Split(";", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static List<string> Names(string sql) =>
        Parameter().Matches(sql).Select(m => m.Groups[1].Value).Distinct(StringComparer.Ordinal).ToList();

    private static string Numbered(string sql)
    {
        var names = Names(sql);
        return Parameter().Replace(sql, m => $"${names.IndexOf(m.Groups[1].Value) + 1}");
    }

    [GeneratedRegex("--[^\n]*")]
    private static partial Regex Comment();

    [GeneratedRegex("(?<![@\\w])@([A-Za-z_]\\w*)")]
    private static partial Regex Parameter();
}

public sealed class SqlFileTestsOnSqlite() : SqlFileTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class SqlFileTestsOnPostgreSql() : SqlFileTests(DatabaseKind.PostgreSql);
