using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Estafette.Core.Deliverability;
using Estafette.Core.Platform;
using Estafette.Inspection;

namespace Estafette.Cli;

/// <summary><c>estafette inspect</c>: explains one document, or one JSON object a line; needs no data directory and no settings.</summary>
internal sealed class InspectCommand
{
    private const int MaxDocumentBytes = 20 * 1024 * 1024;

    private readonly GlobalOptions _globals;
    private readonly Argument<string> _what = new("WHAT") { Description = string.Join(", ", Inspections.Names) };
    private readonly Option<bool> _lines = new("--ndjson")
    {
        Description = "Read one JSON object a line, answer one a line: {\"id\":…,\"input\":\"…\"}",
    };
    private readonly Option<string?> _encoding = new("--encoding")
    {
        Description = "utf-8 (default), or base64: the document is decoded first",
    };
    private readonly Option<string?> _language = new("--language") { Description = "fr or en; default that of the environment" };
    private readonly Option<string?> _region = new("--region") { Description = "phone: country of national numbers, default FR" };
    private readonly Option<string?> _ip = new("--ip") { Description = "spf: address that sends" };
    private readonly Option<string?> _helo = new("--helo") { Description = "spf: name it gives" };
    private readonly Option<string?> _from = new("--from") { Description = "spf: sender; default the document" };
    private readonly Option<string?> _dns = new("--dns")
    {
        Description = "spf, dkim: resolver; default that of the settings or of the system",
        HelpName = "HOST:PORT",
    };
    private readonly Option<string?> _data = new("--data") { Description = "template: a JSON object, or @FILE", HelpName = "JSON" };
    private readonly Option<string?> _provider = new("--provider")
    {
        Description = "webhook: sendgrid, mailgun, postmark, brevo, mailjet, ses, sparkpost, scaleway or twilio",
    };
    private readonly Option<string?> _url = new("--url") { Description = "webhook: address as the provider called it" };
    private readonly Option<string[]> _header = new("--header")
    {
        Description = "webhook: header field of the call; may be repeated",
        HelpName = "\"NAME: VALUE\"",
    };
    private readonly Option<string[]> _query = new("--query")
    {
        Description = "webhook: parameter of the address, when it is not in --url; may be repeated",
        HelpName = "NAME=VALUE",
    };
    private readonly Option<string?> _secret = new("--secret")
    {
        Description = "webhook: public key (SendGrid), signing key (Mailgun), auth token (Twilio), else user:password",
    };

    private InspectCommand(GlobalOptions globals)
    {
        _globals = globals;
        _what.AcceptOnlyFromAmong([.. Inspections.Names]);
        _language.AcceptOnlyFromAmong("fr", "en");
    }

    public static Command Create(CommandTree tree)
    {
        var inspect = new InspectCommand(tree.Globals);
        var command = new Command("inspect", "Explain a document on standard input: a bounce, an address, a message, a provider's call")
        {
            inspect._what,
            inspect._lines,
            inspect._encoding,
            inspect._language,
            inspect._region,
            inspect._ip,
            inspect._helo,
            inspect._from,
            inspect._dns,
            inspect._data,
            inspect._provider,
            inspect._url,
            inspect._header,
            inspect._query,
            inspect._secret,
        };
        tree.WithExamples(
            command,
            "estafette inspect bounce < returned.eml",
            "echo 'ça va' | estafette inspect sms --json",
            "estafette inspect spf --ip 192.0.2.1 --from news@example.org --helo mail.example.org < /dev/null",
            "estafette inspect address --ndjson < addresses.ndjson > answers.ndjson"
        );
        return tree.RunAlone(command, inspect.RunAsync);
    }

    private async Task<int> RunAsync(AloneSession session, ParseResult result, CancellationToken ct)
    {
        var console = session.Console;
        var what = result.GetRequiredValue(_what);
        var isForPrograms = console.Json || result.GetValue(_lines);
        var language = result.GetValue(_language) ?? (isForPrograms ? null : console.Terminal.Language);
        language = language == "fr" ? "fr" : "en";
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(language);
        var usual = await OptionsAsync(console, result, language, ct);
        var inspections = new Inspections(Sources(session, result));
        if (!result.GetValue(_lines))
            return await ExplainAsync(inspections, what, usual, console, result.GetValue(_encoding), ct);
        // One thread sits in a read of standard input, one writes: the work needs those of all cores beside them.
        ThreadPool.SetMinThreads(Environment.ProcessorCount + 2, 1);
        await inspections.WarmUpAsync(what);
        await using var output = StandardOutput();
        await new InspectionStream(inspections, what, usual, new InspectionLimits()).RunAsync(console.OpenInput(), output, ct);
        return ExitCode.Done;
    }

