using Estafette.Protocols.Addresses;

namespace Estafette.Api.V1;

/// <summary>Addresses as callers write them.</summary>
internal static class V1Addresses
{
    /// <summary>The key by which an address is known; null when it is none.</summary>
    public static string? KeyOf(string text) => EmailAddress.TryParse(text.Trim(), out var address, out _) ? address.Key : null;
}
