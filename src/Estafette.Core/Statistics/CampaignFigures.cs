namespace Estafette.Core.Statistics;

/// <summary>The figures of a campaign and its rates, by the formulas of interfaces.md §2.10. Every numerator counts distinct messages.</summary>
/// <remarks>
/// E is <see cref="Attempted"/>. Open and click rates are computed over the recipients with individual tracking, <see cref="AttemptedTracked"/>;
/// without any other recipients that is E. A rate without base is null, shown as "—".
/// </remarks>
public sealed record CampaignFigures
{
    /// <summary>Recipients frozen at launch.</summary>
    public long Audience { get; init; }

    /// <summary>E: messages that left Pending by an actual attempt; suppressed, cancelled before sending and rejected by ourselves are not in it.</summary>
    public long Attempted { get; init; }

    /// <summary>The part of E with individual tracking: the base of open and click rates.</summary>
    public long AttemptedTracked { get; init; }

    /// <summary>Messages accepted by the next hop.</summary>
    public long Sent { get; init; }

    /// <summary>Messages confirmed by the far end.</summary>
    public long Delivered { get; init; }
    public long SoftBounced { get; init; }
    public long HardBounced { get; init; }

    /// <summary>Refused by ourselves: not rendered, address not valid.</summary>
    public long Rejected { get; init; }
    public long Expired { get; init; }
    public long Suppressed { get; init; }
    public long Cancelled { get; init; }

    /// <summary>Attempts that ended in a temporary refusal.</summary>
    public long DeferredAttempts { get; init; }

    /// <summary>Attempts whose answer was never read.</summary>
    public long InDoubt { get; init; }

    /// <summary>Messages opened by a person, clicked-but-not-opened included.</summary>
    public long Opened { get; init; }

    /// <summary>Sum of opens by people.</summary>
    public long Opens { get; init; }

    /// <summary>Sum of opens by machines; in no rate.</summary>
    public long MachineOpens { get; init; }

    /// <summary>Messages of which a person clicked at least one link.</summary>
    public long Clicked { get; init; }

    /// <summary>Sum of clicks by people.</summary>
    public long Clicks { get; init; }

    /// <summary>Sum of clicks by machines; in no rate.</summary>
    public long MachineClicks { get; init; }

    /// <summary>Image loads of recipients without individual tracking: an estimate, not distinct, in no rate.</summary>
    public long AggregateOpens { get; init; }

    /// <summary>Clicks of recipients without individual tracking: not distinct, in no rate.</summary>
    public long AggregateClicks { get; init; }
    public long Unsubscribed { get; init; }
    public long Complained { get; init; }

    /// <summary>Delivered / E, in percent.</summary>
    public decimal? DeliveredRate => Percent(Delivered, Attempted);

    /// <summary>"Taux d'ouverture": opened / E of the tracked, in percent; one decimal.</summary>
    public decimal? OpenRate => Percent(Opened, AttemptedTracked);

    /// <summary>"Taux de clic": clicked / E of the tracked, in percent; one decimal.</summary>
    public decimal? ClickRate => Percent(Clicked, AttemptedTracked);

    /// <summary>"Taux de réactivité": messages with a click / opened, in percent; one decimal.</summary>
    public decimal? ReactivityRate => Percent(Clicked, Opened);

    /// <summary>"Taux de rebond": (soft + hard bounces + expired) / E, in percent; one decimal.</summary>
    public decimal? BounceRate => Percent(Bounced, Attempted);

    /// <summary>"Taux de spam": complaints / E, in percent; three decimals.</summary>
    public decimal? ComplaintRate => Percent(Complained, Attempted);

    /// <summary>"Taux de désabonnement": unsubscribed / E, in percent; two decimals.</summary>
    public decimal? UnsubscribeRate => Percent(Unsubscribed, Attempted);

    /// <summary>Numerator of the bounce rate.</summary>
    public long Bounced => SoftBounced + HardBounced + Expired;

    /// <summary>part / whole × 100; null when there is no whole.</summary>
    public static decimal? Percent(long part, long whole) => whole == 0 ? null : 100m * part / whole;
}
