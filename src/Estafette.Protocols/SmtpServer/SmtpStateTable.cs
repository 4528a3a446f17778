using Estafette.Protocols.Smtp;

namespace Estafette.Protocols.SmtpServer;

/// <summary>How far a session has come (RFC 5321 §4.1.4).</summary>
internal enum SmtpState
{
    /// <summary>Neither HELO nor EHLO yet, or again after STARTTLS.</summary>
    Start,

    /// <summary>Introduced; no transaction.</summary>
    Ready,

    /// <summary>MAIL taken, no recipient yet.</summary>
    Mail,

    /// <summary>At least one recipient taken.</summary>
    Rcpt,

    /// <summary>At least one chunk taken, not the last (RFC 3030 §2).</summary>
    Chunks,
}

/// <summary>What a command leads to in a state.</summary>
internal enum SmtpStep
{
    BadSequence,
    NoRecipients,
    Unknown,
    Hello,
    Mail,
    Rcpt,
    Data,
    Chunk,

    /// <summary>The octets of the chunk come whatever we say, so they are read before the refusal (RFC 3030 §2).</summary>
    SkipChunk,
    Reset,
    Noop,
    Quit,
    Verify,
    Expand,
    Help,
    StartTls,
    Auth,
}

/// <summary>State and command give the step; the step gives the next state.</summary>
internal static class SmtpStateTable
{
    public static SmtpStep Find(SmtpState state, SmtpVerb verb) => Steps[verb][(int)state];

    // Columns:                              Start                   Ready                   Mail                    Rcpt                    Chunks
    private static readonly Dictionary<SmtpVerb, SmtpStep[]> Steps = new()
    {
        [SmtpVerb.Unknown] = [SmtpStep.Unknown, SmtpStep.Unknown, SmtpStep.Unknown, SmtpStep.Unknown, SmtpStep.Unknown],
        [SmtpVerb.Helo] = [SmtpStep.Hello, SmtpStep.Hello, SmtpStep.Hello, SmtpStep.Hello, SmtpStep.Hello],
        [SmtpVerb.Ehlo] = [SmtpStep.Hello, SmtpStep.Hello, SmtpStep.Hello, SmtpStep.Hello, SmtpStep.Hello],
        [SmtpVerb.Mail] = [SmtpStep.BadSequence, SmtpStep.Mail, SmtpStep.BadSequence, SmtpStep.BadSequence, SmtpStep.BadSequence],
        [SmtpVerb.Rcpt] = [SmtpStep.BadSequence, SmtpStep.BadSequence, SmtpStep.Rcpt, SmtpStep.Rcpt, SmtpStep.BadSequence],
        [SmtpVerb.Data] = [SmtpStep.BadSequence, SmtpStep.BadSequence, SmtpStep.NoRecipients, SmtpStep.Data, SmtpStep.BadSequence],
        [SmtpVerb.Bdat] = [SmtpStep.SkipChunk, SmtpStep.SkipChunk, SmtpStep.SkipChunk, SmtpStep.Chunk, SmtpStep.Chunk],
        [SmtpVerb.Rset] = [SmtpStep.Reset, SmtpStep.Reset, SmtpStep.Reset, SmtpStep.Reset, SmtpStep.Reset],
        [SmtpVerb.Noop] = [SmtpStep.Noop, SmtpStep.Noop, SmtpStep.Noop, SmtpStep.Noop, SmtpStep.Noop],
        [SmtpVerb.Quit] = [SmtpStep.Quit, SmtpStep.Quit, SmtpStep.Quit, SmtpStep.Quit, SmtpStep.Quit],
        [SmtpVerb.Vrfy] = [SmtpStep.BadSequence, SmtpStep.Verify, SmtpStep.Verify, SmtpStep.Verify, SmtpStep.Verify],
        [SmtpVerb.Expn] = [SmtpStep.BadSequence, SmtpStep.Expand, SmtpStep.Expand, SmtpStep.Expand, SmtpStep.Expand],
        [SmtpVerb.Help] = [SmtpStep.Help, SmtpStep.Help, SmtpStep.Help, SmtpStep.Help, SmtpStep.Help],
        // RFC 3207 §4 and RFC 4954 §4: after EHLO, and not inside a transaction.
        [SmtpVerb.StartTls] = [SmtpStep.BadSequence, SmtpStep.StartTls, SmtpStep.BadSequence, SmtpStep.BadSequence, SmtpStep.BadSequence],
        [SmtpVerb.Auth] = [SmtpStep.BadSequence, SmtpStep.Auth, SmtpStep.BadSequence, SmtpStep.BadSequence, SmtpStep.BadSequence],
    };
}

