using Estafette.Core.Accounts;
using Estafette.Core.Campaigns.Testing;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Tests.Campaigns.Testing;

public abstract class TestAddressesTests(DatabaseKind kind) : DatabaseTests(kind)
{
    private Actor Me => new(App.Customer, "anne");

    private async Task<string?> KeepAsync(string name, params string[] addresses)
    {
        await using var db = App.OpenDb();
        return await KeepTestAddresses.RunAsync(Me, name, addresses, db, App.Clock, Token);
    }

    [Fact]
    public async Task Name_keeps_the_addresses_given_last()
    {
        (await KeepAsync("Comité", "a@x.test")).ShouldBeNull();
        (await KeepAsync("Comité", "b@x.test", "c@x.test")).ShouldBeNull();
        await using var db = App.OpenDb();
        var kept = await db.Of<TestAddresses>(App.Customer).SingleAsync(Token);
        TestAddresses.Split(kept.Addresses).ShouldBe(["b@x.test", "c@x.test"]);
    }

    [Theory]
    [InlineData("", "a@x.test", "name")]
    [InlineData("Comité", "nobody", "addresses")]
    public async Task Wrong_name_or_address_is_refused(string name, string address, string fault)
    {
        (await KeepAsync(name, address)).ShouldBe(fault);
        (await App.CountAsync("test_addresses")).ShouldBe(0);
    }

    [Fact]
    public async Task More_than_twenty_addresses_or_none_are_refused()
    {
        (await KeepAsync("Comité")).ShouldBe("addresses");
        (await KeepAsync("Comité", [.. Enumerable.Range(0, 21).Select(i => $"a{i}@x.test")])).ShouldBe("addresses");
    }

    [Fact]
    public async Task List_of_another_customer_is_neither_seen_nor_forgotten()
    {
        await KeepAsync("Comité", "a@x.test");
        var other = new Actor(await App.AddCustomerAsync("Other"), "eve");
        await using var db = App.OpenDb();
        var id = (await db.Of<TestAddresses>(App.Customer).SingleAsync(Token)).Id;
        (await db.Of<TestAddresses>(other.Customer).CountAsync(Token)).ShouldBe(0);
        await KeepTestAddresses.ForgetAsync(other, [id], db, App.Clock, Token);
        (await App.CountAsync("test_addresses")).ShouldBe(1);
        await KeepTestAddresses.ForgetAsync(Me, [id], db, App.Clock, Token);
        (await App.CountAsync("test_addresses")).ShouldBe(0);
        (await App.CountAsync("audit_log WHERE action = 'test_addresses.forgotten'")).ShouldBe(1);
    }
}

public sealed class TestAddressesTestsOnSqlite() : TestAddressesTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class TestAddressesTestsOnPostgreSql() : TestAddressesTests(DatabaseKind.PostgreSql);
