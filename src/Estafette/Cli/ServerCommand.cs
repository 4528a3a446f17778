using System.CommandLine;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Estafette.Core.Channels;
using Estafette.Core.Platform;

namespace Estafette.Cli;

/// <summary><c>estafette server</c>: the ways out.</summary>
internal static class ServerCommand
{
    private sealed record Added(long Id, string Name, ServerKind Kind);

    private sealed record Switched(long Id, bool Active);

    public static Command Create(CommandTree tree) =>
        new("server", "Sending servers")
        {
            ServerAdd.Create(tree),
            CreateList(tree),
            CreateTest(tree),
            CreateSwitch(tree, "on", "Use a sending server again", active: true),
            CreateSwitch(tree, "off", "Stop using a sending server", active: false),
        };

    private static Argument<string> Which() => new("SERVER") { Description = "Sending server by id or name" };

    private static Command CreateList(CommandTree tree) =>
        tree.Run(
            new Command("list", "List the sending servers with their health"),
            async (session, _, ct) =>
            {
                var customer = await session.CustomerAsync(ct);
                session.Console.List(
                    await ListServers.RunAsync(customer.Id, session.Db, session.Clock, ct),
                    new("id", s => s.Id, Right: true),
                    new("name", s => s.Name),
                    new("kind", s => s.Kind),
                    new("target", s => s.Target),
                    new("health", s => s.Health),
                    new("priority", s => s.Priority, Right: true),
                    new("weight", s => s.Weight, Right: true),
                    new("rate", s => s.RateCount is { } rate ? $"{rate}/{Printing.Text(s.RateUnit)}" : ""),
                    new("today", s => s.DailyMaximum is { } most ? $"{s.UsedToday}/{most}" : $"{s.UsedToday}", Right: true),
                    new("last error", s => s.LastError)
                );
                return ExitCode.Done;
            }
        );

    private static Command CreateTest(CommandTree tree)
    {
        var which = Which();
        var to = new Option<string>("--to") { Description = "Where the message goes", Required = true };
        var from = new Option<string>("--from") { Description = "Sender address, which the server must accept", Required = true };
        var command = new Command("test", "Send a real message through a server and show the dialogue") { which, to, from };
        tree.WithExamples(command, "estafette server test relay --from news@example.org --to me@example.org");
        return tree.Run(
            command,
            async (session, result, ct) =>
            {
                var customer = await session.CustomerAsync(ct);
                var id = await Lookup.ServerAsync(session.Db, customer.Id, result.GetRequiredValue(which), ct);
                var request = new TestServer.Request(customer.Id, id, result.GetRequiredValue(to), result.GetRequiredValue(from));
                var outcome = await TestServer.RunAsync(
                    request,
                    session.Db,
                    session.Get<SenderFactory>(),
                    session.Get<Signals>(),
                    session.Clock,
                    ct
                );
                if (outcome.Value is not { } test)
                    throw new CommandException($"The test was not sent: {outcome.Faults}", ExitCode.Usage);
                return Print(session.Console, test);
            }
        );
    }

    private static int Print(CommandConsole console, ServerTest test)
    {
        if (!console.Json)
            foreach (var line in test.Dialogue)
                console.Out.WriteLine(CommandConsole.Plain(line.ToString()));
        var result = test.Result;
        console.Object(
            new
            {
                test.Succeeded,
                result.Outcome,
                result.Phase,
                result.Code,
                result.Enhanced,
                result.Text,
                result.ProviderId,
                Milliseconds = (long)test.Duration.TotalMilliseconds,
                Dialogue = test.Dialogue.Select(l => l.ToString()),
            },
            ("Result", result.Outcome),
            ("Answer", $"{result.Code} {result.Enhanced} {result.Text}".Trim()),
            ("Message id", result.ProviderId),
            ("Time", test.Duration)
        );
        return test.Succeeded ? ExitCode.Done : ExitCode.Failed;
    }

    private static Command CreateSwitch(CommandTree tree, string name, string description, bool active)
    {
        var which = Which();
        return tree.Run(
            new Command(name, description) { which },
            async (session, result, ct) =>
            {
                var customer = await session.CustomerAsync(ct);
                var given = result.GetRequiredValue(which);
                var id = await Lookup.ServerAsync(session.Db, customer.Id, given, ct);
                await SwitchServer.RunAsync(new(customer.Id, id, active), session.Db, session.Get<Signals>(), session.Clock, ct);
                await session.AuditAsync(customer.Id, active ? "server.on" : "server.off", $"server {id}", ct);
                session.Console.Done(new Switched(id.Value, active), $"Sending server {given} is {(active ? "on" : "off")}.");
                return ExitCode.Done;
            }
        );
    }

    /// <summary><c>estafette server add</c>.</summary>
    private sealed class ServerAdd
    {
        private const string SecretVariable = "ESTAFETTE_SECRET";
        private const string SecondVariable = "ESTAFETTE_SECOND_SECRET";

