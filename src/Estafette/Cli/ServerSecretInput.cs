using System.CommandLine;
using Estafette.Core.Channels;

namespace Estafette.Cli;

/// <summary>The password or key of a sending server: from the command line, else from a file, else from the environment or an answer.</summary>
internal sealed class ServerSecretInput
{
    private const string SecretVariable = "ESTAFETTE_SECRET";
    private const string SecondVariable = "ESTAFETTE_SECOND_SECRET";

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

    public IEnumerable<Option> Options => [_secretFile, _secondFile, _password];

    public async Task<ServerSecret?> ReadAsync(CommandConsole console, ServerSettings settings, ParseResult result, CancellationToken ct)
    {
        if (settings is CaptureSettings || (settings is SmtpSettings { UserName: null or "" } && result.GetValue(_secretFile) is null))
            return null;
        if (result.GetValue(_password) is { } shown)
            console.Note("Note: a password on the command line can be seen by others on this machine; prefer --secret-file.");
        else
            shown = await ReadOneAsync(console, result.GetValue(_secretFile), Question(settings), ct);
        if (shown is null)
            return settings is JsonPostSettings
                ? null
                : throw new CommandException(
                    $"A password or key is needed: --secret-file FILE, or the environment variable {SecretVariable}.",
                    ExitCode.Usage
                );
        var second =
            settings is MailjetSettings || result.GetValue(_secondFile) is not null
                ? await ReadOneAsync(console, result.GetValue(_secondFile), new("Secret key", SecondVariable), ct)
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

    private static async Task<string?> ReadOneAsync(CommandConsole console, string? file, SecretQuestion question, CancellationToken ct)
    {
        if (file is null)
            return await console.AskSecretAsync(question, ct);
        if (!File.Exists(console.PathOf(file)))
            throw new CommandException($"There is no file '{console.PathOf(file)}', or it may not be read.", ExitCode.Usage);
        return (await File.ReadAllTextAsync(console.PathOf(file), ct)).TrimEnd('\r', '\n');
    }
}
