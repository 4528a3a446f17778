namespace Estafette.Core.Campaigns.Schedule;

/// <summary>What a change of clocks made of a civil time.</summary>
public enum CivilTimeKind
{
    /// <summary>It happens once.</summary>
    Plain,

    /// <summary>Clocks jump over it; the first minute after the jump stands in its place.</summary>
    Skipped,

    /// <summary>It happens twice; the first is meant.</summary>
    Repeated,
}

/// <summary>The instant of a civil time in a zone.</summary>
public readonly record struct CivilTime(DateTimeOffset Instant, CivilTimeKind Kind)
{
    /// <summary>Finds the instant of a date and time of the wall clock.</summary>
    public static CivilTime Of(DateTime local, TimeZoneInfo zone)
    {
        local = DateTime.SpecifyKind(local, DateTimeKind.Unspecified);
        if (zone.IsInvalidTime(local))
        {
            // To the minute, as clocks are changed at whole minutes; a whole day was once left out (Samoa, 2011).
            local = local.AddTicks(-(local.Ticks % TimeSpan.TicksPerMinute));
            while (zone.IsInvalidTime(local))
                local = local.AddMinutes(1);
            return new CivilTime(new DateTimeOffset(local, zone.GetUtcOffset(local)), CivilTimeKind.Skipped);
        }
        // Of two offsets the larger one is the earlier instant.
        return zone.IsAmbiguousTime(local)
            ? new CivilTime(new DateTimeOffset(local, zone.GetAmbiguousTimeOffsets(local).Max()), CivilTimeKind.Repeated)
            : new CivilTime(new DateTimeOffset(local, zone.GetUtcOffset(local)), CivilTimeKind.Plain);
    }
}
