using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Testing;

namespace Estafette.Tests.Accounts;

public sealed class ApiKeyTests
{
    private static readonly NewApiKey Shop = new("Shop", [ApiScopes.ContactsWrite, ApiScopes.MessagesSend]);

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Key_is_accepted_with_its_scopes_until_it_is_revoked_and_is_not_stored(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind);
        await using var db = app.OpenDb();
        var actor = new Actor(app.Customer, "ada");
        var key = (await ApiKeys.CreateAsync(actor, Shop, db, app.Clock, default)).Key!;
        (await app.CountAsync($"api_keys WHERE hash = '{key}' OR prefix = '{key}'")).ShouldBe(0);
        var caller = await AuthenticateAsync(app, key);
        caller!.Customer.ShouldBe(app.Customer);
        caller.May(ApiScopes.MessagesSend).ShouldBeTrue();
        caller.May(ApiScopes.CampaignsSend).ShouldBeFalse();
        (await AuthenticateAsync(app, key[..^1] + "_")).ShouldBeNull();
        (
            await ApiKeys.RevokeAsync(
                actor,
                long.Parse(caller.Application[4..], System.Globalization.CultureInfo.InvariantCulture),
                db,
                app.Clock,
                default
            )
        ).ShouldBeTrue();
        (await AuthenticateAsync(app, key)).ShouldBeNull();
    }

    [Fact]
    public async Task Key_of_another_customer_is_not_revoked()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        await using var db = app.OpenDb();
        var key = (await ApiKeys.CreateAsync(new Actor(app.Customer, "ada"), Shop, db, app.Clock, default)).Key!;
        var id = long.Parse((await AuthenticateAsync(app, key))!.Application[4..], System.Globalization.CultureInfo.InvariantCulture);
        var stranger = new Actor(await app.AddCustomerAsync("Other"), "eve");
        (await ApiKeys.RevokeAsync(stranger, id, db, app.Clock, default)).ShouldBeFalse();
        (await AuthenticateAsync(app, key)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Key_works_until_it_expires()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        await using var db = app.OpenDb();
        var request = Shop with { ExpiresAt = app.Now.AddDays(30) };
        var key = (await ApiKeys.CreateAsync(new Actor(app.Customer, "ada"), request, db, app.Clock, default)).Key!;
        (await AuthenticateAsync(app, key)).ShouldNotBeNull();
        app.Clock.Advance(TimeSpan.FromDays(30));
        (await AuthenticateAsync(app, key)).ShouldBeNull();
    }

    [Fact]
    public async Task Key_of_a_suspended_customer_is_refused()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        await using var db = app.OpenDb();
        var key = (await ApiKeys.CreateAsync(new Actor(app.Customer, "ada"), Shop, db, app.Clock, default)).Key!;
        await OperateCustomers.SuspendAsync(
            new Actor(default, "ops"),
            app.Customer,
            null,
            db,
            app.Get<SessionKeeper>(),
            app.Get<Signals>(),
            app.Clock,
            default
        );
        (await AuthenticateAsync(app, key)).ShouldBeNull();
    }

    [Fact]
    public async Task Wrong_requests_name_every_wrong_field()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        await using var db = app.OpenDb();
        var request = new NewApiKey(" ", ["everything:please"]) { ExpiresAt = app.Now };
        var created = await ApiKeys.CreateAsync(new Actor(app.Customer, "ada"), request, db, app.Clock, default);
        created.Key.ShouldBeNull();
        created.Wrong.ShouldBe(["name", "scopes", "expires"]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("esk_")]
    [InlineData("esk_aaaaaaaa")]
    [InlineData("sk_live_0123456789abcdef")]
    public async Task What_is_no_key_is_refused(string? presented)
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        (await AuthenticateAsync(app, presented)).ShouldBeNull();
    }

    private static async Task<ApiCaller?> AuthenticateAsync(TestApplication app, string? key)
    {
        await using var db = app.OpenDb();
        return await ApiKeys.AuthenticateAsync(key, db, app.Get<KeyUses>(), app.Clock, default);
    }
}
