using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Security;

namespace Estafette.Protocols.SmtpServer;

/// <summary>Whether a client signs in (RFC 4954).</summary>
public enum SmtpServerAuth
{
    /// <summary>AUTH is not offered: a door for mail from anywhere to us.</summary>
    None,

    /// <summary>AUTH is offered, and MAIL is taken without it.</summary>
    Optional,

    /// <summary>MAIL is refused with 530 until the client has signed in (RFC 6409 §4.3): a door for submission.</summary>
    Required,
}

/// <summary>What happens to a message whose text holds a CR or LF that is not part of a CRLF (RFC 5321 §2.3.8 forbids them).</summary>
/// <remarks>Whatever is chosen, only <c>CRLF . CRLF</c> ends a text: a message cannot hide another one behind a line end of another kind.</remarks>
public enum BareLineEnds
{
    /// <summary>The message is read to its end and then refused with 550 5.6.0.</summary>
    Refuse,

    /// <summary>Each becomes CRLF.</summary>
    Normalize,

    /// <summary>They stay as they are; for texts that are read here only, since a server they are passed on to may see an end in them.</summary>
    Keep,
}

/// <summary>One door for mail: where it listens, what it offers, and its limits.</summary>
public sealed record SmtpServerOptions
{
    /// <summary>Address and port to listen on; port 0 takes a free one. Usually 25, 587 (RFC 6409 §3.1) or 465 (RFC 8314 §3.3).</summary>
    public required IPEndPoint EndPoint { get; init; }

    /// <summary>Our name in the greeting and in <c>Received:</c>; a host name.</summary>
    public required string HostName { get; init; }

    /// <summary>
    /// Gives the certificate for a server name (SNI; null when the client sends none). It is asked at each handshake, so a renewed certificate
    /// serves at once. Null: no TLS here. A null answer fails the handshake.
    /// </summary>
    public Func<string?, SslStreamCertificateContext?>? Certificate { get; init; }

    /// <summary>TLS from the first octet (RFC 8314 §3.3); default false, then STARTTLS is offered when there is a certificate.</summary>
    public bool ImplicitTls { get; init; }

    /// <summary>Refuses MAIL with 530 until TLS protects the session (RFC 3207 §4); default false. Not for a public port 25 (same section).</summary>
    public bool TlsRequired { get; init; }

    /// <summary>Whether clients sign in; default none.</summary>
    public SmtpServerAuth Auth { get; init; }

    /// <summary>Lets a client of this machine sign in without TLS, for tests and demonstrations; default false (RFC 4954 §4).</summary>
    public bool AuthWithoutTlsOnLoopback { get; init; }

    /// <summary>
    /// Offers DSN (RFC 3461), and then the receiver has to honour the kept parameters; default false. The parameters are taken and kept anyway.
    /// </summary>
    public bool OffersDsn { get; init; }

    /// <summary>What happens to bare line ends in a text; default refuse.</summary>
    public BareLineEnds BareLineEnds { get; init; }

    /// <summary>Addresses that speak the PROXY protocol (versions 1 and 2) before SMTP and must do so; default none.</summary>
    public IReadOnlyCollection<IPAddress> Proxies { get; init; } = [];

    /// <summary>How much a client may do.</summary>
    public SmtpServerLimits Limits { get; init; } = new();

    /// <summary>How long a client may take.</summary>
    public SmtpServerTimeouts Timeouts { get; init; } = new();

    /// <summary>Folder for the texts that do not fit in memory; default that of the system. Files there have no name and end with the session.</summary>
    public string? SpillFolder { get; init; }

    /// <summary>Says in English what cannot work together; null when all is well.</summary>
    internal string? FindFault() =>
        HostName.Length is 0 or > 255 || HostName.Any(c => c is <= ' ' or > '~') ? "The name of the server is no host name."
        : ImplicitTls && Certificate is null ? "TLS from the first octet needs a certificate."
        : TlsRequired && Certificate is null ? "Required TLS needs a certificate."
        : Auth != SmtpServerAuth.None && Certificate is null && !AuthWithoutTlsOnLoopback ? "Signing in needs a certificate."
        : Limits.FindFault();
}

