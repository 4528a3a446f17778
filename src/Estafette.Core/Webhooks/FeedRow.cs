using System.Data.Common;
using Estafette.Core.Channels;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Core.Tracking;

namespace Estafette.Core.Webhooks;

/// <summary>Which fact a row of the feed names. Values are stored: never renumber.</summary>
internal enum FeedKind : short
{
    /// <summary>A try of a delivery; the number is the attempt.</summary>
    Attempt = 1,

    /// <summary>A final status; the number is the status.</summary>
    Status = 2,

    /// <summary>An open or click; the number is the tracking event.</summary>
    Tracking = 3,
    Unsubscribed = 4,
    Complained = 5,
}

/// <summary>A fact with what an event says about it, read in one statement.</summary>
internal sealed record FeedRow(long Id, CustomerId Customer, long Delivery, FeedKind Kind, long Number, DateTimeOffset At)
{
    /// <summary>Null when the delivery is gone; there is nothing left to tell.</summary>
    public string? Address { get; init; }
    public long? Campaign { get; init; }
    public int Attempt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public AttemptOutcome? Outcome { get; init; }
    public SendPhase Phase { get; init; }
    public int? Code { get; init; }
    public string? Enhanced { get; init; }
    public string? Text { get; init; }
    public DeliveryReason Reason { get; init; }
    public TrackingEventKind TrackingKind { get; init; }
    public MachineSign Machine { get; init; }
    public string? Ip { get; init; }
    public string? UserAgent { get; init; }
    public string? Url { get; init; }
    public string? MessageId { get; init; }
    public string? Categories { get; init; }
    public string? CustomArgs { get; init; }
    public SingleMessageKind? SingleKind { get; init; }
    public string? FromEmail { get; init; }

    /// <summary>The server of the try.</summary>
    public ServerKind? Server { get; init; }

    public static FeedRow Read(DbDataReader reader) =>
        new(
            reader.GetInt64(0),
            new(reader.GetInt64(1)),
            reader.GetInt64(2),
            (FeedKind)reader.GetInt16(3),
            reader.GetInt64(4),
            DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(5))
        )
        {
            Address = Words(reader, 6),
            Campaign = Long(reader, 7),
            Attempt = (int)(Long(reader, 8) ?? 0),
            StartedAt = Long(reader, 9) is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
            Outcome = (AttemptOutcome?)(short?)Long(reader, 10),
            Phase = (SendPhase)(Long(reader, 11) ?? 0),
            Code = (int?)Long(reader, 12),
            Enhanced = Words(reader, 13),
            Text = Words(reader, 14),
            Reason = (DeliveryReason)(Long(reader, 15) ?? 0),
            TrackingKind = (TrackingEventKind)(Long(reader, 16) ?? 0),
            Machine = (MachineSign)(Long(reader, 17) ?? 0),
            Ip = Words(reader, 18),
            UserAgent = Words(reader, 19),
            Url = Words(reader, 20),
            MessageId = Words(reader, 21),
            Categories = Words(reader, 22),
            CustomArgs = Words(reader, 23),
            SingleKind = (SingleMessageKind?)(short?)Long(reader, 24),
            FromEmail = Words(reader, 25),
            Server = (ServerKind?)(short?)Long(reader, 26),
        };

    private static string? Words(DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    private static long? Long(DbDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : Convert.ToInt64(reader.GetValue(column), System.Globalization.CultureInfo.InvariantCulture);
}
