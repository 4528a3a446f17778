using System.Text.Json;

namespace Estafette.Core.Platform.Rollups;

/// <summary>Collects increments and writes them in the transaction of the rows they count, so that the figures equal the rows.</summary>
public sealed class RollupCounter
{
    private readonly Dictionary<(long Campaign, Metric Metric, long Hour, long Dimension), (long Customer, long Count)> _counts = [];
    private readonly Dictionary<(long Campaign, Metric Metric, string Domain), (long Customer, long Count)> _domains = [];

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

    /// <summary>Adds to a counter of a recipient domain, of the whole campaign.</summary>
    /// <param name="customer">Whose campaign.</param>
    /// <param name="campaign">Null for deliveries outside a campaign, which are not counted.</param>
    /// <param name="metric">A metric by domain.</param>
    /// <param name="domain">As in the column "domain" of deliveries.</param>
    /// <param name="count">Positive or negative.</param>
    public void AddDomain(CustomerId customer, CampaignId? campaign, Metric metric, string domain, long count = 1)
    {
        if (campaign is not { } id || count == 0)
            return;
        var key = (id.Value, metric, domain);
        _domains[key] = (customer.Value, _domains.GetValueOrDefault(key).Count + count);
    }

    /// <summary>The domain of an address key, as the column "domain" of deliveries has it.</summary>
    public static string DomainOf(string addressKey) => addressKey[(addressKey.IndexOf('@', StringComparison.Ordinal) + 1)..];

    /// <summary>Writes the increments, ordered by key so that two writers never wait for each other in a circle.</summary>
    public async ValueTask WriteAsync(WriteSession session, CancellationToken ct)
    {
        foreach (var campaign in _domains.Keys.Select(k => k.Campaign).Distinct().ToList())
            await NumberDomainsAsync(session, campaign, ct);
        _domains.Clear();
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

    private async ValueTask NumberDomainsAsync(WriteSession session, long campaign, CancellationToken ct)
    {
        var counts = _domains.Where(d => d.Key.Campaign == campaign && d.Value.Count != 0).ToList();
        if (counts.Count == 0)
            return;
        var numbers = new Dictionary<string, long>(StringComparer.Ordinal);
        var find = session
            .Statement("Platform/Rollups/find-domains")
            .Set("@campaign", campaign)
            .Set("@domains", JsonSerializer.Serialize(counts.Select(c => c.Key.Domain).Distinct()));
        await using (var reader = await find.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct))
                numbers[reader.GetString(0)] = reader.GetInt64(1);
        foreach (var (key, (customer, count)) in counts)
        {
            var counter = (campaign, key.Metric, 0L, numbers.GetValueOrDefault(key.Domain));
            _counts[counter] = (customer, _counts.GetValueOrDefault(counter).Count + count);
        }
    }
}