        private readonly Argument<ServerKind> _kind = new("KIND")
        {
            Description = "smtp, json-post, sendgrid, mailgun, brevo, mailjet, postmark or capture",
            CustomParser = argument =>
            {
                if (
                    Enum.TryParse<ServerKind>(argument.Tokens[0].Value.Replace("-", ""), ignoreCase: true, out var kind)
                    && Enum.IsDefined(kind)
                )
                    return kind;
                argument.AddError(
                    $"'{argument.Tokens[0].Value}' is no kind of server: smtp, json-post, sendgrid, mailgun, brevo, mailjet, postmark or capture."
                );
                return default;
            },
        };
        private readonly Argument<string?> _name = new("NAME")
        {
            Description = "Name; default that of the kind",
            Arity = ArgumentArity.ZeroOrOne,
        };
        private readonly Option<string[]> _set = new("--set")
        {
            Description = "A setting of the kind, such as messageStream=outbound; may be repeated",
            HelpName = "NAME=VALUE",
            AllowMultipleArgumentsPerToken = true,
        };
        private readonly List<(Option<string?> Option, string Setting)> _short =
        [
            (new("--host") { Description = "smtp: host name or address" }, "host"),
            (new("--port") { Description = "smtp: port, default 587" }, "port"),
            (new("--tls") { Description = "smtp: none, startTlsOptional, startTlsRequired (default) or implicitTls" }, "tls"),
            (new("--user") { Description = "smtp: name to sign in with" }, "userName"),
            (new("--url") { Description = "json-post: where messages are posted" }, "url"),
            (new("--key-header") { Description = "json-post: header of the key, default Authorization" }, "keyHeader"),
            (new("--message-id-path") { Description = "json-post: JSON Pointer to the id in the answer" }, "messageIdPath"),
            (new("--domain") { Description = "mailgun: sending domain" }, "domain"),
            (new("--base-url") { Description = "providers: another scheme and host" }, "baseUrl"),
        ];
        private readonly Option<string?> _body = new("--body-file")
        {
            Description = "json-post: file with the body template",
            HelpName = "FILE",
        };
        private readonly Option<bool> _private = new("--allow-private-address")
        {
            Description = "The server may lie on this machine or in a private network (needs Network:AllowPrivateAddresses)",
        };
        private readonly Option<string?> _secretFile = new("--secret-file")
        {
            Description = $"File with the password or key; else the environment variable {SecretVariable}, else you are asked",
            HelpName = "FILE",
        };
        private readonly Option<string?> _secondFile = new("--second-secret-file")
        {
            Description = $"mailjet: file with the secret key; else {SecondVariable}, else you are asked",
            HelpName = "FILE",
        };
        private readonly Option<string?> _password = new("--password")
        {
            Description = "The password or key itself; others on this machine can see it, prefer --secret-file",
        };
        private readonly Option<int> _priority = new("--priority") { Description = "Lower goes first", DefaultValueFactory = _ => 10 };
        private readonly Option<int> _weight = new("--weight") { Description = "Share inside a priority", DefaultValueFactory = _ => 1 };
        private readonly Option<int> _connections = new("--connections") { Description = "At the same time", DefaultValueFactory = _ => 4 };
        private readonly Option<string?> _rate = new("--rate") { Description = "Limit such as 20/second, 600/minute or 5000/hour" };
        private readonly Option<int?> _daily = new("--daily-maximum") { Description = "Messages a day" };

        public static Command Create(CommandTree tree)
        {
            var add = new ServerAdd();
            var command = new Command("add", "Add a sending server") { add._kind, add._name };
            foreach (var (option, _) in add._short)
                command.Options.Add(option);
            foreach (
                var option in (Option[])
                    [
                        add._body,
                        add._set,
                        add._private,
                        add._secretFile,
                        add._secondFile,
                        add._password,
                        add._priority,
                        add._weight,
                        add._connections,
                        add._rate,
                        add._daily,
                    ]
            )
                command.Options.Add(option);
            tree.WithExamples(
                command,
                "estafette server add capture",
                "estafette server add smtp relay --host smtp.example.org --user news --secret-file /run/secrets/smtp --rate 20/second",
                "ESTAFETTE_SECRET=SG.… estafette server add sendgrid main --daily-maximum 50000",
                "estafette server add json-post own --url https://api.example.org/send --body-file body.json --set successStatus=202"
            );
            return tree.Run(command, add.RunAsync);
        }

