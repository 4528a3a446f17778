using System.ComponentModel.DataAnnotations;
using System.Net;

namespace Estafette.Submission;

/// <summary>Messages handed over by SMTP (RFC 6409), with a key of the API as password.</summary>
internal sealed record SubmissionOptions : IValidatableObject
{
    public const string Section = "Submission";

    /// <summary>Address to listen on with STARTTLS, as HOST:PORT; usually port 587.</summary>
    /// <remarks>Default: none, which means that this door is closed.</remarks>
    public string? Listen { get; init; }

    /// <summary>Address to listen on with TLS from the first octet, as HOST:PORT; usually port 465.</summary>
    /// <remarks>Default: none, which means that this door is closed.</remarks>
    public string? ListenTls { get; init; }

    /// <summary>PEM file with the server certificate and its chain; read again when it changes.</summary>
    /// <remarks>Default: a certificate issued by the installation's own authority for HostName.</remarks>
    public string? Certificate { get; init; }

    /// <summary>PEM file with the private key of Certificate.</summary>
    /// <remarks>Default: the key is in the file of Certificate.</remarks>
    public string? Key { get; init; }

    /// <summary>Name of this server in greeting and trace fields.</summary>
    /// <remarks>Default: the host of Web:PublicUrl, else the name of the machine.</remarks>
    public string? HostName { get; init; }

    /// <summary>Largest message in MiB.</summary>
    /// <remarks>1 to 100; default 25.</remarks>
    [Range(1, 100)]
    public int MaxMegabytes { get; init; } = 25;

    /// <summary>Recipients of one message.</summary>
    /// <remarks>1 to 1000; default 100.</remarks>
    [Range(1, 1000)]
    public int MaxRecipients { get; init; } = 100;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (name, value) in new[] { (nameof(Listen), Listen), (nameof(ListenTls), ListenTls) })
            if (value is { Length: > 0 } && EndPointOf(value) is null)
                yield return new ValidationResult($"'{value}' is no address to listen on; write HOST:PORT.", [name]);
    }

    /// <summary>The end point of HOST:PORT; "*" and "localhost" are understood as hosts.</summary>
    public static IPEndPoint? EndPointOf(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(text.AsSpan(colon + 1), System.Globalization.CultureInfo.InvariantCulture, out var port))
            return null;
        var host = text[..colon].Trim('[', ']');
        return host switch
        {
            "*" => new IPEndPoint(IPAddress.Any, port),
            "localhost" => new IPEndPoint(IPAddress.Loopback, port),
            _ => IPAddress.TryParse(host, out var address) ? new IPEndPoint(address, port) : null,
        };
    }
}
