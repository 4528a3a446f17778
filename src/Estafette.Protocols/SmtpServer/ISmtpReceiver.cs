using System.Net;
using Estafette.Protocols.Smtp;

namespace Estafette.Protocols.SmtpServer;

/// <summary>Decides what a door takes and keeps it: the application's side of the server.</summary>
/// <remarks>
/// Calls of one session come one after the other, those of different sessions at the same time. A refusal is a reply of class 4 or 5, best with
/// the enhanced status first in its text (<c>5.1.1 No such mailbox</c>); a reply of another class and an exception become 451 4.3.0. A reply
/// with code 421 also ends the session. The token is cancelled when the question takes too long or the server stops.
/// </remarks>
public interface ISmtpReceiver
{
    /// <summary>A client has connected; null greets it, a refusal (554 or 421) turns it away. Default: greets.</summary>
    ValueTask<SmtpReply?> GreetAsync(SmtpPeer peer, CancellationToken ct) => new((SmtpReply?)null);

    /// <summary>A client gives a name and a password. Default: refuses. Limits per address or name belong here.</summary>
    ValueTask<SmtpAuthResult> AuthenticateAsync(SmtpPeer peer, string user, string password, CancellationToken ct) =>
        new(SmtpAuthResult.Refused());

    /// <summary>MAIL; null takes the sender. Default: takes every sender.</summary>
    ValueTask<SmtpReply?> AcceptSenderAsync(SmtpTransaction transaction, CancellationToken ct) => new((SmtpReply?)null);

    /// <summary>RCPT; null takes the recipient. There is no default, so that nobody opens a relay by leaving it out.</summary>
    ValueTask<SmtpReply?> AcceptRecipientAsync(SmtpTransaction transaction, SmtpRecipient recipient, CancellationToken ct);

    /// <summary>
    /// A whole message. Answer with a positive reply only once it is stored so that a crash does not lose it: the client then forgets it
    /// (RFC 5321 §6.1). Its bytes are valid until the answer.
    /// </summary>
    ValueTask<SmtpReply> ReceiveAsync(SmtpReceivedMessage message, CancellationToken ct);

    /// <summary>An exception of the receiver, or of the server itself, that the client sees as 451 or a closed connection; for the log.</summary>
    void Faulted(SmtpPeer peer, Exception exception) { }
}

/// <summary>What is known of the other end of a session.</summary>
public sealed class SmtpPeer
{
    internal SmtpPeer(long session, IPEndPoint remote, IPEndPoint local, DateTimeOffset since)
    {
        Session = session;
        Remote = remote;
        Local = local;
        Since = since;
    }

    /// <summary>Number of the session, from 1 at the start of the server.</summary>
    public long Session { get; }

    /// <summary>Where the client comes from; behind a proxy, what the proxy says. Mapped IPv4 addresses are IPv4.</summary>
    public IPEndPoint Remote { get; internal set; }

    /// <summary>Our end.</summary>
    public IPEndPoint Local { get; internal set; }

    /// <summary>When it connected.</summary>
    public DateTimeOffset Since { get; }

    /// <summary>Name given in EHLO or HELO, printable and without spaces; empty before. Anyone can give any name.</summary>
    public string HelloName { get; internal set; } = "";

    /// <summary>It said EHLO, not HELO.</summary>
    public bool IsExtended { get; internal set; }

    /// <summary>TLS protects the session.</summary>
    public bool IsEncrypted { get; internal set; }

    /// <summary>Version and cipher of TLS, such as <c>Tls13 TLS_AES_256_GCM_SHA384</c>; null without TLS.</summary>
    public string? Tls { get; internal set; }

    /// <summary>Who signed in, as the receiver named them; null for nobody.</summary>
    public string? Identity { get; internal set; }
}

