using System.ComponentModel.DataAnnotations;
using Estafette.Protocols.Mailboxes;

namespace Estafette.Core.Inbound.Mail;

/// <summary>How a mailbox is read.</summary>
public enum MailboxProtocol
{
    Imap = 0,
    Pop3 = 1,
}

/// <summary>A mailbox into which bounces, complaints and opt-outs are delivered, for installations that receive no mail themselves.</summary>
public sealed record MailboxPollOptions : IValidatableObject
{
    public const string Section = "Mailbox";

    /// <summary>Host of the mailbox.</summary>
    /// <remarks>Default: none, which means that no mailbox is read.</remarks>
    public string? Host { get; init; }

    /// <summary>Imap or Pop3.</summary>
    /// <remarks>Default Imap.</remarks>
    public MailboxProtocol Protocol { get; init; }

    /// <summary>Port of the host.</summary>
    /// <remarks>0 to 65,535; default 0: 993 or 143 for IMAP, 995 or 110 for POP3, by Tls.</remarks>
    [Range(0, 65535)]
    public int Port { get; init; }

    /// <summary>Implicit, StartTls or None.</summary>
    /// <remarks>Default Implicit.</remarks>
    public MailboxTls Tls { get; init; }

    /// <summary>Certificates that no authority vouches for are taken too.</summary>
    /// <remarks>Default false.</remarks>
    public bool AcceptInvalidCertificate { get; init; }

    /// <summary>User name of the mailbox.</summary>
    /// <remarks>Default: none.</remarks>
    public string User { get; init; } = "";

    /// <summary>Password of the mailbox; best given as the environment variable ESTAFETTE_Mailbox__Password.</summary>
    /// <remarks>Default: none.</remarks>
    public string Password { get; init; } = "";

    /// <summary>Folder that is read, for IMAP.</summary>
    /// <remarks>Default INBOX.</remarks>
    public string Folder { get; init; } = "INBOX";

    /// <summary>Read messages are deleted; otherwise they are marked as seen. POP3 always deletes.</summary>
    /// <remarks>Default false.</remarks>
    public bool Delete { get; init; }

    /// <summary>Seconds between two looks.</summary>
    /// <remarks>1 to 86,400; default 60.</remarks>
    [Range(1, 86_400)]
    public int EverySeconds { get; init; } = 60;

    internal MailboxOptions ToMailbox(TimeProvider clock) =>
        new()
        {
            Host = Host!,
            Port = Port > 0 ? Port : DefaultPort,
            Tls = Tls,
            AcceptInvalidCertificate = AcceptInvalidCertificate,
            Username = User,
            Password = Password,
            AllowPlainTextAuth = Tls == MailboxTls.None,
            TimeProvider = clock,
        };

    private int DefaultPort =>
        (Protocol, Tls) switch
        {
            (MailboxProtocol.Imap, MailboxTls.Implicit) => 993,
            (MailboxProtocol.Imap, _) => 143,
            (_, MailboxTls.Implicit) => 995,
            _ => 110,
        };

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Host is { Length: > 0 } && User.Length == 0)
            yield return new ValidationResult("Say who reads the mailbox.", [nameof(User)]);
    }
}
