namespace Estafette.Protocols.Callbacks;

/// <summary>What a provider reports, in our own words; each provider's names are translated by one table.</summary>
public enum CallbackEventKind
{
    /// <summary>Nothing to record: an unknown event, or one without meaning for a delivery.</summary>
    Ignored = 0,

    /// <summary>Recorded by the provider for a later date.</summary>
    Pending = 1,

    /// <summary>Taken into the provider's queue.</summary>
    Queued = 2,

    /// <summary>On its way from the provider.</summary>
    Sending = 3,

    /// <summary>The first hop has it; no word from the far end.</summary>
    Sent = 4,

    /// <summary>Refused for now; the provider tries again (or, for a call, we may).</summary>
    Deferred = 5,

    /// <summary>The far end acknowledged it.</summary>
    Delivered = 6,

    /// <summary>Read in a chat application; implies delivered.</summary>
    Read = 7,

    /// <summary>A temporary failure that became final.</summary>
    SoftBounced = 8,

    /// <summary>Refused for good by the far end.</summary>
    HardBounced = 9,

    /// <summary>Refused before transport, or because of its content or our standing.</summary>
    Rejected = 10,

    /// <summary>Not sent because the provider's own list forbids it; see <see cref="CallbackListing"/>.</summary>
    Suppressed = 11,

    /// <summary>Taken back before it left.</summary>
    Cancelled = 12,

    /// <summary>The message was opened.</summary>
    Open = 13,

    /// <summary>A link was followed.</summary>
    Click = 14,

    /// <summary>Reported as spam by the person.</summary>
    Complained = 15,

    /// <summary>The person asked the provider for no more messages.</summary>
    Unsubscribed = 16,

    /// <summary>A message from the person to us.</summary>
    Received = 17,
}

/// <summary>The words of <see cref="CallbackEventKind"/> as they are written in files, screens and commands.</summary>
public static class CallbackEventWords
{
    private static readonly string[] _words =
    [
        "ignored",
        "pending",
        "queued",
        "sending",
        "sent",
        "deferred",
        "delivered",
        "read",
        "soft_bounced",
        "hard_bounced",
        "rejected",
        "suppressed",
        "cancelled",
        "open",
        "click",
        "complained",
        "unsubscribed",
        "received",
    ];

    /// <summary>The word, such as <c>soft_bounced</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the enumeration.</exception>
    public static string ToWord(this CallbackEventKind kind) =>
        (int)kind >= 0 && (int)kind < _words.Length
            ? _words[(int)kind]
            : throw new ArgumentOutOfRangeException(nameof(kind), kind, "Naming a callback event: unknown kind.");
}
