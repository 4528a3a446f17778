using System.Collections.Frozen;

namespace Estafette.Protocols.Bounces;

/// <summary>What a message that came back is.</summary>
public enum ReturnedKind
{
    /// <summary>Nothing automatic: a person's mail, a newsletter, a report that asks for nothing.</summary>
    None,

    /// <summary>At least one recipient failed for good.</summary>
    Bounce,

    /// <summary>Delivery is late; the far server still tries.</summary>
    Delayed,

    /// <summary>A success notice: delivered, relayed or expanded.</summary>
    Delivered,

    /// <summary>A spam or fraud report of a feedback loop (RFC 5965).</summary>
    Complaint,

    /// <summary>The person asks for no more mail.</summary>
    Unsubscribe,

    /// <summary>Vacation notice, acknowledgement, read receipt, challenge: made by a machine, asks for nothing.</summary>
    AutoReply,
}

/// <summary>Who is to blame for a refusal and for how long.</summary>
public enum BounceClass
{
    /// <summary>Nothing was refused.</summary>
    None,

    /// <summary>The mailbox or its domain does not exist or is disabled.</summary>
    Hard,

    /// <summary>About the recipient, but may pass: full mailbox, size, host away for days.</summary>
    Soft,

    /// <summary>Not about the recipient and may pass: greylisting, rate, network, a server out of order.</summary>
    Transient,

    /// <summary>The sender is refused: reputation, policy, authentication, content. Says nothing against the address.</summary>
    Block,
}

/// <summary>What the receiver of a verdict should do; one for each <see cref="BounceClass"/>.</summary>
public enum BounceAction
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Write no more to the address.</summary>
    Suppress,

    /// <summary>Count it; several of them suppress (rules of the caller).</summary>
    Count,

    /// <summary>Try again later.</summary>
    Retry,

    /// <summary>Tell the operator: the fault is on the sending side.</summary>
    Alert,
}

/// <summary>Why a message was refused: a closed vocabulary. Names are stored and shown as <see cref="BounceWords.Word(BounceReason)"/>.</summary>
public enum BounceReason
{
    /// <summary><c>other</c>: nothing known.</summary>
    Other,

    /// <summary><c>unknown-user</c>: no such mailbox.</summary>
    UnknownUser,

    /// <summary><c>unknown-domain</c>: the domain does not exist or has no mail server.</summary>
    UnknownDomain,

    /// <summary><c>null-mx</c>: the domain says it takes no mail (RFC 7505).</summary>
    NullMx,

    /// <summary><c>mailbox-disabled</c>: it existed and is closed, suspended or inactive.</summary>
    MailboxDisabled,

    /// <summary><c>mailbox-full</c>: over quota.</summary>
    MailboxFull,

    /// <summary><c>message-too-large</c>: over the limit of the server or of the mailbox.</summary>
    MessageTooLarge,

    /// <summary><c>moved</c>: the person has another address now.</summary>
    Moved,

    /// <summary><c>bad-address</c>: the syntax of the address is wrong.</summary>
    BadAddress,

    /// <summary><c>no-mail-accepted</c>: the host or the mailbox takes no mail at all (RFC 7504).</summary>
    NoMailAccepted,

    /// <summary><c>greylisted</c>: come back in some minutes.</summary>
    Greylisted,

    /// <summary><c>rate-limited</c>: too many messages for now.</summary>
    RateLimited,

    /// <summary><c>too-many-connections</c>: too many sessions at once.</summary>
    TooManyConnections,

    /// <summary><c>system-busy</c>: the far server is overloaded, in maintenance or out of order.</summary>
    SystemBusy,

    /// <summary><c>network</c>: no connection, or a broken one.</summary>
    Network,

    /// <summary><c>dns-failure</c>: the name servers did not answer.</summary>
    DnsFailure,

    /// <summary><c>routing</c>: the far side does not know where to send it on.</summary>
    Routing,

    /// <summary><c>loop</c>: the message goes in circles.</summary>
    Loop,

    /// <summary><c>expired</c>: tried for days in vain.</summary>
    Expired,

