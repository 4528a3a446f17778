using System.CommandLine;
using Estafette.Core.Accounts;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Cli;

/// <summary><c>estafette customer</c>: the accounts that own data, and their domains.</summary>
internal static class CustomerCommand
{
    private sealed record Row(
        long Id,
        string Name,
        string Language,
        string TimeZone,
        string Country,
        IReadOnlyList<string> Domains,
        bool Suspended
    );

    private sealed record Added(long Id, string Name);

    private sealed record Domain(long CustomerId, string Name, AddDomainResult Result);

    public static Command Create(CommandTree tree) =>
        new("customer", "Accounts that own contacts and campaigns")
        {
            CreateAdd(tree),
            CreateList(tree),
            CreateDomain(tree),
            CustomerControl.CreateSuspend(tree),
            CustomerControl.CreateResume(tree),
            CustomerControl.CreateLimit(tree),
            CustomerControl.CreateRights(tree),
        };

    private static Command CreateAdd(CommandTree tree)
    {
        var name = new Argument<string>("NAME");
        var language = new Option<string>("--language") { Description = "fr or en", DefaultValueFactory = _ => "fr" };
        language.AcceptOnlyFromAmong("fr", "en");
        var zone = new Option<string>("--time-zone") { Description = "IANA name", DefaultValueFactory = _ => "Europe/Paris" };
        var country = new Option<string>("--country")
        {
            Description = "Country of phone numbers without prefix, ISO 3166",
            DefaultValueFactory = _ => "FR",
        };
        var command = new Command("add", "Add a customer") { name, language, zone, country };
        tree.WithExamples(command, "estafette customer add 'Maison Alba' --language fr --time-zone Europe/Paris");
        return tree.Run(
            command,
            async (session, result, ct) =>
            {
                var request = new NewCustomer
                {
                    Name = result.GetRequiredValue(name),
                    Language = result.GetRequiredValue(language),
                    TimeZone = result.GetRequiredValue(zone),
                    DefaultCountry = result.GetRequiredValue(country).ToUpperInvariant(),
                };
                var id = await AddAsync(session, request, ct);
                session.Console.Done(new Added(id, request.Name), $"Customer {id} {request.Name} was added.");
                return ExitCode.Done;
            },
            creates: true
        );
    }

    private static async Task<long> AddAsync(CommandSession session, NewCustomer request, CancellationToken ct)
    {
        try
        {
            return (await CreateCustomer.RunAsync(request, session.Db, session.Clock, ct)).Value;
        }
        catch (ArgumentException wrong)
        {
            throw new CommandException($"The customer was not added: {wrong.Message}", ExitCode.Usage);
        }
    }

    private static Command CreateList(CommandTree tree) =>
        tree.Run(
            new Command("list", "List the customers"),
            async (session, _, ct) =>
            {
                var domains = await session.Db.Set<CustomerDomain>().AsNoTracking().OrderBy(d => d.Domain).ToListAsync(ct);
                var customers = await session.Db.Set<Customer>().AsNoTracking().OrderBy(c => c.Id).ToListAsync(ct);
                session.Console.List(
                    customers.ConvertAll(c => new Row(
                        c.Id.Value,
                        c.Name,
                        c.Language,
                        c.TimeZone,
                        c.DefaultCountry,
                        [.. domains.Where(d => d.CustomerId == c.Id).Select(d => d.Domain)],
                        c.Suspended
                    )),
                    new("id", c => c.Id, Right: true),
                    new("name", c => c.Name),
                    new("language", c => c.Language),
                    new("time zone", c => c.TimeZone),
                    new("domains", c => string.Join(", ", c.Domains)),
                    new("suspended", c => c.Suspended)
                );
                return ExitCode.Done;
            }
        );

    private static Command CreateDomain(CommandTree tree)
    {
        var domain = new Argument<string>("DOMAIN") { Description = "HTTP host name, such as news.example.org" };
        var add = new Command("add", "Give a customer an HTTP domain") { domain };
        tree.WithExamples(add, "estafette customer domain add news.example.org --customer 'Maison Alba'");
        tree.Run(
            add,
            async (session, result, ct) =>
            {
                var customer = await session.CustomerAsync(ct);
                var given = result.GetRequiredValue(domain);
                var outcome = await AddDomain.RunAsync(customer.Id, given, session.Db, ct);
                if (outcome == AddDomainResult.Invalid)
                    throw new CommandException($"'{given}' is no host name; give one such as news.example.org.", ExitCode.Usage);
                if (outcome == AddDomainResult.Taken)
                    throw new CommandException($"The domain '{given}' belongs to another customer.", ExitCode.Usage);
                session.Console.Done(new Domain(customer.Id.Value, given, outcome), $"The domain {given} belongs to {customer.Name}.");
                return ExitCode.Done;
            }
        );
        return new Command("domain", "HTTP domains of a customer") { add };
    }
}
