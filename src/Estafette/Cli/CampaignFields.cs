using System.CommandLine;
using System.Text;
using Estafette.Core.Campaigns;
using Estafette.Core.Platform;

namespace Estafette.Cli;

/// <summary>The options that say what a campaign is, shared by <c>campaign create</c> and <c>campaign edit</c>.</summary>
internal sealed class CampaignFields
{
    private const int MaxFileBytes = 4 * 1024 * 1024;

    public Option<string?> Subject { get; } = new("--subject") { Description = "Subject, with merge fields such as {{first_name}}" };
    public Option<string?> Preheader { get; } = new("--preheader") { Description = "Text shown after the subject in lists of messages" };
    public Option<string?> From { get; } = new("--from") { Description = "Sender address", HelpName = "ADDRESS" };
    public Option<string?> FromName { get; } = new("--from-name") { Description = "Sender name", HelpName = "NAME" };
    public Option<string?> ReplyTo { get; } = new("--reply-to") { Description = "Address for replies", HelpName = "ADDRESS" };
    public Option<string?> Html { get; } =
        new("--html") { Description = "File with the HTML content; - reads standard input", HelpName = "FILE" };
    public Option<string?> Text { get; } =
        new("--text") { Description = "File with the text content; made from the HTML when absent", HelpName = "FILE" };
    public Option<string[]> Lists { get; } = Many("--list", "List the campaign goes to, by name or id; may be repeated", "LIST");
    public Option<string[]> Excluded { get; } = Many("--exclude", "List whose members are left out; may be repeated", "LIST");
    public Option<string[]> Servers { get; } = Many("--server", "Sending server, by name or id; may be repeated", "SERVER");
    public Option<TrackingLevel?> Tracking { get; } = new("--tracking") { Description = "none, aggregate, individual or hygiene" };
    public Option<string[]> Defaults { get; } =
        Many("--default", "Value of a merge field for contacts without it; may be repeated", "FIELD=TEXT");
    public Option<bool> SkipMissing { get; } =
        new("--skip-missing") { Description = "Skip contacts without a merge field that has no default" };

    public void AddTo(Command command)
    {
        foreach (
            var option in (Option[])
                [Subject, Preheader, From, FromName, ReplyTo, Html, Text, Lists, Excluded, Servers, Tracking, Defaults, SkipMissing]
        )
            command.Options.Add(option);
    }

    /// <summary>The fields as given; files are read now, so that a missing one stops the command before anything is stored.</summary>
    public async Task<CampaignEdit> EditAsync(CommandSession session, ParseResult result, CancellationToken ct) =>
        new()
        {
            Subject = result.GetValue(Subject),
            Preheader = result.GetValue(Preheader),
            FromEmail = result.GetValue(From),
            FromName = result.GetValue(FromName),
            ReplyTo = result.GetValue(ReplyTo),
            Html = await ReadAsync(session.Console, result.GetValue(Html), ct),
            Text = await ReadAsync(session.Console, result.GetValue(Text), ct),
            Tracking = result.GetValue(Tracking),
            MissingFields = result.GetValue(SkipMissing) ? MissingFieldPolicy.Skip : null,
            FieldDefaults = DefaultsOf(result.GetValue(Defaults) ?? []),
        };

    /// <summary>The lists and servers as given, found before anything is stored; null leaves them as they are.</summary>
    public async Task<CampaignTargets> TargetsAsync(CommandSession session, CustomerId customer, ParseResult result, CancellationToken ct)
    {
        async Task<List<T>?> FindAsync<T>(Option<string[]> option, Func<EstafetteDb, CustomerId, string, CancellationToken, Task<T>> find)
        {
            if (result.GetValue(option) is not { Length: > 0 } given)
                return null;
            var found = new List<T>();
            foreach (var one in given)
                found.Add(await find(session.Db, customer, one, ct));
            return found;
        }
        return new CampaignTargets(
            await FindAsync(Lists, Lookup.ListAsync),
            await FindAsync(Excluded, Lookup.ListAsync),
            await FindAsync(Servers, Lookup.ServerAsync)
        );
    }

    private static Option<string[]> Many(string name, string description, string help) =>
        new(name)
        {
            Description = description,
            HelpName = help,
            AllowMultipleArgumentsPerToken = true,
        };

    private static Dictionary<string, string>? DefaultsOf(string[] given)
    {
        if (given.Length == 0)
            return null;
        var defaults = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in given)
        {
            var at = text.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0)
                throw new CommandException($"--default '{text}': write FIELD=TEXT.", ExitCode.Usage);
            defaults[text[..at]] = text[(at + 1)..];
        }
        return defaults;
    }

    private static async Task<string?> ReadAsync(CommandConsole console, string? path, CancellationToken ct)
    {
        if (path is null)
            return null;
        if (path != "-" && !File.Exists(console.PathOf(path)))
            throw new CommandException($"There is no file '{console.PathOf(path)}', or it may not be read.", ExitCode.Usage);
        await using var source = path == "-" ? console.OpenInput() : File.OpenRead(console.PathOf(path));
        var bytes = new byte[MaxFileBytes + 1];
        var count = await source.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, ct);
        if (count > MaxFileBytes)
            throw new CommandException(
                $"'{path}' is larger than {MaxFileBytes / 1024 / 1024} MB; host large images instead.",
                ExitCode.Usage
            );
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes.AsSpan(0, count)).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException wrong)
        {
            throw new CommandException($"'{path}' is no UTF-8 text: octet {wrong.Index} cannot be read. Save it as UTF-8.", ExitCode.Usage);
        }
    }
}

/// <summary>Lists and servers of a campaign as the command line names them; null leaves them as they are.</summary>
internal sealed record CampaignTargets(IReadOnlyList<ListId>? Lists, IReadOnlyList<ListId>? Excluded, IReadOnlyList<ServerId>? Servers);
