using Estafette.Testing;

namespace Estafette.Tests.Platform;

public sealed class FakeTimeProviderTests
{
    [Fact]
    public async Task Delay_ends_when_the_clock_reaches_it()
    {
        var clock = new FakeTimeProvider();
        var delay = Task.Delay(TimeSpan.FromMinutes(5), clock, TestContext.Current.CancellationToken);

        clock.Advance(TimeSpan.FromMinutes(4));
        delay.IsCompleted.ShouldBeFalse();

        clock.Advance(TimeSpan.FromMinutes(1));
        await delay;
    }

    [Fact]
    public void Periodic_timer_fires_at_each_of_its_times()
    {
        var clock = new FakeTimeProvider();
        var fired = new List<DateTimeOffset>();
        var start = clock.GetUtcNow();
        using var timer = clock.CreateTimer(_ => fired.Add(clock.GetUtcNow()), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));

        clock.Advance(TimeSpan.FromSeconds(6));

        fired.ShouldBe([start.AddSeconds(1), start.AddSeconds(3), start.AddSeconds(5)]);
    }

    [Fact]
    public void Jump_fires_nothing()
    {
        var clock = new FakeTimeProvider();
        var fired = 0;
        using var timer = clock.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);

        clock.Jump(clock.GetUtcNow().AddDays(1));

        fired.ShouldBe(0);
        clock.WaitingTimers.ShouldBe(1);
    }
}
