using System.CommandLine;
using Estafette.Core.Accounts;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Cli;

/// <summary><c>estafette user</c>: the persons who sign in.</summary>
internal static class UserCommand
{
    private sealed record Added(string Email, UserRole Role, long CustomerId, string Customer, string OneTimePassword);

    private sealed record Row(
        long Id,
        string Email,
        UserRole Role,
        bool IsOperator,
        bool LockedOut,
        DateTimeOffset CreatedAt,
        DateTimeOffset? LastSignInAt
    );

    private sealed record Operator(string Email, bool IsOperator);

    private sealed record Reset(string Email, string OneTimePassword);

    public static Command Create(CommandTree tree) =>
        new("user", "Persons who sign in") { CreateAdd(tree), CreateList(tree), CreateReset(tree), CreateOperator(tree) };

    private static Command CreateAdd(CommandTree tree)
    {
        var email = new Argument<string>("EMAIL") { Description = "Address to sign in with" };
        var role = new Option<UserRole>("--role")
        {
            Description = "administrator, manager, editor, sender or reader",
            HelpName = "ROLE",
            DefaultValueFactory = _ => UserRole.Administrator,
        };
        var language = new Option<string?>("--language") { Description = "Language of the pages, fr or en; default that of the browser" };
        language.AcceptOnlyFromAmong("fr", "en");
        var isOperator = new Option<bool>("--operator")
        {
            Description = "The person also runs the installation: creates, limits and helps customers",
        };
        var command = new Command("add", "Add a person; prints a password that works once") { email, role, language, isOperator };
        tree.WithExamples(
            command,
            "estafette user add anne@example.org",
            "estafette user add paul@example.org --role reader --language fr --customer 'Maison Alba'",
            "estafette user add ops@example.org --operator --customer 'Maison Alba'"
        );
        return tree.Run(
            command,
            (session, result, ct) =>
                AddAsync(
                    session,
                    new NewUser(default, result.GetRequiredValue(email), result.GetValue(role))
                    {
                        Language = result.GetValue(language),
                        IsOperator = result.GetValue(isOperator),
                    },
                    ct
                ),
            creates: true
        );
    }

    private static async Task<int> AddAsync(CommandSession session, NewUser given, CancellationToken ct)
    {
        var (email, role) = (given.Email, given.Role);
        var customer = await CustomerForAsync(session, email, ct);
        if (!await UserLimit.HasRoomAsync(customer.Id, session.Db, session.Clock.GetUtcNow(), ct))
            throw new CommandException($"Customer {customer.Name} has as many users as it may have.", ExitCode.Usage);
        var isFirst = !await session.Db.Set<User>().AnyAsync(ct);
        var request = given with { Customer = customer.Id, IsOperator = given.IsOperator || isFirst };
        var added = await AddUser.RunAsync(request, session.Get<UserManager<User>>(), session.Clock);
        if (added.OneTimePassword is not { } password)
            throw new CommandException($"The user was not added: {string.Join(' ', added.Errors.Select(Explain))}", ExitCode.Usage);
        await session.AuditAsync(customer.Id, "user.added", email, ct);
        session.Console.Done(
            new Added(email, role, customer.Id.Value, customer.Name, password),
            $"User {email} of customer {customer.Name} signs in with the password {password}, which works once."
        );
        return ExitCode.Done;
    }

    /// <summary>The first user of an empty installation brings its customer along.</summary>
    private static async Task<Customer> CustomerForAsync(CommandSession session, string email, CancellationToken ct)
    {
        if (await session.Db.Set<Customer>().AnyAsync(ct))
            return await session.CustomerAsync(ct);
        var name = session.GivenCustomer ?? email[(email.IndexOf('@', StringComparison.Ordinal) + 1)..];
        if (string.IsNullOrWhiteSpace(name))
            name = "Estafette";
        var id = await CreateCustomer.RunAsync(new NewCustomer { Name = name }, session.Db, session.Clock, ct);
        session.Console.Note($"Customer '{name}' was created; rename it on its page.");
        return await session.Db.Set<Customer>().SingleAsync(c => c.Id == id, ct);
    }

    private static string Explain(string code) =>
        code switch
        {
            "DuplicateUserName" or "DuplicateEmail" => "this address is taken.",
            "InvalidEmail" or "InvalidUserName" => "this is no email address.",
            _ => code + ".",
        };

    private static Command CreateList(CommandTree tree) =>
        tree.Run(
            new Command("list", "List the persons who sign in"),
            async (session, _, ct) =>
            {
                var customer = await session.CustomerAsync(ct);
                var now = session.Clock.GetUtcNow();
                var users = await session.Db.Of<User>(customer.Id).AsNoTracking().OrderBy(u => u.Email).ToListAsync(ct);
                session.Console.List(
                    users.ConvertAll(u => new Row(
                        u.Id,
                        u.Email ?? "",
                        u.Role,
                        u.IsOperator,
                        u.LockoutEnd > now,
                        u.CreatedAt,
                        u.LastSignInAt
                    )),
                    new("id", u => u.Id, Right: true),
                    new("email", u => u.Email),
                    new("role", u => u.Role),
                    new("operator", u => u.IsOperator),
                    new("locked", u => u.LockedOut),
                    new("last sign-in", u => u.LastSignInAt)
                );
                return ExitCode.Done;
            }
        );

    private static Command CreateReset(CommandTree tree)
    {
        var email = new Argument<string>("EMAIL") { Description = "Address the person signs in with" };
        var command = new Command("reset-password", "Give a person a new password that works once, and end its sessions") { email };
        return tree.Run(
            command,
            async (session, result, ct) =>
            {
                var given = result.GetRequiredValue(email);
                var users = session.Get<UserManager<User>>();
                var user = await users.FindByNameAsync(given);
                if (user is null)
                    throw new CommandException($"Nobody signs in as '{given}'. See 'estafette user list'.", ExitCode.Usage);
                var actor = new Actor(user.CustomerId, CommandSession.UserName);
                var password = (
                    await AddUser.ResetAsync(actor, user.Id, users, session.Get<SessionKeeper>(), session.Db, session.Clock, ct)
                )!;
                session.Console.Done(new Reset(given, password), $"User {given} signs in with the password {password}, which works once.");
                return ExitCode.Done;
            }
        );
    }

    private static Command CreateOperator(CommandTree tree)
    {
        var email = new Argument<string>("EMAIL") { Description = "Address the person signs in with" };
        var off = new Option<bool>("--off") { Description = "The person does not run the installation any more" };
        var command = new Command("operator", "Let a person run the installation: create, limit, suspend and help customers")
        {
            email,
            off,
        };
        return tree.Run(
            command,
            async (session, result, ct) =>
            {
                var (given, isOperator) = (result.GetRequiredValue(email), !result.GetValue(off));
                if (await session.Get<UserManager<User>>().FindByNameAsync(given) is not { } user)
                    throw new CommandException($"Nobody signs in as '{given}'. See 'estafette user list'.", ExitCode.Usage);
                user.IsOperator = isOperator;
                await session.AuditAsync(user.CustomerId, isOperator ? "user.operator-on" : "user.operator-off", given, ct);
                session.Get<SessionKeeper>().Forget();
                session.Console.Done(
                    new Operator(given, isOperator),
                    $"User {given} {(isOperator ? "runs" : "does not run")} this installation{(isOperator ? "" : " any more")}."
                );
                return ExitCode.Done;
            }
        );
    }
}
