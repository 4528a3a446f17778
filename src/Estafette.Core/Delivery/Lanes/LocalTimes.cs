using System.Text.Json;
using Estafette.Core.Campaigns.Schedule;

namespace Estafette.Core.Delivery.Lanes;

/// <summary>When a campaign that keeps to its recipients' own clocks may send to one of them.</summary>
/// <param name="Start">Civil time of the start; null: at the launch.</param>
/// <param name="Hours">Days and hours, on the recipient's clock.</param>
/// <param name="Otherwise">The customer's zone, for recipients whose own is not known.</param>
internal sealed record LocalTimes(DateTime? Start, SendingHours Hours, TimeZoneInfo Otherwise)
{
    /// <summary>Names under which a contact's attributes hold an IANA zone, the first found counts.</summary>
    private static readonly string[] Names = ["time_zone", "timezone", "fuseau_horaire"];

    /// <summary>The first moment from now on at which the recipient may be written to.</summary>
    public DateTimeOffset DueAt(string? attributes, DateTimeOffset now)
    {
        var zone = ZoneOf(attributes) ?? Otherwise;
        var start = Start is { } civil ? CivilTime.Of(civil, zone).Instant : now;
        return Hours.NextOpening(start > now ? start : now, zone);
    }

    private static TimeZoneInfo? ZoneOf(string? attributes)
    {
        if (string.IsNullOrEmpty(attributes))
            return null;
        try
        {
            using var json = JsonDocument.Parse(attributes);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                return null;
            foreach (var name in Names)
                if (
                    json.RootElement.TryGetProperty(name, out var value)
                    && value.ValueKind == JsonValueKind.String
                    && TimeZoneInfo.TryFindSystemTimeZoneById(value.GetString()!, out var zone)
                )
                    return zone;
        }
        catch (JsonException) { }
        return null;
    }
}
