namespace Estafette.Core.Platform.Rollups;

/// <summary>Collects increments and writes them in the transaction of the rows they count, so that the figures equal the rows.</summary>
public sealed class RollupCounter
{
    private readonly Dictionary<(long Campaign, Metric Metric, long Hour, long Dimension), (long Customer, long Count)> _counts = [];

    /// <summary>Hours since 1970-01-01 UTC.</summary>
    public static long HourOf(DateTimeOffset at) => at.ToUnixTimeSeconds() / 3600;

    /// <summary>Adds to a counter; deliveries outside a campaign are not counted.</summary>
    public void Add(CustomerId customer, CampaignId? campaign, Metric metric, DateTimeOffset at, long dimension = 0, long count = 1)
    {
        if (campaign is not { } id || count == 0)
            return;
        var key = (id.Value, metric, HourOf(at), dimension);
        _counts[key] = (customer.Value, _counts.GetValueOrDefault(key).Count + count);
    }

    /// <summary>Writes the increments, ordered by key so that two writers never wait for each other in a circle.</summary>
    public async ValueTask WriteAsync(WriteSession session, CancellationToken ct)
    {
        foreach (var (key, (customer, count)) in _counts.Where(c => c.Value.Count != 0).OrderBy(c => c.Key))
            await session
                .Statement("Platform/Rollups/add-to-rollup")
                .Set("@campaign", key.Campaign)
                .Set("@metric", (short)key.Metric)
                .Set("@hour", key.Hour)
                .Set("@dimension", key.Dimension)
                .Set("@customer", customer)
                .Set("@count", count)
                .ExecuteNonQueryAsync(ct);
    }
}
