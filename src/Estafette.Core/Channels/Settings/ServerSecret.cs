using System.Text.Json;

namespace Estafette.Core.Channels;

/// <summary>The key or password of a server; given once, stored encrypted, never returned.</summary>
/// <param name="Key">API key or SMTP password.</param>
/// <param name="Second">The other half where the provider has a pair (Mailjet's secret key).</param>
public sealed record ServerSecret(string Key, string? Second = null)
{
    internal string Serialize() => JsonSerializer.Serialize(new[] { Key, Second });

    internal static ServerSecret Deserialize(string text)
    {
        var parts = JsonSerializer.Deserialize<string?[]>(text);
        return new ServerSecret(parts?[0] ?? "", parts is { Length: > 1 } ? parts[1] : null);
    }

    /// <summary>Says that there is a secret, not what it is.</summary>
    public override string ToString() => "(secret)";
}
