using Estafette.Core.Platform;
using Estafette.Core.Statistics;
using Estafette.Testing.Databases;

namespace Estafette.Tests.Platform;

public sealed class FoldedTextRulesTests
{
    [Theory]
    [InlineData("Élise", "elise")]
    [InlineData("PLAIN 12_%", "plain 12_%")]
    [InlineData("Œuvre Æther Straße Þór", "oeuvre aether strasse thor")]
    [InlineData("İstanbul ıŁØĐ", "istanbul ilod")]
    [InlineData("Σίσυφος", "σισυφοσ")]
    [InlineData("", "")]
    public void Letters_lose_case_and_accents(string text, string folded) => FoldedText.Of(text).ShouldBe(folded);

    [Fact]
    public void Half_a_letter_is_no_fault() => FoldedText.Of("é\ud83d").ShouldBe("e\ufffd");

    [Fact]
    public void Plain_text_needs_no_second_copy()
    {
        FoldedText.UnlessAscii("Anne").ShouldBeNull();
        FoldedText.UnlessAscii(null).ShouldBeNull();
        FoldedText.UnlessAscii("Zoé").ShouldBe("zoe");
    }
}

public abstract class FoldedTextTests(DatabaseKind kind) : DatabaseTests(kind)
{
    private DatabaseKind Kind => App.Store.Kind;

    /// <summary>Latin with its extensions, Greek, Cyrillic, and the letters of Vietnamese and polytonic Greek.</summary>
    [Theory]
    [InlineData(0x20, 0x24f)]
    [InlineData(0x370, 0x481)]
    [InlineData(0x48a, 0x52f)]
    [InlineData(0x1e00, 0x1fff)]
    public async Task Database_folds_as_the_code_does(int first, int last)
    {
        var letters = Enumerable
            .Range(first, last - first + 1)
            .Where(c => char.IsLetterOrDigit((char)c))
            .Select(c => $"{(char)c}")
            .ToList();
        var differ = new List<string>();
        await using var connection = await App.Store.OpenAsync(Token);
        foreach (var letter in letters)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = "SELECT fold_text(@text)";
            var folded = (string?)await command.Set("@text", letter).ExecuteScalarAsync(Token);
            if (folded != FoldedText.Of(letter))
                differ.Add($"U+{(int)letter[0]:X4} {letter}: {folded}, not {FoldedText.Of(letter)}");
        }

        differ.ShouldBeEmpty();
    }

    [Fact]
    public async Task Names_of_campaigns_are_found_without_their_accents()
    {
        await App.ExecuteAsync(
            $"INSERT INTO campaigns (id, customer_id, name, status, created_at, updated_at) VALUES (7, {App.Customer}, 'Offre d''ÉTÉ', 0, 0, 0)"
        );
        await using var db = App.OpenDb();

        foreach (var search in new[] { "été", "ete", "ÉTÉ" })
            (await App.Get<FindAnything>().RunAsync(App.Customer, search, db, Token)).Campaigns.Select(c => c.Id).ShouldBe([7L], search);
    }

    [Fact]
    public async Task Upgrade_folds_the_names_that_are_there()
    {
        await using var database = await TestDatabase.CreateEmptyAsync(Kind);
        using var directory = new Testing.TemporaryDirectory();
        await using var store = new Store(database.Options, new DataOptions { Directory = directory.Path });
        await Migrator.RunAsync(store, Token);
        await using var connection = await store.OpenAsync(Token);
        await using var command = connection.CreateCommand();
        command.CommandText = """
            DROP INDEX ix_contacts_last_name;
            DROP INDEX ix_contacts_first_name;
            ALTER TABLE contacts DROP COLUMN last_name_folded;
            ALTER TABLE contacts DROP COLUMN first_name_folded;
            DELETE FROM schema_migrations WHERE name = '0091_folded_names';
            CREATE INDEX ix_contacts_last_name ON contacts(customer_id, last_name);
            CREATE INDEX ix_contacts_first_name ON contacts(customer_id, first_name);
            INSERT INTO customers (id, name, created_at) VALUES (900, 'Essai', 0);
            INSERT INTO contacts (customer_id, contact_key, first_name, last_name, created_at, updated_at) VALUES (900, 'a', 'Zoé', 'Martin', 0, 0), (900, 'b', 'Anne', NULL, 0, 0);
            """;
        if (Kind == DatabaseKind.PostgreSql)
            command.CommandText += "DROP FUNCTION fold_text(text);";
        await command.ExecuteNonQueryAsync(Token);

        (await Migrator.RunAsync(store, Token)).ShouldBe(["0091_folded_names"]);

        command.CommandText =
            "SELECT contact_key || ':' || coalesce(first_name_folded, '-') || ':' || coalesce(last_name_folded, '-') FROM contacts ORDER BY contact_key";
        var rows = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(Token);
        while (await reader.ReadAsync(Token))
            rows.Add(reader.GetString(0));
        rows.ShouldBe(["a:zoe:-", "b:-:-"]);
    }
}

public sealed class FoldedTextTestsOnSqlite() : FoldedTextTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class FoldedTextTestsOnPostgreSql() : FoldedTextTests(DatabaseKind.PostgreSql);
