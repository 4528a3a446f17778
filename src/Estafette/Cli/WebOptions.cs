using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Sockets;

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

    /// <summary>Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed: addresses or networks, separated by ';'.</summary>
    /// <remarks>Default: this machine. Empty: none. Limits of sign-in and the log of sessions use the address found so.</remarks>
    public string TrustedProxies { get; init; } = "127.0.0.1;::1";

    internal IReadOnlyList<IPNetwork> ProxyNetworks => [.. Proxies.Select(NetworkOf).OfType<IPNetwork>()];

    private string[] Proxies => TrustedProxies.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

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
        foreach (var proxy in Proxies.Where(p => NetworkOf(p) is null))
            yield return new ValidationResult(
                $"'{proxy}' is neither an address nor a network such as 10.0.0.0/8.",
                [nameof(TrustedProxies)]
            );
    }

    private static IPNetwork? NetworkOf(string text) =>
        IPAddress.TryParse(text, out var one) ? new IPNetwork(one, one.AddressFamily == AddressFamily.InterNetwork ? 32 : 128)
        : IPNetwork.TryParse(text, out var network) ? network
        : null;
}
