using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Delivery;
using Estafette.Core.Delivery.Lanes;
using Estafette.Core.Platform;
using Estafette.Testing;

namespace Estafette.Tests.Delivery.Rules;

public sealed class PacerAndBreakerTests
{
    [Theory]
    [InlineData(1, RateUnit.Second)]
    [InlineData(7, RateUnit.Second)]
    [InlineData(100, RateUnit.Second)]
    [InlineData(1000, RateUnit.Second)]
    [InlineData(90, RateUnit.Minute)]
    [InlineData(2, RateUnit.Minute)]
    [InlineData(3600, RateUnit.Hour)]
    public void Rate_is_never_above_the_limit_in_any_ten_seconds(int count, RateUnit unit)
    {
        var clock = new FakeTimeProvider();
        var pacer = new Pacer(clock, count, unit);
        var random = new Random(count);
        var taken = new List<double>();
        for (var now = 0d; now < 60; )
        {
            // Alternately singly, as lanes do, and in batches, as the feeder does; sometimes after a pause that saves nothing up.
            var places =
                random.Next(2) == 0 ? pacer.TakeUpTo(500, Feeder.RateAhead)
                : pacer.TryTake() ? 1
                : 0;
            taken.AddRange(Enumerable.Repeat(now, places));
            var step = random.Next(200) == 0 ? 5 : random.NextDouble() * 0.05;
            clock.Advance(TimeSpan.FromSeconds(step));
            now += step;
        }
        var perSecond = (double)count / (int)unit;
        // The burst: a tenth of a second of lanes and of the feeder, and the one that is always allowed.
        var most = perSecond * 10 + Math.Max(1, perSecond * 0.1) + 1;
        for (var (from, to) = (0, 0); to < taken.Count; to++)
        {
            while (taken[to] - taken[from] > 10)
                from++;
            (to - from + 1).ShouldBeLessThanOrEqualTo((int)Math.Ceiling(most));
        }
        taken.Count.ShouldBeGreaterThan((int)(perSecond * 20));
    }

    [Fact]
    public void Jump_of_the_wall_clock_neither_stops_nor_bursts_the_rate()
    {
        var clock = new SplitClock();
        var pacer = new Pacer(clock, 10, RateUnit.Second);
        pacer.TryTake().ShouldBeTrue();
        clock.Wall += TimeSpan.FromHours(2);
        pacer.TryTake().ShouldBeFalse();
        clock.Wall -= TimeSpan.FromHours(4);
        clock.Monotonic += TimeSpan.FromMilliseconds(100);
        pacer.TryTake().ShouldBeTrue();
        pacer.TryTake().ShouldBeFalse();
    }

    [Fact]
    public void Places_given_back_can_be_taken_again()
    {
        var clock = new FakeTimeProvider();
        var pacer = new Pacer(clock, 1000, RateUnit.Second);
        var taken = pacer.TakeUpTo(50, TimeSpan.FromMilliseconds(100));
        taken.ShouldBe(50);
        pacer.Return(taken);
        pacer.TakeUpTo(1000, TimeSpan.FromMilliseconds(100)).ShouldBe(101);
    }

    [Fact]
    public void Breaker_opens_after_five_failures_and_doubles_from_a_minute_to_half_an_hour()
    {
        var now = new DateTimeOffset(2026, 3, 3, 9, 0, 0, TimeSpan.Zero);
        var breaker = new Breaker(0, null);
        for (var i = 1; i < 5; i++)
        {
            breaker.Failed(now).ShouldBeFalse();
            breaker.StateAt(now).ShouldBe(BreakerState.Closed);
        }
        foreach (var minutes in new[] { 1, 2, 4, 8, 16, 30, 30 })
        {
            breaker.Failed(now).ShouldBeTrue();
            breaker.OpenUntil.ShouldBe(now.AddMinutes(minutes));
            breaker.StateAt(now.AddMinutes(minutes).AddTicks(-1)).ShouldBe(BreakerState.Open);
            // What was on the wire when it opened says nothing new.
            breaker.Failed(now).ShouldBeFalse();
            now = now.AddMinutes(minutes);
            breaker.StateAt(now).ShouldBe(BreakerState.Probe);
        }
        breaker.Succeeded().ShouldBeTrue();
        breaker.StateAt(now).ShouldBe(BreakerState.Closed);
        breaker.Failures.ShouldBe(0);
    }

    [Fact]
    public void Success_in_between_starts_the_count_anew()
    {
        var now = new DateTimeOffset(2026, 3, 3, 9, 0, 0, TimeSpan.Zero);
        var breaker = new Breaker(0, null);
        for (var i = 0; i < 40; i++)
        {
            if (i % 4 == 3)
                breaker.Succeeded();
            else
                breaker.Failed(now);
            breaker.StateAt(now).ShouldBe(BreakerState.Closed);
        }
    }

    [Theory]
    [InlineData(TrackingLevel.None, PrivacyProfile.Basic, 0, 0, 0)]
    [InlineData(TrackingLevel.Aggregate, PrivacyProfile.Basic, 1, 1, 1)]
    [InlineData(TrackingLevel.Hygiene, PrivacyProfile.Basic, 3, 3, 0)]
    [InlineData(TrackingLevel.Individual, PrivacyProfile.Basic, 2, 2, 1)]
    public void Tracking_by_consent(TrackingLevel level, PrivacyProfile profile, short granted, short unknown, short refused) =>
        CampaignExpander.TrackingByConsent(level, profile).ShouldBe((granted, unknown, refused));

    [Fact]
    public void Individual_tracking_outside_the_basic_profile_needs_consent()
    {
        foreach (var profile in Enum.GetValues<PrivacyProfile>().Where(p => p != PrivacyProfile.Basic))
            CampaignExpander
                .TrackingByConsent(TrackingLevel.Individual, profile)
                .ShouldBe(((short)DeliveryTracking.Individual, (short)DeliveryTracking.Aggregate, (short)DeliveryTracking.Aggregate));
    }

    /// <summary>A machine whose wall clock is corrected while its monotonic clock goes on.</summary>
    private sealed class SplitClock : TimeProvider
    {
        public DateTimeOffset Wall { get; set; } = new(2026, 3, 3, 9, 0, 0, TimeSpan.Zero);
        public TimeSpan Monotonic { get; set; }
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Wall;

        public override long GetTimestamp() => Monotonic.Ticks;
    }
}
