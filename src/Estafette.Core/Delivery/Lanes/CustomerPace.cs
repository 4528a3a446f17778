using System.Globalization;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;

namespace Estafette.Core.Delivery.Lanes;

/// <summary>What the operator lets a customer send, and the zone its days begin in.</summary>
internal sealed record CustomerPace(TimeZoneInfo Zone, int? PerDay, int? PerMonth)
{
    public bool IsLimited => PerDay is not null || PerMonth is not null;

    public static CustomerPace Of(Customer customer) =>
        new(TimeZoneInfo.FindSystemTimeZoneById(customer.TimeZone), customer.MaxMessagesPerDay, customer.MaxMessagesPerMonth);

    /// <summary>The civil day of the customer, as yyyyMMdd.</summary>
    public int Day(DateTimeOffset now) =>
        int.Parse(TimeZoneInfo.ConvertTime(now, Zone).ToString("yyyyMMdd", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>
    /// The limits as budgets, taken together with those of servers. The budget of a customer stands in the rows of a server that cannot be: minus
    /// its id; that of a month in the day 0 of it.
    /// </summary>
    public IEnumerable<DailyCap> Caps(CustomerId customer, int day)
    {
        var budget = new ServerId(-customer.Value);
        if (PerDay is { } daily)
            yield return new DailyCap(budget, null, day, daily);
        if (PerMonth is { } monthly)
            yield return new DailyCap(budget, null, day / 100 * 100, monthly);
    }
}
