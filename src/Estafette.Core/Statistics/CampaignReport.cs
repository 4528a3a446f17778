using Estafette.Core.Delivery.Rules;
using Estafette.Core.Platform;

namespace Estafette.Core.Statistics;

/// <summary>Everything the report of a campaign shows, read from rollups, never from raw rows.</summary>
public sealed record CampaignReport
{
    public required CampaignFigures Figures { get; init; }

    /// <summary>Hours in which something happened, in order.</summary>
    public required IReadOnlyList<HourFigures> Hours { get; init; }
    public required IReadOnlyList<LinkFigures> Links { get; init; }
    public required IReadOnlyList<ServerFigures> Servers { get; init; }

    /// <summary>Failed attempts by cause, most frequent first.</summary>
    public required IReadOnlyList<CauseFigures> Causes { get; init; }
}

/// <summary>One hour of a campaign.</summary>
/// <param name="Start">Beginning of the hour, UTC.</param>
/// <param name="Sent">Deliveries handed over.</param>
/// <param name="Delivered">Deliveries confirmed.</param>
/// <param name="Bounced">Deliveries that bounced or expired.</param>
/// <param name="Opened">Deliveries opened for the first time.</param>
/// <param name="Clicked">Deliveries clicked for the first time.</param>
/// <param name="Unsubscribed">People who left.</param>
/// <param name="AggregateOpens">Image loads of recipients without individual tracking.</param>
/// <param name="MachineOpens">Opens by machines, each counted.</param>
/// <param name="MachineClicks">Clicks by machines, each counted.</param>
public sealed record HourFigures(
    DateTimeOffset Start,
    long Sent,
    long Delivered,
    long Bounced,
    long Opened,
    long Clicked,
    long Unsubscribed,
    long AggregateOpens,
    long MachineOpens = 0,
    long MachineClicks = 0
);

/// <summary>One link of one content version; the same URL at two places is two links (interfaces.md §2.10).</summary>
/// <param name="Content">Content version.</param>
/// <param name="Version">Its number.</param>
/// <param name="LinkNo">Position in the document, from 1.</param>
/// <param name="Url">As stored, merge fields included.</param>
/// <param name="Label">Text of the link.</param>
/// <param name="Clickers">Deliveries whose recipient clicked it.</param>
/// <param name="Clicks">Clicks by these people.</param>
/// <param name="AggregateClicks">Clicks of recipients without individual tracking, not distinct.</param>
/// <param name="MachineClicks">Clicks by machines; in no share.</param>
public sealed record LinkFigures(
    ContentId Content,
    int Version,
    int LinkNo,
    string Url,
    string? Label,
    long Clickers,
    long Clicks,
    long AggregateClicks,
    long MachineClicks = 0
)
{
    /// <summary>Clicks of people, known or not.</summary>
    public long AllClicks => Clicks + AggregateClicks;
}

/// <summary>Attempts of a campaign through one sending server.</summary>
public sealed record ServerFigures(ServerId Server, string Name, long Accepted, long Failed)
{
    /// <summary>Accepted attempts in percent of all; null without attempts.</summary>
    public decimal? AcceptedRate => CampaignFigures.Percent(Accepted, Accepted + Failed);
}

/// <summary>Failed attempts of one cause.</summary>
public sealed record CauseFigures(FailureCause Cause, long Attempts);
