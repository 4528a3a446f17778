using Estafette.Core.Channels;
using Estafette.Core.Delivery;
using Estafette.Core.Delivery.Rules;
using Estafette.Core.Platform;
using Estafette.Testing;

namespace Estafette.Tests.Delivery.Rules;

public sealed class RetryScheduleTests
{
    private static readonly ServerId Server = new(1);

    [Fact]
    public void Temporary_refusal_at_every_attempt_is_tried_every_four_hours_for_72_hours_then_ends()
    {
        var (hours, last) = Simulate("451 4.3.0 local error", jitter: 0.5);
        hours.ShouldBe(Enumerable.Range(0, 19).Select(n => n * 4.0));
        last.Status.ShouldBe(DeliveryStatus.SoftBounced);
    }

    [Fact]
    public void Greylisting_is_tried_again_after_5_10_20_and_40_minutes_then_every_four_hours()
    {
        var (hours, last) = Simulate("450 4.7.1 greylisted, come back", jitter: 0.5);
        hours.Take(6).Select(h => Math.Round(h * 60)).ShouldBe([0, 5, 15, 35, 75, 315]);
        last.Status.ShouldBe(DeliveryStatus.SoftBounced);
    }

    [Fact]
    public void Jump_of_the_clock_does_not_end_a_delivery_that_was_hardly_tried()
    {
        var first = new DateTimeOffset(2026, 3, 3, 9, 0, 0, TimeSpan.Zero);
        var much = TimeSpan.FromDays(400);
        RetrySchedule.IsOver(first, first + much, RetrySchedule.MinimumRetries, TimeSpan.FromHours(72)).ShouldBeFalse();
        RetrySchedule.IsOver(first, first + much, RetrySchedule.MinimumRetries + 1, TimeSpan.FromHours(72)).ShouldBeTrue();
        RetrySchedule.IsOver(first, first.AddHours(-2), 100, TimeSpan.FromHours(72)).ShouldBeFalse();
    }

    [Theory]
    [InlineData(0, 0.9)]
    [InlineData(0.5, 1)]
    [InlineData(1, 1.1)]
    [InlineData(-7, 0.9)]
    [InlineData(7, 1.1)]
    public void Jitter_stays_within_a_tenth(double jitter, double factor) =>
        RetrySchedule.After(RetryCause.Plain, 1, null, jitter).TotalHours.ShouldBe(4 * factor, 1e-9);

    [Theory]
    [InlineData(1, 60)]
    [InlineData(59, 60)]
    [InlineData(600, 600)]
    [InlineData(86400, 14400)]
    [InlineData(-5, 60)]
    public void Wish_of_the_far_end_is_honoured_between_a_minute_and_four_hours(int asked, int granted) =>
        RetrySchedule.After(RetryCause.Greylist, 1, TimeSpan.FromSeconds(asked), 0.5).TotalSeconds.ShouldBe(granted, 1e-6);

    private static (List<double> Hours, Decision Last) Simulate(string reply, double jitter)
    {
        var clock = new FakeTimeProvider();
        var first = clock.GetUtcNow();
        var hours = new List<double>();
        for (var attempt = 1; ; attempt++)
        {
            hours.Add((clock.GetUtcNow() - first).TotalHours);
            var result = new SendResult
            {
                Outcome = AttemptOutcome.Deferred,
                Blame = Blame.Destination,
                Phase = SendPhase.Rcpt,
                Code = int.Parse(reply[..3], System.Globalization.CultureInfo.InvariantCulture),
                Enhanced = reply.Split(' ')[1],
                Text = reply[10..],
            };
            var context = new AttemptContext(attempt, first, Server, [Server], HasOtherServer: true, IsInDoubt: false, ResendInDoubt: true);
            var decision = AttemptRules.Decide(context, result, new DeliveryOptions(), clock.GetUtcNow(), jitter);
            if (decision.Due is not { } due)
                return (hours, decision);
            decision.Pin.ShouldBe(Server);
            attempt.ShouldBeLessThan(100);
            clock.Advance(due - clock.GetUtcNow());
        }
    }
}
