using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Estafette.Protocols.Smtp;

/// <summary>How a connection is protected.</summary>
public enum SmtpTls
{
    /// <summary>Plain text, even when the server offers STARTTLS.</summary>
    None,

    /// <summary>STARTTLS when the server offers it, else plain text (RFC 3207 §4).</summary>
    StartTlsOptional,

    /// <summary>STARTTLS or no connection.</summary>
    StartTlsRequired,

    /// <summary>TLS from the first octet, usually port 465 (RFC 8314 §3.3).</summary>
    ImplicitTls,
}

/// <summary>Ways to sign in (RFC 4954).</summary>
[Flags]
public enum SmtpAuthMechanisms
{
    /// <summary>No way allowed.</summary>
    None = 0,

    /// <summary>PLAIN (RFC 4616).</summary>
    Plain = 1,

    /// <summary>LOGIN (draft-murchison-sasl-login, never an RFC, still offered by many servers).</summary>
    Login = 2,

    /// <summary>CRAM-MD5 (RFC 2195); the only one here that does not show the password to a listener.</summary>
    CramMd5 = 4,

    /// <summary>All of them.</summary>
    All = Plain | Login | CramMd5,
}

/// <summary>Where and how to connect to one SMTP server.</summary>
public sealed record SmtpClientOptions
{
    /// <summary>Host name or IP address of the server.</summary>
    public required string Host { get; init; }

    /// <summary>TCP port; default 25 (RFC 5321 §4.5.4.2), usually 587 for submission (RFC 6409 §3.1).</summary>
    [Range(1, 65535)]
    public int Port { get; init; } = 25;

    /// <summary>Protection of the connection; default STARTTLS when offered.</summary>
    public SmtpTls Tls { get; init; } = SmtpTls.StartTlsOptional;

    /// <summary>Name the certificate must carry; default <see cref="Host"/>.</summary>
    public string? TlsHost { get; init; }

    /// <summary>Accepts a certificate that is expired, self-signed or of another name; default false.</summary>
    public bool AcceptInvalidCertificate { get; init; }

    /// <summary>Roots to trust in the place of those of the system; null for the system's.</summary>
    public X509Certificate2Collection? TrustedRoots { get; init; }

    /// <summary>Name to sign in with; null for no AUTH.</summary>
    public string? Username { get; init; }

    /// <summary>Password to sign in with.</summary>
    public string? Password { get; init; }

    /// <summary>Ways to sign in that may be used; default all.</summary>
    public SmtpAuthMechanisms AuthMechanisms { get; init; } = SmtpAuthMechanisms.All;

    /// <summary>Lets PLAIN and LOGIN show the password on an unencrypted connection that is not loopback; default false (RFC 4954 §4).</summary>
    public bool AllowPlainTextAuth { get; init; }

    /// <summary>Name given in EHLO; null for the address literal of our end (RFC 5321 §4.1.4).</summary>
    public string? LocalName { get; init; }

    /// <summary>Address to send from; null for the system's choice. Only server addresses of its family are tried.</summary>
    public IPAddress? SourceAddress { get; init; }

    /// <summary>Deadlines of the phases.</summary>
    public SmtpTimeouts Timeouts { get; init; } = new();

    /// <summary>Says whether an address of the server may be connected to; null allows all. Mapped IPv4 addresses come as IPv4.</summary>
    public Func<IPAddress, bool>? AddressAllowed { get; init; }

    /// <summary>Clock of the deadlines.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Says where the connection goes, never the password.</summary>
    public override string ToString() => $"{Host}:{Port} ({Tls}{(Username is null ? "" : ", signs in")})";

    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append(ToString());
        return true;
    }
}

/// <summary>Deadlines, each for a whole phase however many octets or socket calls it takes; RFC 5321 §4.5.3.2 gives longer minimums.</summary>
/// <remarks>A server that answers one octet a second cannot hold a phase beyond its deadline.</remarks>
public sealed record SmtpTimeouts
{
    /// <summary>Name look-up, and then the TCP connection over all addresses; default 10 s.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Greeting; default 30 s (RFC 5321 §4.5.3.2.1 asks for 5 minutes, too long for a pool that has other servers).</summary>
    public TimeSpan Banner { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>EHLO or HELO; default 30 s.</summary>
    public TimeSpan Ehlo { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>STARTTLS and the handshake; default 30 s.</summary>
    public TimeSpan Tls { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The whole AUTH dialogue; default 30 s.</summary>
    public TimeSpan Auth { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>MAIL and its reply; default 60 s (RFC 5321 §4.5.3.2.2: 5 minutes).</summary>
    public TimeSpan Mail { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>RCPT and its reply; default 60 s (RFC 5321 §4.5.3.2.3: 5 minutes).</summary>
    public TimeSpan Rcpt { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>DATA and its 354; default 60 s (RFC 5321 §4.5.3.2.4: 2 minutes).</summary>
    public TimeSpan Data { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Writing the whole text; default 5 minutes.</summary>
    public TimeSpan Body { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Reply to the final dot; default 60 s. RFC 5321 §4.5.3.2.6 asks for 10 minutes: a shorter wait leaves more messages in doubt.</summary>
    public TimeSpan Dot { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>QUIT, RSET and NOOP; default 5 s.</summary>
    public TimeSpan Quit { get; init; } = TimeSpan.FromSeconds(5);
}
