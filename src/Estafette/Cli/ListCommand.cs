using System.CommandLine;
using Estafette.Core.Contacts;

namespace Estafette.Cli;

/// <summary><c>estafette list</c>: the lists of contacts.</summary>
internal static class ListCommand
{
    public const string Name = "list";

    private sealed record Created(long Id, string Name);

    public static Command Create(CommandTree tree)
    {
        var command = new Command(Name, "Lists of contacts; by itself, or as 'list list', it lists them") { CreateCreate(tree) };
        tree.WithExamples(command, "estafette list", "estafette list create Clients");
        return tree.Run(command, ListAsync);
    }

    private static Command CreateCreate(CommandTree tree)
    {
        var name = new Argument<string>("NAME");
        var description = new Option<string?>("--description") { HelpName = "TEXT" };
        var language = new Option<string?>("--language") { Description = "fr or en" };
        language.AcceptOnlyFromAmong("fr", "en");
        var command = new Command("create", "Create a list") { name, description, language };
        tree.WithExamples(command, "estafette list create Clients --description 'Customers of the shop'");
        return tree.Run(
            command,
            async (session, result, ct) =>
            {
                var customer = await session.CustomerAsync(ct);
                var request = new CreateListRequest(result.GetRequiredValue(name), result.GetValue(description), result.GetValue(language));
                var created = await CreateList.RunAsync(customer.Id, request, session.Db, session.Clock, ct);
                if (created.Id is not { } id)
                    throw CommandException.Faults("The list was not created", created.Errors);
                session.Console.Done(new Created(id.Value, request.Name.Trim()), $"List {id} {request.Name.Trim()} was created.");
                return ExitCode.Done;
            }
        );
    }

    private static async Task<int> ListAsync(CommandSession session, ParseResult result, CancellationToken ct)
    {
        var customer = await session.CustomerAsync(ct);
        session.Console.List(
            await ListLists.RunAsync(customer.Id, session.Db, ct),
            new("id", l => l.Id, Right: true),
            new("name", l => l.Name),
            new("confirmed", l => l.Confirmed, Right: true),
            new("unconfirmed", l => l.Unconfirmed, Right: true),
            new("unsubscribed", l => l.Unsubscribed, Right: true)
        );
        return ExitCode.Done;
    }
}
