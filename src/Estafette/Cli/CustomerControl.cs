using System.CommandLine;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;

namespace Estafette.Cli;

/// <summary><c>estafette customer suspend, resume, limit, rights</c>: what an operator does to a customer.</summary>
internal static class CustomerControl
{
    private sealed record Changed(long Id, string Name, bool Suspended);

    private sealed record Granted(long Id, string Name, CustomerRights Rights);

    private sealed record Limited(long Id, string Name, CustomerLimits Limits);

    public static Command CreateSuspend(CommandTree tree)
    {
        var name = new Argument<string>("CUSTOMER") { Description = "Id, domain or name" };
        var reason = new Option<string?>("--reason") { Description = "Why, for the log" };
        var command = new Command("suspend", "Shut the people of a customer out and stop what it sends") { name, reason };
        tree.WithExamples(command, "estafette customer suspend 'Maison Alba' --reason 'unpaid since March'");
        return tree.Run(
            command,
            async (session, result, ct) =>
            {
                var customer = await session.FindCustomerAsync(result.GetRequiredValue(name), ct);
                var why = result.GetValue(reason);
                await OperateCustomers.SuspendAsync(
                    By,
                    customer.Id,
                    why,
                    session.Db,
                    session.Get<SessionKeeper>(),
                    session.Get<Signals>(),
                    session.Clock,
                    ct
                );
                session.Console.Done(
                    new Changed(customer.Id.Value, customer.Name, true),
                    $"Customer {customer.Name} is suspended: nobody signs in, nothing is sent."
                );
                return ExitCode.Done;
            }
        );
    }

    public static Command CreateResume(CommandTree tree)
    {
        var name = new Argument<string>("CUSTOMER") { Description = "Id, domain or name" };
        var command = new Command("resume", "End the suspension of a customer") { name };
        return tree.Run(
            command,
            async (session, result, ct) =>
            {
                var customer = await session.FindCustomerAsync(result.GetRequiredValue(name), ct);
                await OperateCustomers.ResumeAsync(
                    By,
                    customer.Id,
                    session.Db,
                    session.Get<SessionKeeper>(),
                    session.Get<Signals>(),
                    session.Clock,
                    ct
                );
                session.Console.Done(new Changed(customer.Id.Value, customer.Name, false), $"Customer {customer.Name} works again.");
                return ExitCode.Done;
            }
        );
    }

    public static Command CreateLimit(CommandTree tree)
    {
        var name = new Argument<string>("CUSTOMER") { Description = "Id, domain or name" };
        var users = Most("--users", "Users, invited ones included");
        var contacts = Most("--contacts", "Contacts");
        var servers = Most("--servers", "Sending servers");
        var day = Most("--messages-per-day", "Messages per civil day of the customer");
        var month = Most("--messages-per-month", "Messages per civil month of the customer");
        var command = new Command("limit", "Say how much a customer may have; what is not given keeps its limit, -1 takes it away")
        {
            name,
            users,
            contacts,
            servers,
            day,
            month,
        };
        tree.WithExamples(command, "estafette customer limit 'Maison Alba' --contacts 50000 --messages-per-month 200000");
        return tree.Run(
            command,
            async (session, result, ct) =>
            {
                var customer = await session.FindCustomerAsync(result.GetRequiredValue(name), ct);
                var limits = new CustomerLimits(
                    New(result.GetValue(users), customer.MaxUsers),
                    result.GetValue(contacts) is { } most ? (most < 0 ? null : most) : customer.MaxContacts,
                    New(result.GetValue(servers), customer.MaxServers),
                    New(result.GetValue(day), customer.MaxMessagesPerDay),
                    New(result.GetValue(month), customer.MaxMessagesPerMonth)
                );
                await OperateCustomers.LimitAsync(By, customer.Id, limits, session.Db, session.Get<Signals>(), session.Clock, ct);
                session.Console.Done(new Limited(customer.Id.Value, customer.Name, limits), $"The limits of {customer.Name} are set.");
                return ExitCode.Done;
            }
        );
    }

    public static Command CreateRights(CommandTree tree)
    {
        var name = new Argument<string>("CUSTOMER") { Description = "Id, domain or name" };
        var attachments = Switch("--attachments", "Campaigns may carry attachments");
        var external = Switch("--external-opt-out", "Campaigns may leave opting out to the customer's own ways");
        var contact = new Option<string?>("--opt-out-contact") { Description = "Whom recipients of such campaigns ask", HelpName = "TEXT" };
        var command = new Command("rights", "Say what a customer is granted; what is not given stays as it is")
        {
            name,
            attachments,
            external,
            contact,
        };
        tree.WithExamples(
            command,
            "estafette customer rights 'Maison Alba' --attachments on",
            "estafette customer rights asso.example --external-opt-out on --opt-out-contact 'Secrétariat, 01 23 45 67 89'"
        );
        return tree.Run(
            command,
            async (session, result, ct) =>
            {
                var customer = await session.FindCustomerAsync(result.GetRequiredValue(name), ct);
                var rights = new CustomerRights(
                    IsOn(result.GetValue(attachments), customer.MayAttach),
                    IsOn(result.GetValue(external), customer.MayOptOutExternally),
                    result.GetValue(contact) ?? customer.OptOutContact
                );
                if (!await OperateCustomers.GrantAsync(By, customer.Id, rights, session.Db, session.Clock, ct))
                    throw new CommandException(
                        $"Name whom recipients ask with --opt-out-contact, in at most {OperateCustomers.MaxReason} characters.",
                        ExitCode.Usage
                    );
                session.Console.Done(new Granted(customer.Id.Value, customer.Name, rights), $"The rights of {customer.Name} are set.");
                return ExitCode.Done;
            }
        );
    }

    private static Option<string?> Switch(string name, string description)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = "on|off" };
        option.AcceptOnlyFromAmong("on", "off");
        return option;
    }

    private static bool IsOn(string? given, bool before) => given is null ? before : given == "on";

    // Of no customer: the log entry goes to the one that is changed.
    private static Actor By => new(default, CommandSession.UserName);

    private static Option<int?> Most(string name, string description) => new(name) { Description = description, HelpName = "NUMBER" };

    private static int? New(int? given, int? before) =>
        given is null ? before
        : given < 0 ? null
        : given;
}
