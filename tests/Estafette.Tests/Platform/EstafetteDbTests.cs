using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Tests.Platform;

public abstract class EstafetteDbTests(DatabaseKind kind) : DatabaseTests(kind)
{
    [Fact]
    public async Task Typed_keys_work_in_queries()
    {
        var list = await App.AddListAsync("Clients", "a@x.test", "b@x.test");
        await using var db = App.OpenDb();
        var keys = await db.Of<Subscription>(App.Customer).Where(s => s.ListId == list).Select(s => s.ContactId).ToListAsync(Token);

        var addresses = await db.Of<Contact>(App.Customer).Where(c => keys.Contains(c.Id)).Select(c => c.Email).Order().ToListAsync(Token);

        addresses.ShouldBe(["a@x.test", "b@x.test"]);
        (await db.Of<Contact>(App.Customer).SingleAsync(c => c.Id == keys[0], Token)).Id.ShouldBe(keys[0]);
    }

    [Fact]
    public async Task Rows_of_another_customer_are_not_seen()
    {
        await App.AddListAsync("Clients", "a@x.test");
        var other = await App.AddCustomerAsync("Other");
        await using var db = App.OpenDb();

        (await db.Of<Contact>(other).CountAsync(Token)).ShouldBe(0);
        (await db.Of<Contact>(App.Customer).CountAsync(Token)).ShouldBe(1);
    }

    [Fact]
    public async Task Times_keep_milliseconds_and_come_back_in_utc()
    {
        var at = new DateTimeOffset(2026, 7, 1, 12, 30, 15, 123, TimeSpan.FromHours(2));
        var id = await App.AddContactAsync("a@x.test", c => c.UpdatedAt = at);
        await using var db = App.OpenDb();

        var stored = (await db.Of<Contact>(App.Customer).SingleAsync(c => c.Id == id && c.UpdatedAt <= at, Token)).UpdatedAt;

        stored.ShouldBe(at);
        stored.Offset.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public async Task Json_attributes_are_stored()
    {
        await App.AddContactAsync("a@x.test", c => c.Attributes = """{"ville": "Nîmes"}""");
        await App.RestartAsync();
        await using var db = App.OpenDb();

        (await db.Of<Contact>(App.Customer).SingleAsync(Token)).Attributes.ShouldBe("""{"ville": "Nîmes"}""");
    }
}

public sealed class EstafetteDbTestsOnSqlite() : EstafetteDbTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class EstafetteDbTestsOnPostgreSql() : EstafetteDbTests(DatabaseKind.PostgreSql);
