using System.Collections.Concurrent;
using Estafette.Core.Platform;

namespace Estafette.Web.Campaigns.Editor;

/// <summary>Somebody who has a campaign open.</summary>
public sealed record EditorVisitor(string User, string Line, DateTimeOffset SeenAt);

/// <summary>
/// Who has which campaign open now, by a heartbeat of every open page. Kept in memory: it is advice between people, not a lock; the version check
/// of each save is what protects their work.
/// </summary>
internal sealed class EditorPresence(TimeProvider clock)
{
    /// <summary>Two heartbeats may be missed.</summary>
    private static readonly TimeSpan Gone = TimeSpan.FromSeconds(50);
    private readonly ConcurrentDictionary<(CustomerId, CampaignId, string), EditorVisitor> _visitors = new();

    /// <summary>Records the visitor and tells who else is there.</summary>
    public IReadOnlyList<EditorVisitor> Beat(CustomerId customer, CampaignId campaign, string user, string line)
    {
        var now = clock.GetUtcNow();
        _visitors[(customer, campaign, user)] = new EditorVisitor(user, line, now);
        foreach (var (key, visitor) in _visitors)
            if (now - visitor.SeenAt > Gone)
                _visitors.TryRemove(new(key, visitor));
        return
        [
            .. _visitors
                .Where(v => v.Key.Item1 == customer && v.Key.Item2 == campaign && v.Key.Item3 != user)
                .Select(v => v.Value)
                .OrderBy(v => v.User, StringComparer.Ordinal),
        ];
    }
}
