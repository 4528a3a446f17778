namespace Estafette.Core.Platform.Rollups;

/// <summary>What a rollup row counts, per campaign and hour. "Distinct" metrics count deliveries, the others count facts.</summary>
/// <remarks>The dimension is 0 unless stated. Values are stored: never renumber.</remarks>
public enum Metric : short
{
    /// <summary>Deliveries created at launch.</summary>
    Audience = 1,

    /// <summary>Deliveries handed over for the first time (accepted by the next hop).</summary>
    Sent = 2,

    /// <summary>Deliveries confirmed by the far end.</summary>
    Delivered = 3,
    SoftBounced = 4,
    HardBounced = 5,
    Rejected = 6,
    Expired = 7,
    Suppressed = 8,
    Cancelled = 9,

    /// <summary>Attempts that ended in a temporary refusal.</summary>
    DeferredAttempts = 10,

    /// <summary>Deliveries that became uncertain: the body was sent, the answer never read.</summary>
    InDoubt = 11,

    /// <summary>Attempts accepted, by server (dimension: server id).</summary>
    ServerAccepted = 12,

    /// <summary>Attempts not accepted, by server (dimension: server id).</summary>
    ServerFailed = 13,

    /// <summary>Failed attempts by cause (dimension: cause number of Delivery.FailureCause).</summary>
    FailureCause = 14,

    /// <summary>Deliveries opened by a person for the first time, a first click without open included.</summary>
    Opened = 20,

    /// <summary>Opens by a person.</summary>
    OpenTotal = 21,

    /// <summary>Opens by a machine.</summary>
    MachineOpenTotal = 22,

    /// <summary>Deliveries clicked by a person for the first time.</summary>
    Clicked = 23,

    /// <summary>Clicks by a person.</summary>
    ClickTotal = 24,

    /// <summary>Clicks by a machine.</summary>
    MachineClickTotal = 25,

    /// <summary>Deliveries that clicked a given link for the first time (dimension: <see cref="LinkDimension"/>).</summary>
    LinkClickers = 26,

    /// <summary>Clicks by a person on a given link (dimension: <see cref="LinkDimension"/>).</summary>
    LinkClickTotal = 27,

    /// <summary>Image loads of recipients without individual tracking: an estimate, not distinct.</summary>
    AggregateOpenTotal = 28,

    /// <summary>Clicks of recipients without individual tracking (dimension: <see cref="LinkDimension"/>).</summary>
    AggregateClickTotal = 29,
    Unsubscribed = 30,
    Complained = 31,

    /// <summary>Deliveries sent to recipients with individual tracking.</summary>
    SentTracked = 32,

    /// <summary>
    /// Deliveries that left Pending by an actual attempt: the E of every rate (interfaces.md §2.10). Dimension: number of Delivery.DeliveryTracking;
    /// those with individual tracking are the base of open and click rates.
    /// </summary>
    Attempted = 33,

    /// <summary>
    /// Deliveries with an open or click of a person through a given kind of program, each counted once per kind (dimension: agent class, 0 when
    /// nothing is known).
    /// </summary>
    DeviceUsers = 34,

    /// <summary>Opens by people, by agent class.</summary>
    DeviceOpenTotal = 35,

    /// <summary>Clicks by people, by agent class.</summary>
    DeviceClickTotal = 36,

    /// <summary>Clicks by a machine on a given link (dimension: <see cref="LinkDimension"/>).</summary>
    MachineLinkClickTotal = 37,

    /// <summary>The first of the metrics by recipient domain: dimension is the number in campaign_domains, 0 for all others; the hour is 0.</summary>
    DomainAttempted = 40,
    DomainSent = 41,
    DomainDelivered = 42,

    /// <summary>Soft and hard bounces and expired ones.</summary>
    DomainBounced = 43,

    /// <summary>Attempts that ended in a temporary refusal.</summary>
    DomainDeferred = 44,

    /// <summary>Sum of the milliseconds that accepted attempts took.</summary>
    DomainAcceptMs = 45,
    DomainOpened = 46,
    DomainClicked = 47,
}

/// <summary>The dimension of link metrics: a link number means something only within one content version.</summary>
public static class LinkDimension
{
    /// <summary>Content id × 65,536 + link number.</summary>
    public static long Of(long contentId, int linkNo) => (contentId << 16) | (uint)linkNo & 0xFFFF;

    /// <summary>The content version of a dimension.</summary>
    public static ContentId Content(long dimension) => new(dimension >> 16);

    /// <summary>The link number of a dimension.</summary>
    public static int LinkNo(long dimension) => (int)(dimension & 0xFFFF);
}
