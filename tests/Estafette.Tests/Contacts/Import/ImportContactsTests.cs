using System.Text;
using System.Text.Json.Nodes;
using Estafette.Core.Contacts.Import;
using Estafette.Core.Platform;

namespace Estafette.Tests.Contacts.Import;

public sealed class ImportContactsTests
{
    private const string Three = """
        [{"email":"ana@example.org","prenom":"Ana","ville":"Lyon","age":41},
         {"email":"Bob@Example.org","nom":"Petit","tags":["a","b"]},
         "cleo@example.org"]
        """;

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Objects_and_bare_addresses_become_confirmed_contacts_of_the_list(DatabaseKind kind)
    {
        await using var fixture = await ImportFixture.StartAsync(kind);

        var progress = await fixture.ImportAsync("three.json", Three);

        progress.Status.ShouldBe(ImportStatus.Finished);
        progress.Counts.ShouldBe(new ImportCounts(3, 3, 0, 0, 0, 0, 0, 0));
        var ana = await fixture.ContactAsync("ana@example.org");
        ana.FirstName.ShouldBe("Ana");
        JsonNode.DeepEquals(JsonNode.Parse(ana.Attributes!), JsonNode.Parse("""{"ville":"Lyon","age":41}""")).ShouldBeTrue();
        (await fixture.ContactAsync("bob@example.org")).Email.ShouldBe("Bob@example.org");
        (await fixture.Application.CountAsync($"subscriptions WHERE status = 1 AND import_id = {progress.Id}")).ShouldBe(3);
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Second_import_of_same_file_adds_nobody(DatabaseKind kind)
    {
        await using var fixture = await ImportFixture.StartAsync(kind);
        await fixture.ImportAsync("three.json", Three);

        var second = await fixture.ImportAsync("three.json", Three);

        second.Counts.ShouldBe(new ImportCounts(3, 0, 3, 0, 0, 0, 0, 0));
        (await fixture.Application.CountAsync("contacts")).ShouldBe(3);
        (await fixture.Application.CountAsync("subscriptions")).ShouldBe(3);
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Csv_with_semicolons_in_windows_1252_is_understood(DatabaseKind kind)
    {
        await using var fixture = await ImportFixture.StartAsync(kind);
        var bytes = Encoding.Latin1.GetBytes(
            "Prénom;Nom;Adresse e-mail;Ville\r\nZoé;Lefèvre;zoe@example.org;\"Orléans; \"\"centre\"\"\nLoiret\"\r\n"
        );
        var path = fixture.Write("clients.csv", "");
        await File.WriteAllBytesAsync(path, bytes);

        var progress = await fixture.ImportAsync(fixture.Request(path));

        progress.Counts.ShouldBe(new ImportCounts(1, 1, 0, 0, 0, 0, 0, 0));
        var zoe = await fixture.ContactAsync("zoe@example.org");
        (zoe.FirstName, zoe.LastName).ShouldBe(("Zoé", "Lefèvre"));
        JsonNode.Parse(zoe.Attributes!)!["Ville"]!.GetValue<string>().ShouldBe("Orléans; \"centre\"\nLoiret");
    }
}
