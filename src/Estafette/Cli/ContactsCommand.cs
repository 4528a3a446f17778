using System.CommandLine;
using Estafette.Core.Contacts;
using Estafette.Core.Platform;

namespace Estafette.Cli;

/// <summary><c>estafette contacts</c>: persons who can be reached.</summary>
internal static class ContactsCommand
{
    public static Command Create(CommandTree tree) =>
        new("contacts", "Persons who can be reached") { ContactsImport.Create(tree), CreateList(tree), ContactsErase.Create(tree) };

    private static Command CreateList(CommandTree tree)
    {
        var list = new Option<string?>("--list") { Description = "Only members of this list, by name or id", HelpName = "LIST" };
        var status = new Option<SubscriptionStatus?>("--status") { Description = "Only so: unconfirmed, confirmed or unsubscribed" };
        var search = new Option<string?>("--search")
        {
            Description = "Only addresses or names that begin with this text",
            HelpName = "TEXT",
        };
        var limit = new Option<int>("--limit") { Description = "At most so many", DefaultValueFactory = _ => 50 };
        var command = new Command("list", "List contacts") { list, status, search, limit };
        tree.WithExamples(command, "estafette contacts list --list Clients --limit 20", "estafette contacts list --search anne@ --json");
        return tree.Run(
            command,
            async (session, result, ct) =>
            {
                var customer = await session.CustomerAsync(ct);
                ListId? only = result.GetValue(list) is { } given ? await Lookup.ListAsync(session.Db, customer.Id, given, ct) : null;
                var request = new ListContactsRequest(only, result.GetValue(status), result.GetValue(search));
                var rows = await ReadAsync(session, customer.Id, request, result.GetValue(limit), ct);
                session.Console.List(
                    rows,
                    new("id", c => c.Id, Right: true),
                    new("email", c => c.Email),
                    new("phone", c => c.Phone),
                    new("first name", c => c.FirstName),
                    new("last name", c => c.LastName),
                    new("tracking", c => c.TrackingConsent),
                    new("status", c => c.Status)
                );
                return ExitCode.Done;
            }
        );
    }

    private static async Task<IReadOnlyList<ContactListRow>> ReadAsync(
        CommandSession session,
        CustomerId customer,
        ListContactsRequest request,
        int limit,
        CancellationToken ct
    )
    {
        var rows = new List<ContactListRow>();
        while (rows.Count < limit)
        {
            var page = await ListContacts.RunAsync(customer, request with { Take = limit - rows.Count }, session.Get<Store>(), ct);
            rows.AddRange(page.Rows);
            if (page.Next is null)
                break;
            request = request with { Cursor = page.Next };
        }
        return rows;
    }
}
