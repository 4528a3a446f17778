using System.Collections.Concurrent;
using Estafette.Core.Platform;

namespace Estafette.Core.Tracking;

/// <summary>
/// Works out the target of a link whose stored URL has merge fields, with the data of the delivery's contact as it is at the time of the
/// click. Supplied by the Messages module; null when it cannot be resolved.
/// </summary>
internal delegate ValueTask<string?> ResolveMergedLink(
    DeliveryId delivery,
    ContentId content,
    int linkNo,
    string storedUrl,
    CancellationToken ct
);

/// <summary>Where links lead: the link tables of content versions, kept in memory. A target never comes from a request.</summary>
/// <remarks>Content versions never change, so nothing is ever out of date. At most 2,000 tables are kept; then the memory starts afresh.</remarks>
internal sealed class LinkTargets(Store store, ResolveMergedLink? resolve = null)
{
    private const int MaxTables = 2000;
    private readonly ConcurrentDictionary<long, Dictionary<int, Target>> _tables = new();

    /// <summary>The address to redirect to; null when there is no such link.</summary>
    public ValueTask<string?> FindAsync(in TrackingToken token, CancellationToken ct) =>
        _tables.TryGetValue(token.Content, out var table) ? FindAsync(table, token, ct) : LoadAndFindAsync(token, ct);

    /// <summary>A URL we may redirect to: absolute, http or https, without user information (§7 of delivery.md); ASCII, as a header needs.</summary>
    public static string? Checked(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri)
        && uri.Scheme is "http" or "https"
        && uri.UserInfo.Length == 0
        && uri.Host.Length > 0
            ? url.AsSpan().ContainsAnyExceptInRange('!', '~')
                ? uri.AbsoluteUri
                : url
            : null;

    private async ValueTask<string?> LoadAndFindAsync(TrackingToken token, CancellationToken ct)
    {
        var table = new Dictionary<int, Target>();
        await using (var connection = await store.OpenAsync(ct))
        {
            await using var command = connection.CreateCommand();
            command.CommandText = "SELECT link_no, url FROM content_links WHERE content_id = @content";
            await using var reader = await command.Set("@content", token.Content).ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
                table[reader.GetInt32(0)] = new Target(reader.GetString(1));
        }
        if (_tables.Count >= MaxTables)
            _tables.Clear();
        if (table.Count > 0)
            _tables[token.Content] = table;
        return await FindAsync(table, token, ct);
    }

    private ValueTask<string?> FindAsync(Dictionary<int, Target> table, in TrackingToken token, CancellationToken ct)
    {
        if (!table.TryGetValue(token.LinkNo, out var target))
            return ValueTask.FromResult<string?>(null);
        if (!target.HasMergeFields)
            return ValueTask.FromResult(target.Location);
        // A link of all recipients has nobody's data to fill in.
        return resolve is null || token.IsAggregate ? ValueTask.FromResult<string?>(null) : ResolveAsync(token, target, ct);
    }

    private async ValueTask<string?> ResolveAsync(TrackingToken token, Target target, CancellationToken ct) =>
        await resolve!(new DeliveryId(token.Subject), new ContentId(token.Content), token.LinkNo, target.Stored, ct) is { } url
            ? Checked(url)
            : null;

    /// <summary>One stored link.</summary>
    private sealed class Target(string stored)
    {
        public string Stored { get; } = stored;

        public bool HasMergeFields { get; } = stored.Contains("{{", StringComparison.Ordinal);

        public string? Location { get; } = Checked(stored);
    }
}
