using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Core.Suppression;

namespace Estafette.Core.Inbound;

/// <summary>What happened to a delivery after it left, as a bounce message, a feedback loop or a provider tells it.</summary>
internal enum FarEndFact
{
    /// <summary>Kept in the history, changes nothing.</summary>
    Note,
    Deferred,
    Delivered,
    SoftBounced,
    HardBounced,
    Rejected,
    Complained,
    Unsubscribed,
}

/// <summary>How a failure bears on the address.</summary>
internal enum FarEndBlame
{
    /// <summary>Not at all: the sender, the content or the way was refused.</summary>
    None,

    /// <summary>Counted: enough of them list the address.</summary>
    CountTemporary,
    CountPermanent,

    /// <summary>The address does not exist: listed at once.</summary>
    List,
}

/// <summary>One word of the far end about one delivery.</summary>
/// <param name="Delivery">Proved by a token of ours, or by the provider's authenticated call.</param>
/// <param name="Fact">What happened.</param>
/// <param name="At">When, by the far end's clock or ours.</param>
/// <param name="Source">Who says so.</param>
/// <param name="Text">The far end's own words.</param>
internal sealed record FarEndWord(DeliveryId Delivery, FarEndFact Fact, DateTimeOffset At, DeliveryEventSource Source, string? Text)
{
    public FarEndBlame Blame { get; init; }

    /// <summary>Enhanced status of a failure (RFC 3463), such as "5.2.2".</summary>
    public string? Status { get; init; }

    /// <summary>How the person asked, for opt-outs and complaints.</summary>
    public SuppressionOrigin Origin { get; init; } = SuppressionOrigin.Bounce;

    /// <summary>Only deliveries of this customer are meant; null: the proof says whose it is.</summary>
    public CustomerId? Customer { get; init; }
}

/// <summary>What became of a word. Values are stored: never renumber.</summary>
public enum FarEndOutcome : short
{
    Waiting = 0,

    /// <summary>The status moved, or the person was taken off.</summary>
    Applied = 1,

    /// <summary>Kept in the history; the status stands higher already, or the word says nothing.</summary>
    Noted = 2,

    /// <summary>No such delivery.</summary>
    Unknown = 3,

    /// <summary>Says nothing about any delivery of ours.</summary>
    Ignored = 4,
}
