using Estafette.Core.Campaigns.Schedule;

namespace Estafette.Tests.Campaigns.Schedule;

public sealed class SendingHoursTests
{
    private static readonly TimeZoneInfo Paris = TimeZoneInfo.FindSystemTimeZoneById("Europe/Paris");

    /// <summary>Zones whose clocks do unusual things: half an hour, a day left out, no change, forward at midnight.</summary>
    private static readonly string[] Zones =
    [
        "Europe/Paris",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kolkata",
        "Pacific/Apia",
        "America/Santiago",
        "Africa/Cairo",
        "UTC",
    ];

    [Fact]
    public void Time_that_clocks_jump_over_becomes_the_first_minute_after_the_jump()
    {
        var time = CivilTime.Of(new DateTime(2026, 3, 29, 2, 30, 0), Paris);
        (time.Instant, time.Kind).ShouldBe((new DateTimeOffset(2026, 3, 29, 3, 0, 0, TimeSpan.FromHours(2)), CivilTimeKind.Skipped));
    }

    [Fact]
    public void Time_that_clocks_show_twice_is_the_first_one()
    {
        var time = CivilTime.Of(new DateTime(2026, 10, 25, 2, 30, 0), Paris);
        (time.Instant, time.Kind).ShouldBe((new DateTimeOffset(2026, 10, 25, 2, 30, 0, TimeSpan.FromHours(2)), CivilTimeKind.Repeated));
    }

    [Theory]
    [InlineData("2026-03-06T17:59", true, "2026-03-06T17:59")] // Friday
    [InlineData("2026-03-06T18:00", false, "2026-03-09T08:00")]
    [InlineData("2026-03-07T10:00", false, "2026-03-09T08:00")]
    [InlineData("2026-03-09T07:59", false, "2026-03-09T08:00")]
    [InlineData("2026-03-09T08:00", true, "2026-03-09T08:00")]
    public void Campaign_waits_from_friday_evening_to_monday_morning(string at, bool open, string next)
    {
        var hours = new SendingHours(31, 8 * 60, 18 * 60);
        var instant = CivilTime.Of(DateTime.Parse(at, null), Paris).Instant;
        hours.IsOpen(instant, Paris).ShouldBe(open);
        TimeZoneInfo.ConvertTime(hours.NextOpening(instant, Paris), Paris).ToString("yyyy-MM-ddTHH:mm", null).ShouldBe(next);
    }

    [Fact]
    public void Window_past_midnight_belongs_to_the_day_it_began()
    {
        // Friday 20:00 to Saturday 02:00.
        var hours = new SendingHours(16, 20 * 60, 2 * 60);
        hours.IsOpen(At(2026, 3, 6, 21), Paris).ShouldBeTrue();
        hours.IsOpen(At(2026, 3, 7, 1), Paris).ShouldBeTrue();
        hours.IsOpen(At(2026, 3, 6, 1), Paris).ShouldBeFalse();
        hours.IsOpen(At(2026, 3, 7, 21), Paris).ShouldBeFalse();
        hours.Closing(At(2026, 3, 6, 21), Paris).ShouldBe(At(2026, 3, 7, 2));
    }

    [Theory]
    [InlineData(0, null, null)]
    [InlineData(127, 480, null)]
    [InlineData(127, 480, 480)]
    [InlineData(127, -1, 480)]
    [InlineData(127, 0, 1441)]
    public void Hours_that_never_open_or_are_half_given_are_not_valid(int days, int? from, int? until) =>
        new SendingHours(days, from, until).IsValid.ShouldBeFalse();

    [Fact]
    public void Next_opening_is_open_not_earlier_and_nothing_between_is_open_in_any_zone_around_every_change_of_clocks()
    {
        var random = new Random(20260329);
        for (var i = 0; i < 20_000; i++)
        {
            var zone = TimeZoneInfo.FindSystemTimeZoneById(Zones[random.Next(Zones.Length)]);
            var hours = Hours(random);
            // Half of the instants lie in the nights of the changes.
            var at = new DateTimeOffset(
                random.Next(2) == 0 ? 2026 : 2011,
                random.Next(2) == 0 ? 3 : 10,
                20,
                0,
                0,
                0,
                TimeSpan.Zero
            ).AddMinutes(random.Next(14 * 24 * 60));
            var next = hours.NextOpening(at, zone);
            next.ShouldBeGreaterThanOrEqualTo(at);
            var said = $"{zone.Id} {hours} {at:O} -> {next:O}";
            hours.IsOpen(next, zone).ShouldBeTrue(said);
            var before = next.AddMinutes(-1);
            if (before >= at)
                hours.IsOpen(before, zone).ShouldBeFalse(said);
            var between = at.AddMinutes(random.NextDouble() * (next - at).TotalMinutes);
            if (between < next.AddMinutes(-1))
                hours.IsOpen(between, zone).ShouldBeFalse(said);
            if (hours.Closing(next, zone) is { } closing)
            {
                hours.IsOpen(closing, zone).ShouldBeFalse(said);
                hours.IsOpen(closing.AddMinutes(-1), zone).ShouldBeTrue(said);
            }
        }
    }

    [Fact]
    public void Every_civil_time_has_an_instant_that_shows_it_or_the_first_minute_after_a_jump()
    {
        foreach (var zone in Zones.Select(TimeZoneInfo.FindSystemTimeZoneById))
            for (var local = new DateTime(2026, 1, 1); local.Year == 2026; local = local.AddMinutes(30))
            {
                var (instant, kind) = CivilTime.Of(local, zone);
                var shown = TimeZoneInfo.ConvertTime(instant, zone).DateTime;
                if (kind == CivilTimeKind.Skipped)
                    (shown > local && zone.IsInvalidTime(shown.AddMinutes(-1))).ShouldBeTrue($"{zone.Id} {local:O}");
                else
                    shown.ShouldBe(local, zone.Id);
                (kind == CivilTimeKind.Repeated).ShouldBe(zone.IsAmbiguousTime(local), $"{zone.Id} {local:O}");
            }
    }

    private static SendingHours Hours(Random random)
    {
        while (true)
        {
            var whole = random.Next(5) == 0;
            var hours = new SendingHours(
                random.Next(1, 128),
                whole ? null : random.Next(48) * 30,
                whole ? null : (random.Next(48) + 1) * 30
            );
            // A window of less than two hours may fall into a jump of clocks, and then the day has none.
            if (hours.IsValid && (whole || Math.Abs(hours.Until!.Value - hours.From!.Value) >= 120))
                return hours;
        }
    }

    private static DateTimeOffset At(int year, int month, int day, int hour) =>
        CivilTime.Of(new DateTime(year, month, day, hour, 0, 0), Paris).Instant;
}
