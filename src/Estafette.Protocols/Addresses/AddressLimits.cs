namespace Estafette.Protocols.Addresses;

/// <summary>Longest parts of an address, in octets (RFC 5321 §4.5.3.1; RFC 1035 §2.3.4 for labels).</summary>
internal static class AddressLimits
{
    public const int Local = 64;
    public const int Domain = 255;
    public const int Label = 63;

    /// <summary>A path has 256 with its angle brackets.</summary>
    public const int Address = 254;
}
