using Estafette.Core.Platform;
using Estafette.Protocols.Mime;

namespace Estafette.Core.Channels;

/// <summary>Speaks to one kind of provider on behalf of one sending server.</summary>
public interface ISender : IAsyncDisposable
{
    /// <summary>Which form of a message the sender takes.</summary>
    MessageForm Form { get; }

    /// <summary>A slot that sends one message at a time. Opening is lazy: a refused connection is the result of the first send.</summary>
    ISenderSlot OpenSlot();
}

/// <summary>One connection (or request in flight) of a sender. Not used by two callers at once.</summary>
public interface ISenderSlot : IAsyncDisposable
{
    /// <summary>
    /// Hands one message over. <paramref name="next"/>, when known, is the message of the following call on this slot, so that a pipelining
    /// protocol can send its envelope early; it is not started before its own call.
    /// <paramref name="start"/> is called right before the point of no return (the final dot, the request body), at most once per call.
    /// Refusals and broken connections are results; only cancellation throws.
    /// </summary>
    ValueTask<SendResult> SendAsync(OutgoingMessage message, OutgoingMessage? next, ISendStart start, CancellationToken ct);
}

/// <summary>Told that a message is about to become irrevocable.</summary>
public interface ISendStart
{
    /// <summary>Journals the start; returns false when the message must not go out any more (paused, cancelled, fenced).</summary>
    bool TryStart(OutgoingMessage message);
}

/// <summary>The two forms in which a message is handed to a sender.</summary>
public enum MessageForm
{
    /// <summary>A complete RFC 5322 message, signed.</summary>
    Mime,

    /// <summary>Subject, HTML, text and headers apart, for JSON APIs.</summary>
    Parts,
}

/// <summary>A message rendered for one recipient, ready to hand over.</summary>
public sealed record OutgoingMessage
{
    public required DeliveryId Delivery { get; init; }
    public required CustomerId Customer { get; init; }
    public CampaignId? Campaign { get; init; }
    public string? CampaignName { get; init; }

    /// <summary>The address the message goes to, as it is put on the wire.</summary>
    public required string Recipient { get; init; }
    public string? RecipientName { get; init; }

    /// <summary>Envelope sender; empty for a null return path.</summary>
    public required string EnvelopeFrom { get; init; }
    public required string FromEmail { get; init; }
    public string? FromName { get; init; }
    public string? ReplyTo { get; init; }

    /// <summary>Without angle brackets.</summary>
    public required string MessageId { get; init; }
    public required string Subject { get; init; }

    /// <summary>The complete message when the sender takes <see cref="MessageForm.Mime"/>.</summary>
    public ReadOnlyMemory<byte> Mime { get; init; }
    public string? Html { get; init; }
    public string? Text { get; init; }

    /// <summary>Further headers for the parts form: List-Unsubscribe and the like.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Files, for the parts form; in the MIME form they are in the message.</summary>
    public IReadOnlyList<MimeAttachment> Attachments { get; init; } = [];

    /// <summary>The recipient's own fields, for <c>{{custom.*}}</c> of a JSON template: strings, numbers, booleans, JSON elements.</summary>
    public IReadOnlyDictionary<string, object?>? Fields { get; init; }
}

/// <summary>How one try ended.</summary>
public enum AttemptOutcome : short
{
    Accepted = 1,

    /// <summary>A temporary refusal by the far end.</summary>
    Deferred = 2,

    /// <summary>A final refusal.</summary>
    Rejected = 3,

    /// <summary>Nothing was handed over: the server could not be reached or would not talk to us.</summary>
    Unreachable = 4,

    /// <summary>The message left and the answer never came.</summary>
    InDoubt = 5,

    /// <summary>Stopped before the point of no return because the campaign was paused, cancelled or the lane lost.</summary>
    NotStarted = 6,
}

/// <summary>Whose fault a failed try is; decides between next server, later and never (delivery table of ADR 0016).</summary>
public enum Blame : short
{
    None = 0,

    /// <summary>The sending server: the next one is tried now.</summary>
    Server = 1,

    /// <summary>Our configuration of the server: the next one is tried now and this one is marked "to check".</summary>
    Configuration = 2,

    /// <summary>The content or the recipient: no other server is tried.</summary>
    Message = 3,

    /// <summary>The destination's word: tried again later through the same server.</summary>
    Destination = 4,
}

/// <summary>Where in the exchange a try ended. Values are stored: never renumber.</summary>
public enum SendPhase : short
{
    None = 0,
    Dns = 1,
    Connect = 2,
    Banner = 3,
    Ehlo = 4,
    StartTls = 5,
    Auth = 6,
    Mail = 7,
    Rcpt = 8,
    Data = 9,
    Dot = 10,
    Request = 11,
    Response = 12,
    Render = 13,
}

/// <summary>What became of one try, always with the far end's own words.</summary>
public sealed record SendResult
{
    public required AttemptOutcome Outcome { get; init; }
    public Blame Blame { get; init; }
    public SendPhase Phase { get; init; }

    /// <summary>SMTP reply code or HTTP status; null when there was none.</summary>
    public int? Code { get; init; }

    /// <summary>RFC 3463 status such as "5.1.1".</summary>
    public string? Enhanced { get; init; }

    /// <summary>The far end's words, up to 1,000 characters, or what happened instead.</summary>
    public required string Text { get; init; }

    /// <summary>How long the far end asked us to wait.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The far end's id of the message.</summary>
    public string? ProviderId { get; init; }

    public static readonly SendResult NotStarted = new() { Outcome = AttemptOutcome.NotStarted, Text = "not started" };
}
