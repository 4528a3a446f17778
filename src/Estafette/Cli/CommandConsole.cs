using System.Text;
using Spectre.Console;

namespace Estafette.Cli;

/// <summary>What a command knows about the terminal of its caller.</summary>
/// <param name="WorkingDirectory">Relative paths start here.</param>
/// <param name="IsTerminal">Standard output is a terminal: tables, colours and progress bars.</param>
/// <param name="CanAsk">Standard input is a terminal: a person can answer.</param>
/// <param name="Width">Columns.</param>
/// <param name="Language">Language of the caller's environment, such as "fr".</param>
internal sealed record Terminal(string WorkingDirectory, bool IsTerminal, bool CanAsk, int Width, string? Language)
{
    private const int PlainWidth = 200;

    /// <summary>The terminal of this process.</summary>
    public static Terminal Own()
    {
        var terminal = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb";
        return new(
            Environment.CurrentDirectory,
            terminal,
            !Console.IsInputRedirected,
            terminal ? WidthOfConsole() : PlainWidth,
            OwnLanguage()
        );
    }

    private static int WidthOfConsole()
    {
        try
        {
            return Console.WindowWidth is > 20 and < 1000 and var width ? width : 80;
        }
        catch (IOException)
        {
            return 80;
        }
    }

    private static string? OwnLanguage()
    {
        var named = Environment.GetEnvironmentVariable("LC_ALL") ?? Environment.GetEnvironmentVariable("LANG");
        return named is { Length: >= 2 } && char.IsAsciiLetter(named[0]) && named != "C" ? named[..2].ToLowerInvariant() : null;
    }
}

/// <summary>The streams of a command: those of this process, or frames to the process that asked the server.</summary>
internal sealed class CommandConsole(TextWriter output, TextWriter error, Terminal terminal)
{
    private readonly Lazy<IAnsiConsole> _ansi = new(() => CreateAnsi(output, terminal));

    public TextWriter Out { get; } = output;

    public TextWriter Error { get; } = error;

    public Terminal Terminal { get; } = terminal;

    /// <summary>Print JSON for scripts instead of tables.</summary>
    public bool Json { get; set; }

    /// <summary>Tables and progress bars; use only when <see cref="IsRich"/>.</summary>
    public IAnsiConsole Ansi => _ansi.Value;

    /// <summary>A person looks at it: tables, colours, progress bars.</summary>
    public bool IsRich => Terminal.IsTerminal && !Json;

    /// <summary>Asks the person for a secret without showing it, or takes it from the environment variable; null when neither is there.</summary>
    public required Func<SecretQuestion, CancellationToken, Task<string?>> AskSecretAsync { get; init; }

    /// <summary>Standard input of the caller.</summary>
    public required Func<Stream> OpenInput { get; init; }

    /// <summary>Waits until the reader of the output has caught up.</summary>
    public required Func<CancellationToken, Task> FlushAsync { get; init; }

    /// <summary>A path as the caller means it.</summary>
    public string PathOf(string path) => Path.GetFullPath(path, Terminal.WorkingDirectory);

    /// <summary>A remark that is no result: to standard error, so that scripts do not read it.</summary>
    public void Note(string text) => Error.WriteLine(Plain(text));

    /// <summary>Text without control characters: names of contacts and answers of servers must not steer the terminal.</summary>
    public static string Plain(string? text)
    {
        if (string.IsNullOrEmpty(text) || !text.Any(char.IsControl))
            return text ?? "";
        var clean = new StringBuilder(text.Length);
        foreach (var c in text)
            clean.Append(char.IsControl(c) ? ' ' : c);
        return clean.ToString();
    }

    private static IAnsiConsole CreateAnsi(TextWriter output, Terminal terminal)
    {
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Ansi = terminal.IsTerminal ? AnsiSupport.Yes : AnsiSupport.No,
                ColorSystem = terminal.IsTerminal ? ColorSystemSupport.EightBit : ColorSystemSupport.NoColors,
                Interactive = terminal.IsTerminal ? InteractionSupport.Yes : InteractionSupport.No,
                Out = new SizedOutput(output, terminal),
            }
        );
        console.Profile.Width = terminal.Width;
        return console;
    }

    private sealed class SizedOutput(TextWriter writer, Terminal terminal) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => terminal.IsTerminal;

        public int Width => terminal.Width;

        public int Height => 40;

        public void SetEncoding(Encoding encoding) { }
    }
}

/// <summary>A secret that a command needs: the prompt, and the environment variable that answers it in scripts.</summary>
internal sealed record SecretQuestion(string Prompt, string Variable);
