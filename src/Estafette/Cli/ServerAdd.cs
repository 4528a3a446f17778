using System.CommandLine;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Estafette.Core.Channels;
using Estafette.Core.Platform;

namespace Estafette.Cli;

/// <summary><c>estafette server add</c>.</summary>
internal sealed class ServerAdd
{
    private sealed record Added(long Id, string Name, ServerKind Kind);

    private readonly Argument<ServerKind> _kind = new("KIND")
    {
        Description = "smtp, json-post, sendgrid, mailgun, brevo, mailjet, postmark or capture",
        CustomParser = argument =>
        {
            if (
                Enum.TryParse<ServerKind>(argument.Tokens[0].Value.Replace("-", ""), ignoreCase: true, out var kind) && Enum.IsDefined(kind)
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
    private readonly ServerSecretInput _secret = new();
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
                    .. add._secret.Options,
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
            Secret = await _secret.ReadAsync(session.Console, settings, result, ct),
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
}
