namespace Estafette.Core.Statistics;

/// <summary>What deliveries can be put in the order of.</summary>
public enum DeliverySort
{
    Address,

    /// <summary>From waiting to complained about, as the statuses are numbered.</summary>
    Status,
    Server,
    Attempts,
    Sent,
    Opened,
    Clicked,
    Unsubscribed,
    Complained,

    /// <summary>The time of the status.</summary>
    Since,
}

/// <summary>
/// An order of the deliveries of a campaign. Those without a value, for instance never opened, come last both ways; those that are equal follow
/// each other by address, or by number where an index has it so.
/// </summary>
public sealed record DeliveryOrder(DeliverySort By, bool Descending)
{
    /// <summary>
    /// Most deliveries of a campaign that are put in an order that no index has: the database reads them all for each page, in less than 100 ms.
    /// </summary>
    public const int Most = 20_000;

    /// <summary>Whether an index has this order for all deliveries of a campaign, so that a page costs the same however many there are.</summary>
    public static bool IsIndexed(DeliverySort by) =>
        by is DeliverySort.Address or DeliverySort.Status or DeliverySort.Opened or DeliverySort.Clicked;

    /// <summary>The column of a time, or null.</summary>
    internal string? Stamp =>
        By switch
        {
            DeliverySort.Sent => "d.sent_at",
            DeliverySort.Opened => "d.opened_at",
            DeliverySort.Clicked => "d.clicked_at",
            DeliverySort.Unsubscribed => "d.unsubscribed_at",
            DeliverySort.Complained => "d.complained_at",
            _ => null,
        };

    /// <summary>What the database sorts by when no index does it.</summary>
    internal string Clause
    {
        get
        {
            var direction = Descending ? "DESC" : "ASC";
            return By switch
            {
                DeliverySort.Address => $"d.address_key {direction}",
                DeliverySort.Status => $"d.status {direction}, d.address_key",
                DeliverySort.Server => $"s.name IS NULL, lower(s.name) {direction}, d.address_key",
                DeliverySort.Attempts => $"d.attempts {direction}, d.address_key",
                DeliverySort.Since => $"d.status_at {direction}, d.address_key",
                _ => $"{Stamp} IS NULL, {Stamp} {direction}, d.address_key",
            };
        }
    }
}
