using System.CommandLine;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Cli;

/// <summary>What a command on the data works with: services of its own scope, the caller's console, the chosen customer.</summary>
internal sealed class CommandSession(IServiceProvider services, CommandConsole console, ParseResult result, GlobalOptions globals)
{
    /// <summary>The command runs inside the server, whose background services do the work that it starts.</summary>
    public required bool InServer { get; init; }

    public CommandConsole Console { get; } = console;

    /// <summary>The services of the command's own scope.</summary>
    public IServiceProvider Services { get; } = services;

    public EstafetteDb Db => Get<EstafetteDb>();

    public TimeProvider Clock => Get<TimeProvider>();

    /// <summary>Name under which the command appears in the audit log.</summary>
    public static string UserName => $"cli:{Environment.UserName}";

    /// <summary>What the caller gave with --customer.</summary>
    public string? GivenCustomer => result.GetValue(globals.Customer);

    public T Get<T>()
        where T : notnull => Services.GetRequiredService<T>();

    /// <summary>The customer named by --customer, or the only one.</summary>
    /// <exception cref="CommandException">There is none, several, or not that one.</exception>
    public async Task<Customer> CustomerAsync(CancellationToken ct) =>
        GivenCustomer is { } given ? await FindCustomerAsync(given, ct) : await OnlyCustomerAsync(ct);

    /// <summary>A customer by id, domain or name.</summary>
    /// <exception cref="CommandException">There is no such customer.</exception>
    public async Task<Customer> FindCustomerAsync(string given, CancellationToken ct)
    {
        var customers = Db.Set<Customer>();
        if (CustomerId.TryParse(given, null, out var id) && await customers.SingleOrDefaultAsync(c => c.Id == id, ct) is { } byId)
            return byId;
        var domain = given.Trim().TrimEnd('.').ToLowerInvariant();
        if (await Db.Set<CustomerDomain>().SingleOrDefaultAsync(d => d.Domain == domain, ct) is { } owned)
            return await customers.SingleAsync(c => c.Id == owned.CustomerId, ct);
        var all = await customers.OrderBy(c => c.Id).ToListAsync(ct);
        return all.Where(c => string.Equals(c.Name, given, StringComparison.OrdinalIgnoreCase)).ToList() switch
        {
            [var one] => one,
            [] => throw CommandException.Unknown("customer", given, all.Select(NameOf), "Add one with 'estafette customer add NAME'."),
            var several => throw new CommandException(
                $"Several customers are called '{given}': {string.Join(", ", several.Select(NameOf))}. Give the id.",
                ExitCode.Usage
            ),
        };
    }

    /// <summary>Records a change in the customer's audit log.</summary>
    public Task AuditAsync(CustomerId customer, string action, string subject, CancellationToken ct) =>
        AuditLog.WriteAsync(new Actor(customer, UserName), action, subject, Db, Clock, ct);

    private async Task<Customer> OnlyCustomerAsync(CancellationToken ct) =>
        await Db.Set<Customer>().OrderBy(c => c.Id).Take(50).ToListAsync(ct) switch
        {
            [var one] => one,
            [] => throw new CommandException("There is no customer yet. Add one with 'estafette customer add NAME'.", ExitCode.Usage),
            var several => throw new CommandException(
                $"There are several customers: {string.Join(", ", several.Select(NameOf))}. Choose one with --customer.",
                ExitCode.Usage
            ),
        };

    private static string NameOf(Customer customer) => $"{customer.Id} {customer.Name}";
}
