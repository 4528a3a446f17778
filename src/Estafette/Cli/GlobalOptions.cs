using System.CommandLine;

namespace Estafette.Cli;

/// <summary>The options that every command takes.</summary>
internal sealed class GlobalOptions
{
    /// <summary>The data directory.</summary>
    public Option<string?> Data { get; } =
        new("--data")
        {
            Description = "Data directory; short for --Data:Directory. Default ./data",
            HelpName = "DIR",
            Recursive = true,
        };

    /// <summary>The settings file.</summary>
    public Option<string?> Config { get; } =
        new("--config")
        {
            Description = "Settings file (JSON). Default ./estafette.json when it is there",
            HelpName = "FILE",
            Recursive = true,
        };

    /// <summary>Where the server listens; only on commands that serve.</summary>
    public Option<string?> Urls { get; } =
        new("--urls")
        {
            Description = "Where to listen, separated by ';'; short for --Web:Urls. Default http://127.0.0.1:8080",
            HelpName = "URLS",
        };

    /// <summary>Customer by name, id or domain.</summary>
    public Option<string?> Customer { get; } =
        new("--customer", "--site")
        {
            Description = "Customer by name, id or HTTP domain; needed when there are several",
            HelpName = "NAME",
            Recursive = true,
        };

    /// <summary>JSON for programs.</summary>
    public Option<bool> Json { get; } = new("--json") { Description = "Print JSON with stable names", Recursive = true };

    /// <summary>Details of faults.</summary>
    public Option<bool> Verbose { get; } =
        new("--verbose") { Description = "Say more, with the stack trace of unexpected faults", Recursive = true };
}