    private static async Task<int> ExplainAsync(
        Inspections inspections,
        string what,
        InspectionRequest usual,
        CommandConsole console,
        string? encoding,
        CancellationToken ct
    )
    {
        var document = Inspections.NeedsInput(what) || !console.Terminal.CanAsk ? await ReadAsync(console.OpenInput(), ct) : default;
        Inspected inspected;
        try
        {
            inspected = await inspections.RunAsync(
                what,
                usual with
                {
                    Input = Trimmed(what, InspectionReader.Decode(document, encoding)),
                },
                ct
            );
        }
        catch (InspectionFaultException fault)
        {
            inspected = Inspected.Fault(fault.Message);
        }
        if (inspected.Result is not { } found)
            throw new CommandException($"inspect {what}: {inspected.Error}");
        if (console.Json)
            await WriteJsonAsync(console, found);
        else
            InspectWords.Write(console, found);
        return ExitCode.Done;
    }

    private static async Task WriteJsonAsync(CommandConsole console, InspectionResult found)
    {
        using var buffer = new MemoryStream();
        await using (var json = new Utf8JsonWriter(buffer, InspectionJson.Page))
            InspectionJson.Write(json, found);
        await console.Out.WriteLineAsync(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(Stream input, CancellationToken ct)
    {
        var document = new MemoryStream();
        var part = new byte[64 * 1024];
        while (await input.ReadAsync(part, ct) is > 0 and var count)
        {
            document.Write(part, 0, count);
            if (document.Length > MaxDocumentBytes)
                throw new CommandException($"The document is longer than {MaxDocumentBytes >> 20} MB.");
        }
        return document.GetBuffer().AsMemory(0, (int)document.Length);
    }

    // The line end that a shell adds is no part of a short message.
    private static ReadOnlyMemory<byte> Trimmed(string what, ReadOnlyMemory<byte> document) =>
        what != "sms" || !document.Span.EndsWith("\n"u8) ? document
        : document.Span.EndsWith("\r\n"u8) ? document[..^2]
        : document[..^1];

    private async Task<InspectionRequest> OptionsAsync(CommandConsole console, ParseResult result, string language, CancellationToken ct) =>
        new()
        {
            Region = result.GetValue(_region),
            Ip = result.GetValue(_ip),
            Helo = result.GetValue(_helo),
            From = result.GetValue(_from),
            Dns = result.GetValue(_dns),
            Data = await DataAsync(console, result.GetValue(_data), ct),
            Provider = result.GetValue(_provider),
            Url = result.GetValue(_url),
            Headers = [.. (result.GetValue(_header) ?? []).Select(h => Pair(h, ':', "--header"))],
            Query = [.. (result.GetValue(_query) ?? []).Select(q => Pair(q, '=', "--query"))],
            Secret = result.GetValue(_secret),
            Language = language,
        };

    private static async Task<byte[]> DataAsync(CommandConsole console, string? given, CancellationToken ct) =>
        given is null ? []
        : given.StartsWith('@') ? await File.ReadAllBytesAsync(console.PathOf(given[1..]), ct)
        : Encoding.UTF8.GetBytes(given);

    private static KeyValuePair<string, string> Pair(string text, char between, string option)
    {
        var at = text.IndexOf(between, StringComparison.Ordinal);
        return at > 0
            ? new(text[..at].Trim(), text[(at + 1)..].TrimStart(' '))
            : throw new CommandException($"{option} '{text}': write NAME{(between == ':' ? ": " : "=")}VALUE.", ExitCode.Usage);
    }

    /// <summary>Settings are read only by what needs them: the others start without.</summary>
    private InspectionSources Sources(AloneSession session, ParseResult result)
    {
        var settings = new Lazy<IConfiguration>(() =>
        {
            var configuration = new ConfigurationManager();
            CommandSettings.Fill(configuration, result, _globals, session.Flags);
            return configuration;
        });
        var resolvers = new InspectionResolvers(() => OptionRecords.Read<DnsOptions>(settings.Value, DnsOptions.Section).Resolvers);
        var spam = new Lazy<SpamScorer>(() =>
            new SpamScorer(OptionRecords.Read<SpamOptions>(settings.Value, SpamOptions.Section), TimeProvider.System)
        );
        return new InspectionSources(TimeProvider.System, resolvers.Find, () => spam.Value);
    }

    // The stream of the console swallows a closed pipe; a file is written through it all the same, since it shares its place with the shell.
    private static Stream StandardOutput()
    {
        var pipe = new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 1);
        return pipe.CanSeek ? Console.OpenStandardOutput() : pipe;
    }
}
