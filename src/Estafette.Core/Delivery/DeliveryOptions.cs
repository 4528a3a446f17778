using System.ComponentModel.DataAnnotations;

namespace Estafette.Core.Delivery;

/// <summary>How the delivery engine works.</summary>
public sealed record DeliveryOptions
{
    public const string Section = "Delivery";

    /// <summary>Whether the running server sends. Turn it off to send only with <c>estafette queue send</c> (cron).</summary>
    /// <remarks>Default true.</remarks>
    public bool Enabled { get; init; } = true;

    /// <summary>Deliveries a lane holds at most: claimed, not yet resolved.</summary>
    /// <remarks>10 to 20000; default 2000. A lane with a rate holds at most 2 seconds of it.</remarks>
    [Range(10, 20_000)]
    public int LaneWindow { get; init; } = 2000;

    /// <summary>Deliveries claimed in one statement.</summary>
    /// <remarks>1 to 5000; default 500.</remarks>
    [Range(1, 5000)]
    public int ClaimSize { get; init; } = 500;

    /// <summary>Results written in one group at most.</summary>
    /// <remarks>1 to 5000; default 500.</remarks>
    [Range(1, 5000)]
    public int ResultGroup { get; init; } = 500;

    /// <summary>How long results wait for company before they are written, in milliseconds.</summary>
    /// <remarks>0 to 200; default 15. The journal holds them meanwhile.</remarks>
    [Range(0, 200)]
    public int ResultDelayMilliseconds { get; init; } = 15;

    /// <summary>Renderers per lane.</summary>
    /// <remarks>1 to 32; default: half the processors of the machine, at least 2 when DKIM keeps them busy.</remarks>
    [Range(1, 32)]
    public int RenderersPerLane { get; init; } = Math.Clamp(Environment.ProcessorCount, 1, 8);

    /// <summary>Longest wait between two looks at the database when nothing wakes the engine, in milliseconds.</summary>
    /// <remarks>50 to 5000; default 250. Bounds how late a pause set by another process is seen.</remarks>
    [Range(50, 5000)]
    public int PollMilliseconds { get; init; } = 250;

    /// <summary>Longest wait before a delivery that the far end keeps deferring is given up, in hours, counted from its first attempt.</summary>
    /// <remarks>1 to 168; default 72. RFC 5321 §4.5.4.1 asks for 4-5 days; campaigns are stale by then.</remarks>
    [Range(1, 168)]
    public int GiveUpAfterHours { get; init; } = 72;

    /// <summary>How long a delivery in doubt waits before it is sent again, in seconds.</summary>
    /// <remarks>1 to 3600; default 60.</remarks>
    [Range(1, 3600)]
    public int InDoubtResendSeconds { get; init; } = 60;

    /// <summary>Domain of Message-ID and return path when the sender's domain is unknown.</summary>
    /// <remarks>Default estafette.invalid.</remarks>
    public string FallbackDomain { get; init; } = "estafette.invalid";

    /// <summary>
    /// Days for which texts, files, merge values and whole messages of mails outside campaigns are kept once they are over; their rows and figures stay.
    /// </summary>
    /// <remarks>7 to 3650; default 90.</remarks>
    [Range(7, 3650)]
    public int KeepMailDays { get; init; } = 90;
}
