using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Testing;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Accounts;

public sealed class AccountsTests
{
    [Fact]
    public async Task Domain_belongs_to_one_customer_in_its_ascii_form()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        await using var db = app.OpenDb();
        (await AddDomain.RunAsync(app.Customer, "Été.Example.test.", db, default)).ShouldBe(AddDomainResult.Added);
        (await AddDomain.RunAsync(app.Customer, "XN--T-9FAB.example.test", db, default)).ShouldBe(AddDomainResult.AlreadyThere);
        (await AddDomain.RunAsync(await app.AddCustomerAsync("Other"), "été.example.test", db, default)).ShouldBe(AddDomainResult.Taken);
        foreach (var wrong in new[] { "", "a b", "http://x.test", "x.test/path", "10.0.0.1", "a..b" })
            (await AddDomain.RunAsync(app.Customer, wrong, db, default)).ShouldBe(AddDomainResult.Invalid, wrong);
    }

    [Fact]
    public async Task New_user_gets_a_password_that_must_be_changed_and_an_address_once()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        await using var scope = app.Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<User>>();
        var request = new NewUser(app.Customer, "Ada@example.test", UserRole.Editor);
        var added = await AddUser.RunAsync(request, users, app.Clock);
        var user = await users.FindByNameAsync("ada@EXAMPLE.test");
        user!.MustChangePassword.ShouldBeTrue();
        user.CustomerId.ShouldBe(app.Customer);
        (await users.CheckPasswordAsync(user, added.OneTimePassword!)).ShouldBeTrue();
        (await AddUser.RunAsync(request, users, app.Clock)).Errors.ShouldContain("DuplicateUserName");
    }

    [Fact]
    public async Task Password_of_another_customers_user_is_not_reset()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        await using var scope = app.Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<User>>();
        var (db, sessions) = (
            scope.ServiceProvider.GetRequiredService<EstafetteDb>(),
            scope.ServiceProvider.GetRequiredService<SessionKeeper>()
        );
        await AddUser.RunAsync(new NewUser(app.Customer, "ada@example.test", UserRole.Editor), users, app.Clock);
        var user = await users.FindByNameAsync("ada@example.test");
        var stranger = new Actor(await app.AddCustomerAsync("Other"), "eve");
        (await AddUser.ResetAsync(stranger, user!.Id, users, sessions, db, app.Clock, default)).ShouldBeNull();
        (await AddUser.ResetAsync(new Actor(app.Customer, "bob"), user.Id, users, sessions, db, app.Clock, default)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Wrong_settings_of_a_customer_are_named_and_nothing_is_stored()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        await using var db = app.OpenDb();
        var edit = new CustomerEdit(" ", "de", "Mars/Olympus", "fra", PrivacyProfile.Basic, "ftp://x.test");
        var wrong = await EditCustomer.RunAsync(new Actor(app.Customer, "ada"), edit, db, app.Clock, default);
        wrong.ShouldBe(["name", "language", "zone", "country", "tracking"]);
        (await app.CountAsync("customers WHERE privacy_profile = 1")).ShouldBe(0);
    }
}
