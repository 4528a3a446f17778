using Estafette.Core.Contacts;
using Estafette.Core.Contacts.Bulk;
using Estafette.Core.Contacts.Import;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Platform;
using Estafette.Tests.Contacts.Import;

namespace Estafette.Tests.Contacts;

public abstract class ContactSearchTests(DatabaseKind kind) : DatabaseTests(kind)
{
    private DatabaseKind Kind => App.Store.Kind;

    [Theory]
    [InlineData("élise")]
    [InlineData("Élise")]
    [InlineData("ÉLISE")]
    [InlineData("elise")]
    [InlineData("ELI")]
    [InlineData("e\u0301lise")]
    public async Task Name_is_found_whatever_its_case_and_accents(string search)
    {
        await App.AddContactAsync("a@x.test", c => c.FirstName = "Élise");
        await App.AddContactAsync("b@x.test", c => c.LastName = "elise");
        await App.AddContactAsync("c@x.test", c => c.FirstName = "Eugène");

        (await FoundAsync(search)).ShouldBe(["b@x.test", "a@x.test"]);
    }

    [Theory]
    [InlineData("oesterlund", "Œsterlund")]
    [InlineData("STRASSE", "Straße")]
    [InlineData("ιωαννης", "ΙΩΆΝΝΗΣ")]
    [InlineData("ИВАНОВ", "Иванов")]
    [InlineData("lodz", "ŁÓDŹ")]
    public async Task Letters_that_are_not_Latin_or_not_single_are_found_too(string search, string name)
    {
        await App.AddContactAsync("a@x.test", c => c.LastName = name);
        await App.AddContactAsync("b@x.test", c => c.LastName = "Autre");

        (await FoundAsync(search)).ShouldBe(["a@x.test"]);
    }

    [Fact]
    public async Task Pages_of_names_follow_each_other_in_the_order_of_their_letters()
    {
        foreach (var (address, name) in new[] { ("5", "Ezeau"), ("4", "Évrard"), ("2", "ÈVE"), ("1", "Eudes"), ("3", "evians") })
            await App.AddContactAsync($"{address}@x.test", c => c.LastName = name);

        (await FoundAsync("é", take: 2)).ShouldBe(["1@x.test", "2@x.test", "3@x.test", "4@x.test", "5@x.test"]);
    }

    [Fact]
    public async Task Bulk_change_is_about_those_whom_the_grid_shows()
    {
        var list = await App.AddListAsync("Clients", "anne@x.test", "bob@x.test");
        await App.AddContactAsync("c@x.test", c => c.LastName = "Ánnoux");
        await App.AddContactAsync("d@x.test", c => c.FirstName = "ANNABEL");
        await App.AddContactAsync("e@x.test", c => (c.FirstName, c.LastName) = ("Joanna", "Hanne"));
        await using var db = App.OpenDb();

        foreach (
            var (search, inList) in new[] { ("ann", false), ("ânn", false), ("anne@", false), ("ann", true), ("%", false), ("", false) }
        )
        {
            var shown = await FoundAsync(search, inList ? list : null);
            var scope = new BulkScope { Search = search, List = inList ? list.Value : null };
            var (total, _) = await StartBulk.CountAsync(App.Customer, scope, QueryTime.Asked, db, Token);
            total.ShouldBe(shown.Count, $"'{search}'");
        }
    }

    [Theory]
    [InlineData(KnownContacts.Update)]
    [InlineData(KnownContacts.Overwrite)]
    [InlineData(KnownContacts.Skip)]
    public async Task Imported_name_is_found_and_the_one_it_replaced_is_not(KnownContacts known)
    {
        await using var import = await ImportFixture.StartAsync(Kind);
        await import.ImportAsync("1.csv", "email,prenom,nom\na@x.test,Élise,Évrard\n");
        await import.ImportAsync(import.Request(import.Write("2.csv", "email,prenom\na@x.test,Anaïs\n")) with { KnownContacts = known });

        var found = new List<bool>();
        foreach (var search in new[] { "elise", "anais", "evrard" })
            found.Add((await FoundAsync(import.Application, search)).Count == 1);

        found.ShouldBe(
            known switch
            {
                KnownContacts.Skip => [true, false, true],
                KnownContacts.Overwrite => [false, true, false],
                _ => [false, true, true],
            }
        );
    }

    [Fact]
    public async Task Ranges_of_names_are_answered_by_their_indexes()
    {
        foreach (var (name, column) in new[] { (ContactSearch.LastName(Kind), "last_name"), (ContactSearch.FirstName(Kind), "first_name") })
        {
            var plan = await PlanAsync(
                $"SELECT c.id FROM contacts c WHERE c.customer_id = {App.Customer} AND c.{column} IS NOT NULL AND {name} >= 'a' AND {name} < 'b' ORDER BY {name}, c.id LIMIT 50"
            );
            plan.ShouldContain($"ix_contacts_{column}");
            plan.ShouldNotContain("TEMP B-TREE");
            plan.ShouldNotContain("Sort");
        }
    }

    [Fact]
    public async Task Same_person_written_without_accents_is_a_likely_duplicate()
    {
        var id = await App.AddContactAsync("a@x.test", c => (c.FirstName, c.LastName) = ("José", "Nuñez"));
        await App.AddContactAsync("b@x.test", c => (c.FirstName, c.LastName) = ("jose", "NUNEZ"));
        await App.AddContactAsync("c@x.test", c => (c.FirstName, c.LastName) = ("Josée", "Nuñez"));
        await using var db = App.OpenDb();

        var found = await FindDuplicates.RunAsync(App.Customer, id, db, Token);

        found.Select(d => (d.Contact.Email, d.Reason)).ShouldBe([("b@x.test", DuplicateReason.SameName)]);
    }

    private Task<List<string>> FoundAsync(string search, ListId? list = null, int take = 50) => FoundAsync(App, search, list, take);

    private static async Task<List<string>> FoundAsync(Testing.TestApplication app, string search, ListId? list = null, int take = 50)
    {
        var found = new List<string>();
        string? cursor = null;
        do
        {
            var request = new ListContactsRequest(list, Search: search, Cursor: cursor, Take: take);
            var page = await ListContacts.RunAsync(app.Customer, request, app.Store, Token);
            found.AddRange(page.Rows.Select(r => r.Email!));
            cursor = page.Next;
        } while (cursor is not null);
        return found;
    }

    private async Task<string> PlanAsync(string sql)
    {
        await using var connection = await App.Store.OpenAsync(Token);
        await using var command = connection.CreateCommand();
        // An empty table is read as a whole unless PostgreSQL is told that this is dear.
        command.CommandText =
            Kind == DatabaseKind.Sqlite
                ? $"EXPLAIN QUERY PLAN {sql}"
                : $"SET enable_seqscan = off; SET enable_bitmapscan = off; EXPLAIN {sql}";
        var plan = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(Token);
        while (await reader.ReadAsync(Token))
            plan.Add($"{reader.GetValue(reader.FieldCount - 1)}");
        return string.Join('\n', plan);
    }
}

public sealed class ContactSearchTestsOnSqlite() : ContactSearchTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class ContactSearchTestsOnPostgreSql() : ContactSearchTests(DatabaseKind.PostgreSql);
