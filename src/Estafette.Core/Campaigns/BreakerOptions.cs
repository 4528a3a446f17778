using System.ComponentModel.DataAnnotations;

namespace Estafette.Core.Campaigns;

/// <summary>When the program pauses a campaign because too much of it comes back; a customer may have its own shares.</summary>
public sealed record BreakerOptions
{
    public const string Section = "Breaker";

    /// <summary>Complaints in percent of the attempts that pause a running campaign.</summary>
    /// <remarks>0 to 100; default 0.3, above which large providers refuse a sender; 0 means never.</remarks>
    [Range(0.0, 100.0)]
    public double ComplaintPercent { get; init; } = 0.3;

    /// <summary>Permanent refusals in percent of the attempts that pause a running campaign.</summary>
    /// <remarks>0 to 100; default 10; 0 means never.</remarks>
    [Range(0.0, 100.0)]
    public double BouncePercent { get; init; } = 10;

    /// <summary>Refusals of the content as spam or virus in percent of the attempts that pause a running campaign.</summary>
    /// <remarks>0 to 100; default 1; 0 means never.</remarks>
    [Range(0.0, 100.0)]
    public double ContentPercent { get; init; } = 1;

    /// <summary>Attempts before a share says anything, also after a campaign was resumed.</summary>
    /// <remarks>1 to 1,000,000; default 500.</remarks>
    [Range(1, 1_000_000)]
    public int LeastAttempts { get; init; } = 500;

    /// <summary>Seconds between two looks at the running campaigns.</summary>
    /// <remarks>1 to 3,600; default 10.</remarks>
    [Range(1, 3600)]
    public int EverySeconds { get; init; } = 10;
}
