using System.CommandLine;
using Estafette.Core.Accounts;
using Estafette.Core.Contacts.Erased;
using Estafette.Core.Platform;
using Estafette.Core.Privacy;
using Estafette.Core.Suppression;

namespace Estafette.Cli;

/// <summary><c>estafette contacts erase</c>: a person is forgotten, whether a contact or an address that programs wrote to.</summary>
internal static class ContactsErase
{
    private sealed record Erased(string Address);

    public static Command Create(CommandTree tree)
    {
        var address = new Argument<string>("ADDRESS") { Description = "An e-mail address, or a telephone number in E.164" };
        var yes = new Option<bool>("--yes") { Description = "It cannot be taken back: without this nothing is done" };
        var command = new Command("erase", "Erase a person; the figures stay") { address, yes };
        tree.WithExamples(command, "estafette contacts erase ana@example.org --yes");
        return tree.Run(
            command,
            async (session, result, ct) =>
            {
                var given = result.GetRequiredValue(address);
                var channel = given.StartsWith('+') ? Channel.Sms : Channel.Email;
                if (SuppressAddress.KeyOf(channel, given, out var error) is not { } key)
                    throw new CommandException($"{given}: {error}");
                if (!result.GetValue(yes))
                    throw new CommandException($"{given} and everything known of this person will be erased. Repeat with --yes.");
                var customer = await session.CustomerAsync(ct);
                var done = await EraseAddress.RunAsync(
                    new Actor(customer.Id, CommandSession.UserName),
                    channel,
                    key,
                    session.Get<ErasedAddresses>(),
                    session.Db,
                    session.Clock,
                    ct
                );
                if (!done.Found)
                    throw new CommandException($"Nothing is known of {given}.");
                if (!done.IsDone)
                    throw CommandException.Faults("Nothing was erased", done.Errors);
                session.Console.Done(new Erased(given), $"{given} was erased.");
                return ExitCode.Done;
            }
        );
    }
}