/// <summary>The word of the receiver on a name and a password.</summary>
public readonly record struct SmtpAuthResult
{
    /// <summary>Who it is; null when refused.</summary>
    public string? Identity { get; private init; }

    /// <summary>No word for now: 454 4.7.0, and not counted as a failure.</summary>
    public bool IsTemporary { get; private init; }

    /// <summary>Wait before the refusal is told; null for <see cref="SmtpServerTimeouts.AuthFailure"/>.</summary>
    public TimeSpan? Delay { get; private init; }

    /// <summary>Signed in.</summary>
    public static SmtpAuthResult Accepted(string identity) => new() { Identity = identity };

    /// <summary>Wrong name or password: 535 5.7.8 after the delay.</summary>
    public static SmtpAuthResult Refused(TimeSpan? delay = null) => new() { Delay = delay };

    /// <summary>The accounts cannot be asked now, or this address has tried too often.</summary>
    public static SmtpAuthResult Temporary() => new() { IsTemporary = true };
}

/// <summary>One recipient as given in RCPT.</summary>
/// <param name="Address">Without angle brackets, quotes and escapes kept; <c>postmaster</c> may come without domain (RFC 5321 §4.5.1).</param>
public sealed record SmtpRecipient(string Address)
{
    /// <summary>NOTIFY of RFC 3461 §4.1 as written, such as <c>SUCCESS,FAILURE</c>; null when not given.</summary>
    public string? Notify { get; init; }

    /// <summary>ORCPT of RFC 3461 §4.2 as written, in xtext; null when not given.</summary>
    public string? OriginalRecipient { get; init; }
}

/// <summary>The envelope of a message as it grows (RFC 5321 §3.3).</summary>
public sealed class SmtpTransaction
{
    private readonly List<SmtpRecipient> _recipients = [];

    internal SmtpTransaction(SmtpPeer peer, string mailFrom)
    {
        Peer = peer;
        MailFrom = mailFrom;
    }

    /// <summary>Who sends.</summary>
    public SmtpPeer Peer { get; }

    /// <summary>Return path without angle brackets; empty for the null reverse-path of reports (RFC 5321 §4.5.5).</summary>
    public string MailFrom { get; }

    /// <summary>Recipients taken so far.</summary>
    public IReadOnlyList<SmtpRecipient> Recipients => _recipients;

    /// <summary>SIZE as announced, in octets; 0 when not given (RFC 1870 §6.1).</summary>
    public long AnnouncedBytes { get; internal set; }

    /// <summary>BODY=8BITMIME was given (RFC 6152).</summary>
    public bool Is8Bit { get; internal set; }

    /// <summary>SMTPUTF8 was given: addresses and headers may be UTF-8 (RFC 6531 §3.4).</summary>
    public bool IsUtf8 { get; internal set; }

    /// <summary>RET of RFC 3461 §4.3: FULL, HDRS or null.</summary>
    public string? Return { get; internal set; }

    /// <summary>ENVID of RFC 3461 §4.4 as written, in xtext; null when not given.</summary>
    public string? EnvelopeId { get; internal set; }

    internal void Add(SmtpRecipient recipient) => _recipients.Add(recipient);
}

/// <summary>A whole message with its envelope; valid until <see cref="ISmtpReceiver.ReceiveAsync"/> returns.</summary>
public sealed class SmtpReceivedMessage
{
    private readonly MessageSpool _spool;

    internal SmtpReceivedMessage(SmtpTransaction transaction, MessageSpool spool, DateTimeOffset at)
    {
        Transaction = transaction;
        _spool = spool;
        At = at;
    }

    /// <summary>Sender, recipients and the session.</summary>
    public SmtpTransaction Transaction { get; }

    /// <summary>When its last octet came.</summary>
    public DateTimeOffset At { get; }

    /// <summary>Octets of the text, without stuffing and final dot.</summary>
    public long Length => _spool.Length;

    /// <summary>The whole text when it is in memory, null when it is in a file.</summary>
    public ReadOnlyMemory<byte>? Memory => _spool.Memory;

    /// <summary>Reads the text from its start; one stream at a time.</summary>
    public Stream OpenRead() => _spool.OpenRead();

    /// <summary>Copies the text into one array.</summary>
    public async ValueTask<byte[]> ToArrayAsync(CancellationToken ct = default)
    {
        if (_spool.Memory is { } memory)
        {
            return memory.ToArray();
        }

        var all = new byte[Length];
        await using var stream = OpenRead();
        await stream.ReadExactlyAsync(all, ct);
        return all;
    }
}
