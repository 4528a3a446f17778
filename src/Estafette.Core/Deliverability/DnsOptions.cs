using System.ComponentModel.DataAnnotations;
using Estafette.Core.Platform;
using Estafette.Protocols.Dns;

namespace Estafette.Core.Deliverability;

/// <summary>Questions about names, and what the answers are measured against.</summary>
public sealed record DnsOptions : IValidatableObject
{
    public const string Section = "Dns";

    /// <summary>Resolvers as HOST:PORT, separated by ';'.</summary>
    /// <remarks>Default: none, which means those of the system.</remarks>
    public string? Resolvers { get; init; }

    /// <summary>Domains of senders and recipients are not looked at: for machines without a network. Shown as a banner.</summary>
    /// <remarks>Default false.</remarks>
    public bool BypassChecks { get; init; }

    /// <summary>The name that customers include in their SPF record.</summary>
    /// <remarks>Default: none; then SendingAddresses count, and without these any valid record is accepted.</remarks>
    public string? SpfInclude { get; init; }

    /// <summary>Addresses from which messages leave, separated by ';'.</summary>
    /// <remarks>Default: none.</remarks>
    public string? SendingAddresses { get; init; }

    /// <summary>Domain to which bounces come back; its MX must lead to this installation.</summary>
    /// <remarks>Default: none, which means that bounces go to the sender's own address.</remarks>
    public string? ReturnDomain { get; init; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var address in Split(SendingAddresses))
            if (!System.Net.IPAddress.TryParse(address, out _))
                yield return new ValidationResult($"'{address}' is no address.", [nameof(SendingAddresses)]);
        foreach (var resolver in Split(Resolvers))
            if (!DnsResolvers.TryParse(resolver, out _))
                yield return new ValidationResult($"'{resolver}' is no resolver; write HOST:PORT.", [nameof(Resolvers)]);
    }

    /// <summary>The addresses from which messages leave.</summary>
    internal IReadOnlyList<System.Net.IPAddress> Addresses =>
        [
            .. Split(SendingAddresses)
                .Select(a => System.Net.IPAddress.TryParse(a, out var address) ? address : null)
                .OfType<System.Net.IPAddress>(),
        ];

    internal DnsClient CreateClient(TimeProvider clock) => new(ClientOptions(clock));

    /// <summary>A client that keeps answers only as long as one check lasts: who mends a record does not wait for its time to live.</summary>
    internal DnsClient CreateFreshClient(TimeProvider clock)
    {
        var shortly = TimeSpan.FromSeconds(5);
        return new(ClientOptions(clock) with { MinTimeToLive = TimeSpan.Zero, MaxTimeToLive = shortly, MaxNegativeTimeToLive = shortly });
    }

    private DnsClientOptions ClientOptions(TimeProvider clock) =>
        Resolvers is { Length: > 0 } given
            ? new DnsClientOptions { Resolvers = [.. Split(given).Select(Parse)], TimeProvider = clock }
            : new DnsClientOptions { TimeProvider = clock };

    private static System.Net.IPEndPoint Parse(string text) =>
        DnsResolvers.TryParse(text, out var resolver)
            ? resolver!
            : throw new InvalidSettingsException($"{Section}:{nameof(Resolvers)}: '{text}' is no address.");

    internal static string[] Split(string? text) =>
        text?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
}
