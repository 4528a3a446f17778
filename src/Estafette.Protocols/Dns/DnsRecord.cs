namespace Estafette.Protocols.Dns;

/// <summary>Types of records asked for, with their numbers on the wire (RFC 1035 §3.2.2, RFC 3596, RFC 6698).</summary>
public enum DnsRecordType
{
    /// <summary>IPv4 address.</summary>
    A = 1,

    /// <summary>Name server.</summary>
    Ns = 2,

    /// <summary>Alias.</summary>
    Cname = 5,

    /// <summary>Start of authority.</summary>
    Soa = 6,

    /// <summary>Name of an address.</summary>
    Ptr = 12,

    /// <summary>Mail exchanger.</summary>
    Mx = 15,

    /// <summary>Text.</summary>
    Txt = 16,

    /// <summary>IPv6 address.</summary>
    Aaaa = 28,

    /// <summary>Certificate association.</summary>
    Tlsa = 52,
}

/// <summary>One record of an answer.</summary>
/// <param name="Name">Owner, lower case, without the final dot.</param>
/// <param name="Type">Type of the record.</param>
/// <param name="Value">
/// A, AAAA: the address as text. CNAME, NS, PTR: the name, lower case, without the final dot. TXT: its strings joined without anything
/// between (RFC 7208 §3.3), bytes read as Latin-1. MX: the exchanger, empty for a null MX (RFC 7505). TLSA: usage, selector, matching
/// type and hexadecimal data separated by spaces. SOA: primary server.
/// </param>
/// <param name="Preference">Preference of an MX, 0 to 65,535; 0 for other types.</param>
public sealed record DnsRecord(string Name, DnsRecordType Type, string Value, int Preference = 0);
