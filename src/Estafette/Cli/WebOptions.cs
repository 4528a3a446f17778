using System.ComponentModel.DataAnnotations;
using System.Net;

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

    /// <summary>Address of the pages as people type it, for links in mails to users, without a slash at the end.</summary>
    /// <remarks>Default: none, which means Tracking:BaseUrl.</remarks>
    [Url]
    public string? PublicUrl { get; init; }

    /// <summary>Reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed: addresses or networks, separated by ';'.</summary>
    /// <remarks>Default 127.0.0.0/8;::1 (a proxy on the same machine). Empty: nobody is believed.</remarks>
    public string TrustedProxies { get; init; } = "127.0.0.0/8;::1";

    internal IEnumerable<IPNetwork> Proxies => Split(TrustedProxies).Select(text => ParseNetwork(text)!.Value);

    internal IReadOnlyList<string> Listen => Urls is { Length: > 0 } ? Split(Urls) : [$"http://127.0.0.1:{Port}"];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var url in Listen)
            if (!url.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
                yield return new ValidationResult(
                    $"'{url}' is no address to listen on; write http://HOST:PORT. TLS ends at a proxy in front, or at Api:TlsListen.",
                    [nameof(Urls)]
                );
        foreach (var text in Split(TrustedProxies))
            if (ParseNetwork(text) is null)
                yield return new ValidationResult(
                    $"'{text}' is no address or network; write 192.0.2.7 or 192.0.2.0/24.",
                    [nameof(TrustedProxies)]
                );
    }

    private static string[] Split(string text) => text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static IPNetwork? ParseNetwork(string text) =>
        IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : null;
}
