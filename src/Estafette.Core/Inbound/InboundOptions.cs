using System.ComponentModel.DataAnnotations;
using System.Net;
using Estafette.Protocols.Addresses;

namespace Estafette.Core.Inbound;

/// <summary>The door through which bounces, complaints and opt-outs come back by mail.</summary>
public sealed record InboundOptions : IValidatableObject
{
    public const string Section = "Inbound";

    /// <summary>Address to listen on for mail to Dns:ReturnDomain, as HOST:PORT.</summary>
    /// <remarks>Default: none, which means that no mail is received.</remarks>
    public string? Listen { get; init; }

    /// <summary>Name with which the door greets.</summary>
    /// <remarks>Default: none, which means Dns:ReturnDomain.</remarks>
    public string? HostName { get; init; }

    /// <summary>PEM file with the certificate and its chain that is shown at STARTTLS; read again when it changes.</summary>
    /// <remarks>Default: a certificate issued by the installation's own authority for HostName.</remarks>
    public string? Certificate { get; init; }

    /// <summary>PEM file with the private key of Certificate.</summary>
    /// <remarks>Default: the key is in the file of Certificate.</remarks>
    public string? Key { get; init; }

    /// <summary>Largest message taken, in KiB.</summary>
    /// <remarks>64 to 51,200; default 1,024.</remarks>
    [Range(64, 51_200)]
    public int MaxKiB { get; init; } = 1024;

    /// <summary>Connections at the same time from one address.</summary>
    /// <remarks>1 to 1,000; default 20.</remarks>
    [Range(1, 1000)]
    public int ConnectionsPerAddress { get; init; } = 20;

    /// <summary>Days for which received mail is kept.</summary>
    /// <remarks>1 to 3,650; default 90.</remarks>
    [Range(1, 3650)]
    public int KeepDays { get; init; } = 90;

    /// <summary>Addresses, separated by commas, that are told of reports of abuse.</summary>
    /// <remarks>Default: none, which means the operators' own addresses.</remarks>
    public string? AbuseContact { get; init; }

    internal IPEndPoint? EndPoint => Listen is { Length: > 0 } text && IPEndPoint.TryParse(text, out var point) ? point : null;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Listen is { Length: > 0 } && EndPoint is null)
            yield return new ValidationResult($"'{Listen}' is no address; write 0.0.0.0:25.", [nameof(Listen)]);
        foreach (var address in AbuseContact?.Split(',', StringSplitOptions.TrimEntries) ?? [])
            if (!EmailAddress.TryParse(address, out _, out var problem))
                yield return new ValidationResult($"'{address}' is no mail address: {problem}", [nameof(AbuseContact)]);
    }
}
