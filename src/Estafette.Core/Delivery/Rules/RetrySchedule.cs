namespace Estafette.Core.Delivery.Rules;

/// <summary>
/// When a delivery is tried again. Due times are stored, never timers. Steps by cause, each with a jitter of ±10 %:
/// greylisting and rate refusals 5, 10, 20, 40 min, then every 4 h; other temporary refusals every 4 h;
/// no server reachable 5 min, 30 min, 2 h, then every 4 h.
/// </summary>
internal static class RetrySchedule
{
    /// <summary>
    /// Retries that must really have been made before time alone may end a delivery, so that a jump of the clock or an outage of ours does not;
    /// fewer when the time allows no more at one every 4 hours.
    /// </summary>
    public const int MinimumRetries = 12;

    private static readonly TimeSpan Plain = TimeSpan.FromHours(4);
    private static readonly TimeSpan[] Greylist = [Minutes(5), Minutes(10), Minutes(20), Minutes(40)];
    private static readonly TimeSpan[] NoServer = [Minutes(5), Minutes(30), TimeSpan.FromHours(2)];

    /// <summary>The wait after attempt number <paramref name="attempt"/> (from 1).</summary>
    /// <param name="cause">Why the attempt failed.</param>
    /// <param name="attempt">Attempts made so far.</param>
    /// <param name="asked">What the far end asked for, honoured between 1 minute and 4 hours.</param>
    /// <param name="jitter">0 to 1: position inside the ±10 %.</param>
    public static TimeSpan After(RetryCause cause, int attempt, TimeSpan? asked, double jitter)
    {
        var steps = cause switch
        {
            RetryCause.Greylist => Greylist,
            RetryCause.NoServer => NoServer,
            _ => [],
        };
        var wait = attempt <= steps.Length ? steps[attempt - 1] : Plain;
        if (asked is { } far)
            wait = TimeSpan.FromTicks(Math.Clamp(far.Ticks, Minutes(1).Ticks, Plain.Ticks));
        return wait * (0.9 + 0.2 * Math.Clamp(jitter, 0, 1));
    }

    /// <summary>Whether the delivery has been tried long and often enough.</summary>
    public static bool IsOver(DateTimeOffset firstAttempt, DateTimeOffset now, int attempts, TimeSpan giveUpAfter) =>
        now - firstAttempt >= giveUpAfter && attempts > Math.Min(MinimumRetries, (int)(giveUpAfter / Plain));

    private static TimeSpan Minutes(int n) => TimeSpan.FromMinutes(n);
}

/// <summary>Which retry schedule applies.</summary>
internal enum RetryCause
{
    /// <summary>A temporary refusal without a known reason.</summary>
    Plain,

    /// <summary>Greylisting, rate or connection limits.</summary>
    Greylist,

    /// <summary>Every server of the campaign failed.</summary>
    NoServer,
}