    /// <summary><c>tls</c>: encryption missing or failed.</summary>
    Tls,

    /// <summary><c>relay-denied</c>: the server does not relay for us.</summary>
    RelayDenied,

    /// <summary><c>blocklisted</c>: our address or domain is on a block list.</summary>
    Blocklisted,

    /// <summary><c>reputation</c>: poor reputation, complaints, unknown sender.</summary>
    Reputation,

    /// <summary><c>policy</c>: refused by a rule of the place.</summary>
    Policy,

    /// <summary><c>authentication</c>: SPF, DKIM or DMARC failed, or a log-in is wanted.</summary>
    Authentication,

    /// <summary><c>no-ptr</c>: the sending address has no proper reverse name, or HELO is wrong.</summary>
    NoPtr,

    /// <summary><c>spam-content</c>: the message looks like spam.</summary>
    SpamContent,

    /// <summary><c>virus</c>: malware or phishing found.</summary>
    Virus,

    /// <summary><c>content</c>: refused for its form or words.</summary>
    Content,

    /// <summary><c>attachment</c>: refused for an attached file.</summary>
    Attachment,

    /// <summary><c>sender-rejected</c>: the sender address is refused.</summary>
    SenderRejected,

    /// <summary><c>protocol</c>: a fault in the dialogue.</summary>
    Protocol,

    /// <summary><c>challenge</c>: a person has to confirm first.</summary>
    Challenge,
}

/// <summary>The written forms of the vocabulary and what a class asks for.</summary>
public static class BounceWords
{
    private static readonly string[] Words =
    [
        .. Enum.GetNames<BounceReason>()
            .Select(n => string.Concat(n.Select((c, i) => i > 0 && char.IsUpper(c) ? $"-{c}" : $"{c}")).ToLowerInvariant()),
    ];

    private static readonly FrozenDictionary<string, BounceReason> Reasons = Words
        .Index()
        .ToFrozenDictionary(w => w.Item, w => (BounceReason)w.Index, StringComparer.Ordinal);

    /// <summary>The written form, e.g. <c>unknown-user</c>.</summary>
    public static string Word(this BounceReason reason) => Words[(int)reason];

    /// <summary>The reason of a written form; false for a word outside the vocabulary.</summary>
    public static bool TryReason(string word, out BounceReason reason) => Reasons.TryGetValue(word, out reason);

    /// <summary>What a class asks for.</summary>
    public static BounceAction ActionOf(BounceClass bounceClass) =>
        bounceClass switch
        {
            BounceClass.Hard => BounceAction.Suppress,
            BounceClass.Soft => BounceAction.Count,
            BounceClass.Transient => BounceAction.Retry,
            BounceClass.Block => BounceAction.Alert,
            _ => BounceAction.None,
        };

    /// <summary>The class a reason has when nothing else is said.</summary>
    /// <param name="isPermanent">False after a 4xx answer, which never condemns an address at once.</param>
    public static BounceClass ClassOf(BounceReason reason, bool isPermanent) =>
        reason switch
        {
            BounceReason.UnknownUser
            or BounceReason.UnknownDomain
            or BounceReason.NullMx
            or BounceReason.MailboxDisabled
            or BounceReason.BadAddress
            or BounceReason.Moved
            or BounceReason.NoMailAccepted => isPermanent ? BounceClass.Hard : BounceClass.Soft,
            BounceReason.MailboxFull or BounceReason.MessageTooLarge => BounceClass.Soft,
            BounceReason.Greylisted
            or BounceReason.RateLimited
            or BounceReason.TooManyConnections
            or BounceReason.SystemBusy
            or BounceReason.Network
            or BounceReason.DnsFailure => BounceClass.Transient,
            BounceReason.Routing or BounceReason.Loop or BounceReason.Expired or BounceReason.Other => isPermanent
                ? BounceClass.Soft
                : BounceClass.Transient,
            BounceReason.Tls or BounceReason.Protocol => isPermanent ? BounceClass.Block : BounceClass.Transient,
            _ => BounceClass.Block,
        };
}
