using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Estafette.Protocols.Mailboxes;

/// <summary>How the connection to a mailbox is protected (RFC 8314 §3).</summary>
public enum MailboxTls
{
    /// <summary>TLS from the first octet; usually port 993 or 995.</summary>
    Implicit,

    /// <summary>STARTTLS or STLS before signing in, or no connection; usually port 143 or 110.</summary>
    StartTls,

    /// <summary>Plain text.</summary>
    None,
}

/// <summary>Where a mailbox is and how to get in, by IMAP or POP3.</summary>
public sealed record MailboxOptions
{
    /// <summary>Host name or IP address of the server.</summary>
    public required string Host { get; init; }

    /// <summary>TCP port; default 993.</summary>
    [Range(1, 65535)]
    public int Port { get; init; } = 993;

    /// <summary>Protection of the connection; default TLS from the first octet.</summary>
    public MailboxTls Tls { get; init; }

    /// <summary>Name the certificate must carry; default <see cref="Host"/>.</summary>
    public string? TlsHost { get; init; }

    /// <summary>Accepts a certificate that is expired, self-signed or of another name; default false.</summary>
    public bool AcceptInvalidCertificate { get; init; }

    /// <summary>Roots to trust in the place of those of the system; null for the system's.</summary>
    public X509Certificate2Collection? TrustedRoots { get; init; }

    /// <summary>Name to sign in with.</summary>
    public required string Username { get; init; }

    /// <summary>Password to sign in with.</summary>
    public required string Password { get; init; }

    /// <summary>Lets the password pass on an unencrypted connection that is not loopback; default false.</summary>
    public bool AllowPlainTextAuth { get; init; }

    /// <summary>Address to connect from; null for the system's choice.</summary>
    public IPAddress? SourceAddress { get; init; }

    /// <summary>Says whether an address of the server may be connected to; null allows all.</summary>
    public Func<IPAddress, bool>? AddressAllowed { get; init; }

    /// <summary>Octets of one response apart from message texts; 64 KiB to 64 MiB, default 4 MiB. A server that sends more is left.</summary>
    [Range(64 << 10, 64 << 20)]
    public int MaxResponseBytes { get; init; } = 4 << 20;

    /// <summary>Deadlines.</summary>
    public MailboxTimeouts Timeouts { get; init; } = new();

    /// <summary>Clock of the deadlines.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Says where the connection goes, never the password.</summary>
    public override string ToString() => $"{Host}:{Port} ({Tls})";

    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append(ToString());
        return true;
    }
}

/// <summary>Deadlines, each for a whole step however many octets or socket calls it takes.</summary>
public sealed record MailboxTimeouts
{
    /// <summary>Name look-up and TCP connection; default 10 s.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Greeting, TLS and signing in, together; default 60 s.</summary>
    public TimeSpan SignIn { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A command and its whole answer; default 2 minutes, since large mailboxes are searched slowly.</summary>
    public TimeSpan Command { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The text of one message, either way; default 10 minutes.</summary>
    public TimeSpan Transfer { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The goodbye; default 5 s.</summary>
    public TimeSpan Quit { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>Why a mailbox could not be used.</summary>
public enum MailboxFailure
{
    /// <summary>No address, or nobody listens there.</summary>
    Unreachable,

    /// <summary>A deadline has passed.</summary>
    Timeout,

    /// <summary>The server closed, or the line broke.</summary>
    Closed,

    /// <summary>TLS is not offered, failed, or the certificate is not valid.</summary>
    Tls,

    /// <summary>What the server said makes no sense or passes a limit.</summary>
    Protocol,

    /// <summary>We do not do what would be needed, such as showing the password on an open line.</summary>
    Policy,

    /// <summary>Name or password refused.</summary>
    SignInRefused,

    /// <summary>The server refused a command; the connection stays good.</summary>
    Refused,
}

/// <summary>A mailbox could not be used; the message says what was being done, where, and why not.</summary>
public sealed class MailboxException : IOException
{
    /// <summary>Makes the exception from its kind and text.</summary>
    public MailboxException(MailboxFailure failure, string message, Exception? inner = null)
        : base(message, inner)
    {
        Failure = failure;
    }

    /// <summary>What kind of failure it is.</summary>
    public MailboxFailure Failure { get; }
}
