using System.Net;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Testing;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Accounts;

public sealed class UserTests
{
    private const string Password = "une phrase de test";

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Invited_person_chooses_a_password_and_the_link_works_once(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind);
        await using var at = new Scope(app);
        var invited = await Invitations.InviteAsync(
            at.Actor,
            new NewInvitation("ada@example.test", UserRole.Sender, "fr"),
            at.Db,
            app.Clock,
            default
        );
        (await app.CountAsync($"account_links WHERE token_hash = '{invited.Token}'")).ShouldBe(0);
        var (user, wrong) = await Invitations.AcceptAsync(invited.Token, "Ada", Password, at.Users, at.Db, app.Clock, default);
        wrong.ShouldBeEmpty();
        (user!.Role, user.CustomerId, user.Email).ShouldBe((UserRole.Sender, app.Customer, "ada@example.test"));
        (await Invitations.AcceptAsync(invited.Token, "Eve", Password, at.Users, at.Db, app.Clock, default)).Errors.ShouldBe(["Expired"]);
    }

    [Fact]
    public async Task Invitation_that_expired_was_renewed_or_revoked_does_not_work()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        await using var at = new Scope(app);
        var first = await Invitations.InviteAsync(
            at.Actor,
            new NewInvitation("ada@example.test", UserRole.Reader, "fr"),
            at.Db,
            app.Clock,
            default
        );
        var renewed = (await Invitations.RenewAsync(at.Actor, first.Link!.Id, at.Db, app.Clock, default))!.Value;
        (await Invitations.FindAsync(first.Token, at.Db, app.Clock, default)).ShouldBeNull();
        (await Invitations.FindAsync(renewed.Token, at.Db, app.Clock, default)).ShouldNotBeNull();
        app.Clock.Advance(Invitations.Lasts);
        (await Invitations.FindAsync(renewed.Token, at.Db, app.Clock, default)).ShouldBeNull();
        renewed = (await Invitations.RenewAsync(at.Actor, first.Link.Id, at.Db, app.Clock, default))!.Value;
        var stranger = new Actor(await app.AddCustomerAsync("Other"), "eve");
        (await Invitations.RevokeAsync(stranger, first.Link.Id, at.Db, app.Clock, default)).ShouldBeFalse();
        (await Invitations.RevokeAsync(at.Actor, first.Link.Id, at.Db, app.Clock, default)).ShouldBeTrue();
        (await Invitations.FindAsync(renewed.Token, at.Db, app.Clock, default)).ShouldBeNull();
    }

    [Fact]
    public async Task Limit_of_users_counts_invitations_and_not_those_shut_out()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        await using var at = new Scope(app);
        await OperateCustomers.LimitAsync(
            at.Actor,
            app.Customer,
            new(2, null, null, null, null),
            at.Db,
            app.Get<Signals>(),
            app.Clock,
            default
        );
        var ada = await at.AddAsync("ada@example.test", UserRole.Administrator);
        var bob = await at.AddAsync("bob@example.test", UserRole.Reader);
        (await InviteAsync("c@example.test")).ShouldBe("limit");
        await ManageUsers.DeactivateAsync(at.Actor, ada, bob, at.Parts, default);
        (await InviteAsync("c@example.test")).ShouldBeNull();
        (await ManageUsers.ReactivateAsync(at.Actor, bob, at.Parts, default)).ShouldBe(UserChange.Limit);

        async Task<string?> InviteAsync(string email) =>
            (await Invitations.InviteAsync(at.Actor, new NewInvitation(email, UserRole.Reader, "fr"), at.Db, app.Clock, default)).Fault;
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Last_administrator_stays(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind);
        await using var at = new Scope(app);
        var ada = await at.AddAsync("ada@example.test", UserRole.Administrator);
        var bob = await at.AddAsync("bob@example.test", UserRole.Administrator);
        (await ManageUsers.DeactivateAsync(at.Actor, bob, ada, at.Parts, default)).ShouldBe(UserChange.Done);
        (await ManageUsers.SetRoleAsync(at.Actor, ada, bob, UserRole.Reader, at.Parts, default)).ShouldBe(UserChange.LastAdministrator);
        (await ManageUsers.DeactivateAsync(at.Actor, ada, bob, at.Parts, default)).ShouldBe(UserChange.LastAdministrator);
        (await ManageUsers.RemoveAsync(at.Actor, ada, bob, at.Parts, default)).ShouldBe(UserChange.LastAdministrator);
        (await ManageUsers.RemoveAsync(at.Actor, bob, bob, at.Parts, default)).ShouldBe(UserChange.Yourself);
        (await ManageUsers.RemoveAsync(at.Actor, bob, ada, at.Parts, default)).ShouldBe(UserChange.Done);
        (await app.CountAsync("users")).ShouldBe(1);
    }

    [Fact]
    public async Task User_of_another_customer_is_not_found()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        await using var at = new Scope(app);
        var ada = await at.AddAsync("ada@example.test", UserRole.Reader);
        var stranger = new Actor(await app.AddCustomerAsync("Other"), "eve");
        (await ManageUsers.SetRoleAsync(stranger, 0, ada, UserRole.Administrator, at.Parts, default)).ShouldBe(UserChange.NotFound);
        (await ManageUsers.RemoveAsync(stranger, 0, ada, at.Parts, default)).ShouldBe(UserChange.NotFound);
        (await ManageUsers.ResetSecondFactorAsync(stranger, 0, ada, at.Parts, default)).ShouldBe(UserChange.NotFound);
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task New_password_by_mail_works_once_within_the_hour_and_ends_every_session(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind);
        await using var at = new Scope(app);
        var ada = await at.AddAsync("ada@example.test", UserRole.Reader);
        var user = await at.Db.Set<User>().SingleAsync(u => u.Id == ada);
        var key = await at.Sessions.StartAsync(user, SignInMethod.Password, new(null, null), at.Db, default);
        (await PasswordResets.RequestAsync("nobody@example.test", null, at.Users, at.Db, app.Clock, default)).ShouldBeNull();
        var earlier = (await PasswordResets.RequestAsync("ADA@example.test", null, at.Users, at.Db, app.Clock, default))!;
        var asked = (await PasswordResets.RequestAsync("ada@example.test", null, at.Users, at.Db, app.Clock, default))!;
        (await CompleteAsync(earlier.Token)).ShouldBe(["Expired"]);
        (await CompleteAsync(asked.Token, "short")).ShouldContain("PasswordTooShort");
        (await at.Sessions.FindAsync(key, null, default)).ShouldNotBeNull();
        (await CompleteAsync(asked.Token)).ShouldBeEmpty();
        (await at.Sessions.FindAsync(key, null, default)).ShouldBeNull();
        (await CompleteAsync(asked.Token)).ShouldBe(["Expired"]);
        var late = (await PasswordResets.RequestAsync("ada@example.test", null, at.Users, at.Db, app.Clock, default))!;
        app.Clock.Advance(PasswordResets.Lasts);
        (await CompleteAsync(late.Token)).ShouldBe(["Expired"]);

        Task<IReadOnlyList<string>> CompleteAsync(string token, string password = "une autre phrase") =>
            PasswordResets.CompleteAsync(token, password, null, at.Users, at.Sessions, at.Db, app.Clock, default);
    }

    [Fact]
    public async Task Confirmed_address_is_the_one_to_sign_in_with_and_a_taken_one_is_refused()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        await using var at = new Scope(app);
        var ada = await at.AddAsync("ada@example.test", UserRole.Reader);
        await at.AddAsync("bob@example.test", UserRole.Reader);
        var user = await at.Db.Set<User>().SingleAsync(u => u.Id == ada);
        (await ChangeAsync("bob@example.test")).ShouldBeNull();
        (await ChangeAsync("ada@new.example.test")).ShouldBe("ada@example.test");
        (await at.Users.FindByNameAsync("ada@new.example.test"))!.Id.ShouldBe(ada);

        async Task<string?> ChangeAsync(string email)
        {
            var asked = (await EmailChanges.RequestAsync(at.Actor, user, email, at.Db, app.Clock, default))!.Value;
            return await EmailChanges.ConfirmAsync(asked.Token, null, at.Users, at.Sessions, at.Db, app.Clock, default);
        }
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Code_and_recovery_code_are_accepted_once_even_when_two_requests_bring_them(DatabaseKind kind)
    {
        await using var app = await TestApplication.StartAsync(kind);
        await using var at = new Scope(app);
        var ada = await at.AddAsync("ada@example.test", UserRole.Reader);
        var user = await at.Db.Set<User>().SingleAsync(u => u.Id == ada);
        var secret = Totp.CreateSecret();
        var secrets = app.Get<Secrets>();
        (await SecondFactors.EnableAsync(at.Actor, user, secret, "000", at.Users, secrets, at.Db, app.Clock, default)).ShouldBeNull();
        var codes = await SecondFactors.EnableAsync(
            at.Actor,
            user,
            secret,
            Totp.CodeAt(secret, app.Now),
            at.Users,
            secrets,
            at.Db,
            app.Clock,
            default
        );
        codes!.Count.ShouldBe(SecondFactors.RecoveryCodes);
        (await CheckAsync(Totp.CodeAt(secret, app.Now))).ShouldBeNull();
        app.Clock.Advance(TimeSpan.FromMinutes(2));
        var together = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => CheckAsync(Totp.CodeAt(secret, app.Now))));
        together.Count(m => m == SignInMethod.Code).ShouldBe(1);
        app.Clock.Advance(TimeSpan.FromMinutes(11));
        together = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => CheckAsync(codes[0].ToUpperInvariant().Replace("-", " "))));
        together.Count(m => m == SignInMethod.RecoveryCode).ShouldBe(1);
        (await SecondFactors.CodesLeftAsync(ada, at.Db, default)).ShouldBe(SecondFactors.RecoveryCodes - 1);

        async Task<SignInMethod?> CheckAsync(string code)
        {
            await using var db = app.OpenDb();
            var fresh = await db.Set<User>().SingleAsync(u => u.Id == ada);
            return await SecondFactors.CheckAsync(fresh, code, app.Get<AttemptLimiter>(), secrets, db, app.Clock, default);
        }
    }

    [Fact]
    public async Task Session_ends_with_its_row_its_user_its_customer_and_its_time()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        await using var at = new Scope(app);
        await at.AddAsync("root@example.test", UserRole.Administrator);
        var ada = await at.AddAsync("ada@example.test", UserRole.Reader);
        var user = await at.Db.Set<User>().SingleAsync(u => u.Id == ada);
        var (one, two) = (await StartAsync(), await StartAsync());
        (await app.CountAsync($"user_sessions WHERE key_hash = '{one}'")).ShouldBe(0);
        var state = (await at.Sessions.FindAsync(one, "192.0.2.1", default))!;
        state.Role.ShouldBe(UserRole.Reader);
        await ManageUsers.SetRoleAsync(at.Actor, 0, ada, UserRole.Manager, at.Parts, default);
        (await at.Sessions.FindAsync(one, null, default))!.Role.ShouldBe(UserRole.Manager);
        await at.Sessions.EndAllAsync(ada, state.SessionId, at.Db, default);
        (await at.Sessions.FindAsync(one, null, default)).ShouldNotBeNull();
        (await at.Sessions.FindAsync(two, null, default)).ShouldBeNull();
        await ManageUsers.DeactivateAsync(at.Actor, 0, ada, at.Parts, default);
        (await at.Sessions.FindAsync(one, null, default)).ShouldBeNull();
        await ManageUsers.ReactivateAsync(at.Actor, ada, at.Parts, default);
        var three = await StartAsync();
        await OperateCustomers.SuspendAsync(
            new Actor(default, "ops"),
            app.Customer,
            "unpaid",
            at.Db,
            at.Sessions,
            app.Get<Signals>(),
            app.Clock,
            default
        );
        (await at.Sessions.FindAsync(three, null, default)).ShouldBeNull();
        await OperateCustomers.ResumeAsync(
            new Actor(default, "ops"),
            app.Customer,
            at.Db,
            at.Sessions,
            app.Get<Signals>(),
            app.Clock,
            default
        );
        var four = await StartAsync();
        (await at.Sessions.FindAsync(four, null, default)).ShouldNotBeNull();
        app.Clock.Advance(SessionKeeper.Idle + TimeSpan.FromMinutes(1));
        (await at.Sessions.FindAsync(four, null, default)).ShouldBeNull();

        Task<string> StartAsync() => at.Sessions.StartAsync(user, SignInMethod.Password, new("192.0.2.1", "Firefox"), at.Db, default);
    }

    [Fact]
    public async Task Operator_enters_another_customer_for_an_hour_and_the_customer_can_read_it()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        await using var at = new Scope(app);
        var ada = await at.AddAsync("ada@example.test", UserRole.Reader);
        var user = await at.Db.Set<User>().SingleAsync(u => u.Id == ada);
        var key = await at.Sessions.StartAsync(user, SignInMethod.Password, new(null, null), at.Db, default);
        var other = await app.AddCustomerAsync("Other");
        (await EnterAsync()).ShouldBeFalse();
        user.IsOperator = true;
        await at.Db.SaveChangesAsync();
        at.Sessions.Forget();
        (await EnterAsync()).ShouldBeTrue();
        var state = (await at.Sessions.FindAsync(key, null, default))!;
        (state.Customer, state.Home, state.Role, state.EnteredName).ShouldBe((other, app.Customer, UserRole.Administrator, "Other"));
        (
            await app.CountAsync($"audit_log WHERE customer_id = {other} AND action = 'customer.entered' AND detail = 'asked for help'")
        ).ShouldBe(1);
        app.Clock.Advance(OperateCustomers.EnterFor);
        (await at.Sessions.FindAsync(key, null, default))!.Customer.ShouldBe(app.Customer);

        async Task<bool> EnterAsync()
        {
            var now = (await at.Sessions.FindAsync(key, null, default))!;
            return await OperateCustomers.EnterAsync(at.Actor, now, other, "asked for help", at.Db, at.Sessions, app.Clock, default);
        }
    }

    [Fact]
    public async Task Unknown_names_are_locked_like_known_ones_and_one_address_is_slowed_down()
    {
        await using var app = await TestApplication.StartAsync(DatabaseKind.Sqlite);
        await using var at = new Scope(app);
        await at.AddAsync("ada@example.test", UserRole.Reader);
        var parts = new SignInParts(at.Users, app.Get<AttemptLimiter>(), app.Get<AccountErrands>(), at.Db);
        foreach (var name in new[] { "ada@example.test", "nobody@example.test" })
        {
            for (var i = 0; i < AttemptLimiter.PerName; i++)
                (await TryAsync(name)).ShouldBe(SignInOutcome.Refused);
            (await TryAsync(name)).ShouldBe(SignInOutcome.Locked);
        }
        for (var i = 2 * AttemptLimiter.PerName; i < AttemptLimiter.PerAddress; i++)
            (await TryAsync($"name{i}@example.test")).ShouldBe(SignInOutcome.Refused);
        (await TryAsync("fresh@example.test")).ShouldBe(SignInOutcome.TooMany);
        app.Clock.Advance(AttemptLimiter.Window);
        (await TryAsync("ada@example.test")).ShouldBe(SignInOutcome.Refused);

        async Task<SignInOutcome> TryAsync(string name) =>
            (await CheckSignIn.RunAsync(name, "wrong", IPAddress.Parse("2001:db8::1"), parts, default)).Outcome;
    }

    private sealed class Scope(TestApplication app) : IAsyncDisposable
    {
        private readonly AsyncServiceScope _scope = app.Services.CreateAsyncScope();

        public EstafetteDb Db => _scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        public UserManager<User> Users => _scope.ServiceProvider.GetRequiredService<UserManager<User>>();
        public SessionKeeper Sessions => app.Get<SessionKeeper>();
        public Actor Actor => new(app.Customer, "root");
        public ManageParts Parts => new(Db, Sessions, app.Clock);

        public async Task<long> AddAsync(string email, UserRole role)
        {
            (await AddUser.RunAsync(new NewUser(app.Customer, email, role), Users, app.Clock)).Errors.ShouldBeEmpty();
            return (await Users.FindByNameAsync(email))!.Id;
        }

        public ValueTask DisposeAsync() => _scope.DisposeAsync();
    }
}
