using System.ComponentModel.DataAnnotations;

namespace Estafette.Cli;

/// <summary>Where the server listens.</summary>
public sealed record WebOptions : IValidatableObject
{
    public const string Section = "Web";

    /// <summary>Addresses to listen on, separated by ';'.</summary>
    /// <remarks>Default: none, which means http://127.0.0.1 and the port below. Port 0 takes any free port.</remarks>
    public string? Urls { get; init; }

    /// <summary>Port on the loopback address, when Urls is not given.</summary>
    /// <remarks>0 to 65535; default 8080.</remarks>
    [Range(0, 65535)]
    public int Port { get; init; } = 8080;

    internal IReadOnlyList<string> Listen =>
        Urls is { Length: > 0 }
            ? Urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            : [$"http://127.0.0.1:{Port}"];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var url in Listen)
            if (!url.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
                yield return new ValidationResult(
                    $"'{url}' is no address to listen on; write http://HOST:PORT. TLS ends at a proxy in front.",
                    [nameof(Urls)]
                );
    }
}