        private async Task<int> RunAsync(CommandSession session, ParseResult result, CancellationToken ct)
        {
            var customer = await session.CustomerAsync(ct);
            var kind = result.GetValue(_kind);
            var name = result.GetValue(_name) ?? kind.ToString();
            var (count, unit) = Rate(result.GetValue(_rate));
            var settings = await SettingsAsync(session.Console, kind, result, ct);
            var input = new ServerInput
            {
                Name = name,
                Priority = result.GetValue(_priority),
                Weight = result.GetValue(_weight),
                Connections = result.GetValue(_connections),
                RateCount = count,
                RateUnit = unit,
                DailyMaximum = result.GetValue(_daily),
                Settings = settings,
                Secret = await SecretAsync(session.Console, settings, result, ct),
            };
            var keeper = session.Get<ServerKeeper>();
            var added = await AddServer.RunAsync(new(customer.Id, input), session.Db, keeper, session.Clock, ct);
            if (!added.Ok)
                throw new CommandException($"The sending server was not added: {added.Faults}", ExitCode.Usage);
            await session.AuditAsync(customer.Id, "server.added", $"server {added.Value} {name}", ct);
            session.Console.Done(new Added(added.Value.Value, name, kind), $"Sending server {added.Value} {name} was added.");
            return ExitCode.Done;
        }

        private async Task<ServerSettings> SettingsAsync(CommandConsole console, ServerKind kind, ParseResult result, CancellationToken ct)
        {
            var values = new JsonObject();
            foreach (var (option, setting) in _short)
                if (result.GetValue(option) is { } value)
                    values[setting] = value;
            if (result.GetValue(_private))
                values["allowPrivateAddress"] = true;
            if (result.GetValue(_body) is { } body)
                values["body"] = await File.ReadAllTextAsync(console.PathOf(body), ct);
            foreach (var text in result.GetValue(_set) ?? [])
            {
                var at = text.IndexOf('=', StringComparison.Ordinal);
                if (at <= 0)
                    throw new CommandException($"--set '{text}': write NAME=VALUE.", ExitCode.Usage);
                var value = text[(at + 1)..];
                values[text[..at]] = bool.TryParse(value, out var yes) ? yes : value;
            }
            return Parse(kind, values);
        }

        private static ServerSettings Parse(ServerKind kind, JsonObject values)
        {
            var empty = ServerSettings.Parse(kind, "{}");
            var known = empty
                .GetType()
                .GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(p => p.CanWrite)
                .Select(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name))
                .ToList();
            if (values.Select(v => v.Key).FirstOrDefault(k => !known.Contains(k, StringComparer.OrdinalIgnoreCase)) is { } unknown)
                throw new CommandException(
                    $"A server of kind {Printing.Text(kind)} has no setting '{unknown}'. Settings: {string.Join(", ", known)}.",
                    ExitCode.Usage
                );
            try
            {
                return ServerSettings.Parse(kind, values.ToJsonString());
            }
            catch (JsonException wrong)
            {
                throw new CommandException($"The setting {wrong.Path?.TrimStart('$', '.')} has a wrong value.", ExitCode.Usage);
            }
        }

        private static (int? Count, RateUnit Unit) Rate(string? given)
        {
            if (given is null)
                return (null, RateUnit.Second);
            var parts = given.Split('/', 2);
            if (
                int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
                && Enum.TryParse<RateUnit>(parts.Length > 1 ? parts[1] : "second", ignoreCase: true, out var unit)
                && Enum.IsDefined(unit)
            )
                return (count, unit);
            throw new CommandException($"--rate '{given}': write 20/second, 600/minute or 5000/hour.", ExitCode.Usage);
        }

        private async Task<ServerSecret?> SecretAsync(
            CommandConsole console,
            ServerSettings settings,
            ParseResult result,
            CancellationToken ct
        )
        {
            if (settings is CaptureSettings || (settings is SmtpSettings { UserName: null or "" } && result.GetValue(_secretFile) is null))
                return null;
            if (result.GetValue(_password) is { } shown)
                console.Note("Note: a password on the command line can be seen by others on this machine; prefer --secret-file.");
            else
                shown = await ReadAsync(console, result.GetValue(_secretFile), Question(settings), ct);
            if (shown is null)
                return settings is JsonPostSettings
                    ? null
                    : throw new CommandException(
                        $"A password or key is needed: --secret-file FILE, or the environment variable {SecretVariable}.",
                        ExitCode.Usage
                    );
            var second =
                settings is MailjetSettings || result.GetValue(_secondFile) is not null
                    ? await ReadAsync(console, result.GetValue(_secondFile), new("Secret key", SecondVariable), ct)
                    : null;
            return new ServerSecret(shown, second);
        }

        // A generic server may do without a key: nobody is asked.
        private static SecretQuestion Question(ServerSettings settings) =>
            new(
                settings switch
                {
                    JsonPostSettings => "",
                    SmtpSettings => "Password",
                    _ => "API key",
                },
                SecretVariable
            );

        private static async Task<string?> ReadAsync(CommandConsole console, string? file, SecretQuestion question, CancellationToken ct)
        {
            if (file is null)
                return await console.AskSecretAsync(question, ct);
            if (!File.Exists(console.PathOf(file)))
                throw new CommandException($"There is no file '{console.PathOf(file)}', or it may not be read.", ExitCode.Usage);
            return (await File.ReadAllTextAsync(console.PathOf(file), ct)).TrimEnd('\r', '\n');
        }
    }
}