/// <summary>How much a client may do; going beyond is answered and never lets memory grow.</summary>
public sealed record SmtpServerLimits
{
    /// <summary>Octets of one message, announced as SIZE (RFC 1870 §4); 64 KiB to 1 GiB, default 25 MiB. Beyond: 552 5.3.4.</summary>
    [Range(64 * 1024, 1L << 30)]
    public long MessageBytes { get; init; } = 25 << 20;

    /// <summary>Octets of a text kept in memory, per session; more goes to a file. 4 KiB to 16 MiB, default 256 KiB.</summary>
    [Range(4 * 1024, 16 << 20)]
    public int MemoryBytes { get; init; } = 256 << 10;

    /// <summary>Recipients of one message; 1 to 10000, default 100, the least RFC 5321 §4.5.3.1.8 allows. Beyond: 452 4.5.3.</summary>
    [Range(1, 10000)]
    public int Recipients { get; init; } = 100;

    /// <summary>Messages of one session; 1 to 1000000, default 1000. Then 421 4.7.0.</summary>
    [Range(1, 1000000)]
    public int MessagesPerSession { get; init; } = 1000;

    /// <summary>Commands answered with 5yz in one session; 1 to 1000, default 20. Then 421 4.7.0.</summary>
    [Range(1, 1000)]
    public int ErrorsPerSession { get; init; } = 20;

    /// <summary>Refused passwords in one session; 1 to 100, default 3. Then 421 4.7.0.</summary>
    [Range(1, 100)]
    public int AuthFailuresPerSession { get; init; } = 3;

    /// <summary>Commands since the last message other than recipients taken; 10 to 100000, default 1000. Then 421 4.7.0.</summary>
    [Range(10, 100000)]
    public int IdleCommands { get; init; } = 1000;

    /// <summary>Sessions at a time; 1 to 100000, default 500. Beyond: 421 4.3.2.</summary>
    [Range(1, 100000)]
    public int Connections { get; init; } = 500;

    /// <summary>Sessions at a time of one IPv4 address or IPv6 network of 64 bits; 1 to 100000, default 20. Beyond: 421 4.7.0.</summary>
    [Range(1, 100000)]
    public int ConnectionsPerAddress { get; init; } = 20;

    internal string? FindFault()
    {
        var faults = new List<ValidationResult>();
        return Validator.TryValidateObject(this, new ValidationContext(this), faults, validateAllProperties: true)
            ? null
            : faults[0].ErrorMessage;
    }
}

/// <summary>How long a client may take; each for a whole step, however many octets or segments it comes in.</summary>
public sealed record SmtpServerTimeouts
{
    /// <summary>From our reply to the end of the next command line; default 5 minutes (RFC 5321 §4.5.3.2.7). Then 421 4.4.2.</summary>
    public TimeSpan Command { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A TLS handshake, or the header of a proxy; default 30 s.</summary>
    public TimeSpan Handshake { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Until the client has taken a reply; default 60 s.</summary>
    public TimeSpan Reply { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Credit of a text at its start, before <see cref="BytesPerSecond"/> counts; default 3 minutes (RFC 5321 §4.5.3.2.5).</summary>
    public TimeSpan DataCredit { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Least mean rate of a text after its credit, in octets a second; 1 to 1000000, default 500.</summary>
    [Range(1, 1000000)]
    public int BytesPerSecond { get; init; } = 500;

    /// <summary>Longest time of a whole text, whatever its rate; default 30 minutes.</summary>
    public TimeSpan Data { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>
    /// Longest work of the receiver on one question; default 4 minutes, since clients wait 10 (RFC 5321 §4.5.3.2.6). Then its token is cancelled
    /// and the client hears 451.
    /// </summary>
    public TimeSpan Receiver { get; init; } = TimeSpan.FromMinutes(4);

    /// <summary>Wait before a refused password is answered, unless the receiver names another; default 1 s.</summary>
    public TimeSpan AuthFailure { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Time that a stop leaves to messages in hand; default 20 s.</summary>
    public TimeSpan Stop { get; init; } = TimeSpan.FromSeconds(20);
}
