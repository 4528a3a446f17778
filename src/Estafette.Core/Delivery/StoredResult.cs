using Estafette.Core.Channels;
using Estafette.Core.Delivery.Rules;
using Estafette.Core.Platform;

namespace Estafette.Core.Delivery;

/// <summary>Everything that is written about one attempt: the queue row it resolves, the ledger's new state, the attempt row.</summary>
internal sealed record StoredResult
{
    public required DeliveryId Delivery { get; init; }
    public required CustomerId Customer { get; init; }
    public CampaignId? Campaign { get; init; }

    /// <summary>The due time the queue row has now (part of its key on SQLite).</summary>
    public required long DueAt { get; init; }
    public required LaneId Lane { get; init; }
    public required long Epoch { get; init; }
    public required ServerId Server { get; init; }
    public ContentId? Content { get; init; }
    public required int Attempt { get; init; }

    /// <summary>No earlier attempt got further than rendering: with this one the delivery counts as attempted.</summary>
    public bool IsFirst { get; init; }
    public required DateTimeOffset FirstAttemptAt { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public required int DurationMs { get; init; }
    public required SendResult Result { get; init; }
    public required Decision Decision { get; init; }
    public DeliveryReason Reason { get; init; }
    public DeliveryTracking Tracking { get; init; }
    public string AddressKey { get; init; } = "";
    public IReadOnlyList<DailyCap> Caps { get; init; } = [];

    /// <summary>When the answer came: the time of the status and the hour of every figure.</summary>
    public DateTimeOffset EndedAt => StartedAt.AddMilliseconds(DurationMs);

    /// <summary>The queue row goes away.</summary>
    public bool IsResolved => Decision.Due is null;

    /// <summary>Nothing was handed over, so no daily maximum is used up.</summary>
    public bool ReturnsBudget =>
        Result.Outcome is AttemptOutcome.NotStarted or AttemptOutcome.Unreachable || Result.Phase == SendPhase.Render;
}
