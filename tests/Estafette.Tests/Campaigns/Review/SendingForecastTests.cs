using Estafette.Core.Campaigns.Review;
using Estafette.Core.Campaigns.Schedule;

namespace Estafette.Tests.Campaigns.Review;

public sealed class SendingForecastTests
{
    private static readonly TimeZoneInfo Paris = TimeZoneInfo.FindSystemTimeZoneById("Europe/Paris");
    private static readonly SendingHours Always = new(127, null, null);

    /// <summary>Tuesday, 10:00 in Paris.</summary>
    private static readonly DateTimeOffset Now = new(2026, 3, 3, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Rates_of_servers_of_one_priority_add_up()
    {
        var forecast = Of(3600, [new("a", 10, 1, null, null), new("b", 10, 2, null, null)]);
        forecast.Duration!.Value.TotalSeconds.ShouldBe(1200, 1);
        forecast.Days.ShouldBe(1);
    }

    [Fact]
    public void Next_priority_takes_over_when_the_first_has_used_up_its_day()
    {
        var forecast = Of(150, [new("a", 10, 1, 100, 100), new("b", 20, 0.5, null, null)]);
        forecast.Duration!.Value.TotalSeconds.ShouldBe(200, 1);
    }

    [Fact]
    public void Daily_maximum_spreads_it_over_days_and_begins_with_what_is_left_today()
    {
        var forecast = Of(2500, [new("a", 10, 100, 500, 1000)]);
        forecast.Days.ShouldBe(3);
        TimeZoneInfo.ConvertTime(forecast.Finish!.Value, Paris).Date.ShouldBe(new DateTime(2026, 3, 5));
    }

    [Fact]
    public void Outside_the_sending_hours_it_waits()
    {
        // One message a second from 9 to 11: 3,600 until 11:00, the rest from 9:00 next day.
        var forecast = SendingForecast.Of(5400, [new("a", 10, 1, null, null)], new SendingHours(127, 540, 660), Now, Now, Paris);
        forecast.Finish!.Value.ShouldBe(new DateTimeOffset(2026, 3, 4, 9, 30, 0, TimeSpan.FromHours(1)), TimeSpan.FromSeconds(5));
        forecast.Days.ShouldBe(2);
    }

    [Fact]
    public void Campaign_that_can_never_be_through_has_no_end()
    {
        Of(10, []).Finish.ShouldBeNull();
        Of(10, [new("a", 10, 1, 0, 0)]).Finish.ShouldBeNull();
        Of(1_000_000, [new("a", 10, 1, 10, 10)]).Finish.ShouldBeNull();
    }

    [Fact]
    public void Nobody_to_write_to_takes_no_time() => Of(0, [new("a", 10, 1, null, null)]).Duration.ShouldBe(TimeSpan.Zero);

    private static Forecast Of(long messages, IReadOnlyList<ServerCapacity> servers) =>
        SendingForecast.Of(messages, servers, Always, Now, Now, Paris);
}
