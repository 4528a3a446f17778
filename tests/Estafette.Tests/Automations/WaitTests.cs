using Estafette.Core.Automations;
using Estafette.Core.Automations.Steps;

namespace Estafette.Tests.Automations;

public sealed class WaitTests
{
    private static readonly TimeZoneInfo Paris = TimeZoneInfo.FindSystemTimeZoneById("Europe/Paris");

    [Theory]
    [InlineData("2027-03-27T09:30+01:00", 1, WaitUnit.Days, "2027-03-28T09:30+02:00")] // 23 hours: clocks go forward
    [InlineData("2027-10-30T09:30+02:00", 1, WaitUnit.Days, "2027-10-31T09:30+01:00")] // 25 hours: clocks go back
    [InlineData("2027-03-27T02:30+01:00", 1, WaitUnit.Days, "2027-03-28T03:00+02:00")] // 02:30 does not exist
    [InlineData("2027-10-30T02:30+02:00", 1, WaitUnit.Days, "2027-10-31T02:30+02:00")] // 02:30 comes twice: the first
    [InlineData("2027-03-27T09:30+01:00", 24, WaitUnit.Hours, "2027-03-28T10:30+02:00")]
    [InlineData("2027-03-21T09:30+01:00", 1, WaitUnit.Weeks, "2027-03-28T09:30+02:00")]
    public void Days_keep_the_hour_when_the_clocks_change_and_hours_do_not(string from, int amount, WaitUnit unit, string to) =>
        Waits
            .EndOf(
                new StepDefinition
                {
                    Id = 1,
                    Kind = StepKind.Wait,
                    Amount = amount,
                    Unit = unit,
                },
                At(from),
                Paris
            )
            .ShouldBe(At(to));

    [Theory]
    [InlineData("2027-03-01T08:59+01:00", 0, "2027-03-01T09:00+01:00")]
    [InlineData("2027-03-01T09:00+01:00", 0, "2027-03-02T09:00+01:00")]
    [InlineData("2027-03-01T12:00+01:00", 0b0000001, "2027-03-08T09:00+01:00")] // a Monday, after the hour
    [InlineData("2027-03-05T12:00+01:00", 0b0011111, "2027-03-08T09:00+01:00")] // Friday noon to Monday
    public void Until_an_hour_is_its_next_time_on_an_allowed_day(string from, int weekdays, string to) =>
        Waits
            .EndOf(
                new StepDefinition
                {
                    Id = 1,
                    Kind = StepKind.Wait,
                    Wait = WaitKind.Until,
                    Minute = 540,
                    Weekdays = weekdays,
                },
                At(from),
                Paris
            )
            .ShouldBe(At(to));

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
