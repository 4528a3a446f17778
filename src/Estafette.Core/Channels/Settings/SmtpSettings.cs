using System.Text.Json.Serialization;
using Estafette.Protocols.Smtp;

namespace Estafette.Core.Channels;

/// <summary>An SMTP relay.</summary>
public sealed record SmtpSettings : ServerSettings
{
    /// <summary>Host name or IP address.</summary>
    public string Host { get; init; } = "";

    /// <summary>TCP port.</summary>
    /// <remarks>1 to 65535; default 587 (submission, RFC 6409).</remarks>
    public int Port { get; init; } = 587;

    /// <summary>Protection of the connection; default STARTTLS required.</summary>
    public SmtpTls Tls { get; init; } = SmtpTls.StartTlsRequired;

    /// <summary>Name to sign in with; null for no sign-in.</summary>
    public string? UserName { get; init; }

    /// <summary>Ways to sign in that may be used; default all.</summary>
    public SmtpAuthMechanisms AuthMechanisms { get; init; } = SmtpAuthMechanisms.All;

    /// <summary>Lets PLAIN and LOGIN show the password on a connection without TLS (RFC 4954 §4 forbids it); default false.</summary>
    public bool AllowPlainTextAuth { get; init; }

    /// <summary>Takes an expired, self-signed or foreign certificate; default false.</summary>
    public bool AcceptInvalidCertificate { get; init; }

    /// <summary>Name given in EHLO; null for the address literal of our end.</summary>
    public string? LocalName { get; init; }

    /// <summary>Messages after which a connection is closed and opened anew.</summary>
    /// <remarks>1 to 1,000,000; default 1,000.</remarks>
    public int MessagesPerConnection { get; init; } = 1000;

    /// <summary>
    /// Asks the relay to report deliveries too (RFC 3461), where the return path leads back to this installation; default false: a report for each message
    /// is as many mails again.
    /// </summary>
    public bool AskReports { get; init; }

    [JsonIgnore]
    public override ServerKind Kind => ServerKind.Smtp;

    [JsonIgnore]
    public override string Target => $"{Host}:{Port}";
}
