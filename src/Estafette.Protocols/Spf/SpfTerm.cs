using System.Net;

namespace Estafette.Protocols.Spf;

/// <summary>What a term is (RFC 7208 §5 and §6).</summary>
public enum SpfTermKind
{
    /// <summary>Matches always.</summary>
    All,

    /// <summary>Matches when the record of another domain passes.</summary>
    Include,

    /// <summary>Matches addresses of a name.</summary>
    A,

    /// <summary>Matches addresses of the mail exchangers of a name.</summary>
    Mx,

    /// <summary>Matches validated names of the client; RFC 7208 §5.5 asks not to use it.</summary>
    Ptr,

    /// <summary>Matches an IPv4 network.</summary>
    Ip4,

    /// <summary>Matches an IPv6 network.</summary>
    Ip6,

    /// <summary>Matches when a name has an IPv4 address.</summary>
    Exists,

    /// <summary>Continues with another record when nothing matched.</summary>
    Redirect,

    /// <summary>Says where the text for a fail is.</summary>
    Explanation,

    /// <summary>A modifier we do not know, which is passed over (RFC 7208 §6).</summary>
    OtherModifier,
}

/// <summary>One term of a record.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Result">What a match gives, by its qualifier (RFC 7208 §4.6.2); <see cref="SpfResult.Neutral"/> for modifiers too.</param>
/// <param name="Text">As it stands in the record.</param>
/// <param name="Position">Its first character in the record, counted from 0.</param>
public sealed record SpfTerm(SpfTermKind Kind, SpfResult Result, string Text, int Position)
{
    /// <summary>Domain as written, macros included; null when the term has none and means the domain of the record.</summary>
    public string? Domain => Macro?.Text;

    /// <summary>Network of <c>ip4</c> and <c>ip6</c>, else null.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>Bits that count of an IPv4 address; default 32.</summary>
    public int Ip4Prefix { get; init; } = 32;

    /// <summary>Bits that count of an IPv6 address; default 128.</summary>
    public int Ip6Prefix { get; init; } = 128;

    /// <summary>Whether it counts against the limit of look-ups (RFC 7208 §4.6.4).</summary>
    public bool AsksForNames =>
        Kind is SpfTermKind.Include or SpfTermKind.A or SpfTermKind.Mx or SpfTermKind.Ptr or SpfTermKind.Exists or SpfTermKind.Redirect;

    /// <summary>Whether it is a mechanism, as opposed to a modifier.</summary>
    public bool IsMechanism => Kind < SpfTermKind.Redirect;

    internal SpfMacroText? Macro { get; init; }
}

/// <summary>Something in a record that the grammar does not allow (RFC 7208 §12).</summary>
/// <param name="Position">First character of the term, counted from 0.</param>
/// <param name="Text">The term.</param>
/// <param name="Problem">What is wrong, in words.</param>
public sealed record SpfFault(int Position, string Text, string Problem);