/// <summary>The replies that are always the same (RFC 5321 §4.2.3, RFC 3463).</summary>
internal static class ServerReplies
{
    public static readonly SmtpReply Ok = new(250, "2.0.0 OK");
    public static readonly SmtpReply SenderOk = new(250, "2.1.0 Sender OK");
    public static readonly SmtpReply RecipientOk = new(250, "2.1.5 Recipient OK");
    public static readonly SmtpReply ChunkOk = new(250, "2.0.0 Chunk OK");
    public static readonly SmtpReply GoAhead = new(354, "End with a line that holds only a dot");
    public static readonly SmtpReply Bye = new(221, "2.0.0 Goodbye");
    public static readonly SmtpReply CannotVerify = new(252, "2.1.5 Send to it and see");
    public static readonly SmtpReply NoExpansion = new(502, "5.5.1 Lists are not shown");
    public static readonly SmtpReply Help = new(214, "2.0.0 See RFC 5321");
    public static readonly SmtpReply StartTls = new(220, "2.0.0 Begin TLS");
    public static readonly SmtpReply NoTls = new(502, "5.5.1 TLS is not available");
    public static readonly SmtpReply TlsAlready = new(503, "5.5.1 TLS protects this connection already");
    public static readonly SmtpReply TlsFirst = new(530, "5.7.0 Start TLS first");
    public static readonly SmtpReply AuthFirst = new(530, "5.7.0 Sign in first");
    public static readonly SmtpReply NoAuth = new(502, "5.5.1 Signing in is not available");
    public static readonly SmtpReply AuthNeedsTls = new(538, "5.7.11 Start TLS before signing in");
    public static readonly SmtpReply AuthAlready = new(503, "5.5.1 Signed in already");
    public static readonly SmtpReply AuthUnknown = new(504, "5.5.4 Use PLAIN or LOGIN");
    public static readonly SmtpReply AuthCancelled = new(501, "5.7.0 Given up");
    public static readonly SmtpReply AuthMalformed = new(501, "5.5.2 These credentials cannot be read");
    public static readonly SmtpReply AuthOk = new(235, "2.7.0 Signed in");
    public static readonly SmtpReply AuthRefused = new(535, "5.7.8 Name or password is wrong");
    public static readonly SmtpReply AuthTemporary = new(454, "4.7.0 Signing in is not possible now; try later");
    public static readonly SmtpReply Unknown = new(500, "5.5.1 This command is not known");
    public static readonly SmtpReply NotMail = new(500, "5.5.1 This is a mail server");
    public static readonly SmtpReply BadSequence = new(503, "5.5.1 This command does not fit here");
    public static readonly SmtpReply NoRecipients = new(503, "5.5.1 No recipient was taken");
    public static readonly SmtpReply OutOfStep = new(503, "5.5.0 Wait for the reply to this command");
    public static readonly SmtpReply NoArguments = new(501, "5.5.4 This command stands alone");
    public static readonly SmtpReply BadHello = new(501, "5.5.4 Give your host name");
    public static readonly SmtpReply BadPath = new(501, "5.5.2 Give an address between angle brackets");
    public static readonly SmtpReply BadSender = new(501, "5.1.7 The address is malformed");
    public static readonly SmtpReply BadRecipient = new(501, "5.1.3 The address is malformed");
    public static readonly SmtpReply NeedsUtf8 = new(553, "5.6.7 Addresses beyond ASCII need SMTPUTF8");
    public static readonly SmtpReply BadParameter = new(501, "5.5.4 A parameter is malformed or given twice");
    public static readonly SmtpReply UnknownParameter = new(555, "5.5.4 A parameter is not known");
    public static readonly SmtpReply BadChunk = new(501, "5.5.4 Give the length of the chunk in octets");
    public static readonly SmtpReply TooManyRecipients = new(452, "4.5.3 Too many recipients; send to the others in another message");
    public static readonly SmtpReply TooLarge = new(552, "5.3.4 The message is larger than this server takes");
    public static readonly SmtpReply LineTooLong = new(500, "5.5.2 The line is too long");
    public static readonly SmtpReply LineBroken = new(500, "5.5.2 Lines end with CRLF and hold no other CR, LF or NUL");
    public static readonly SmtpReply BareLineEnd = new(550, "5.6.0 The message holds a CR or LF that is not part of a CRLF");
    public static readonly SmtpReply Nul = new(550, "5.6.0 The message holds a NUL octet");
    public static readonly SmtpReply LocalError = new(451, "4.3.0 Local error; try later");
    public static readonly SmtpReply TooManyErrors = new(421, "4.7.0 Too many errors");
    public static readonly SmtpReply TooManyCommands = new(421, "4.7.0 Too many commands without a message");
    public static readonly SmtpReply TooManyMessages = new(421, "4.7.0 Enough messages for one session; connect again");
    public static readonly SmtpReply TooManyConnections = new(421, "4.3.2 Too many sessions; try later");
    public static readonly SmtpReply TooManyFromAddress = new(421, "4.7.0 Too many sessions from your address; try later");
    public static readonly SmtpReply Stopping = new(421, "4.3.2 The server stops; try later");
    public static readonly SmtpReply TooSlow = new(421, "4.4.2 Waited too long for you");
}
