using Estafette.Core.Channels;
using Estafette.Core.Delivery;
using Estafette.Core.Messages;
using Estafette.Core.Platform;
using Estafette.Core.Tracking;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Statistics;

/// <summary>One message and everything that happened to it.</summary>
/// <param name="Delivery">The ledger row.</param>
/// <param name="Timeline">All facts in the order of time.</param>
public sealed record DeliveryDetails(DeliveryRecord Delivery, IReadOnlyList<DeliveryFact> Timeline);

/// <summary>One fact of a delivery; exactly one of the parts is set, or none for <see cref="DeliveryFactKind.Created"/> and the stamps.</summary>
public sealed record DeliveryFact
{
    public required DateTimeOffset At { get; init; }
    public required DeliveryFactKind Kind { get; init; }

    /// <summary>For attempts: outcome, phase, code and the far end's own words.</summary>
    public AttemptRecord? Attempt { get; init; }

    /// <summary>Name of the server of an attempt.</summary>
    public string? Server { get; init; }

    /// <summary>For facts reported besides attempts.</summary>
    public DeliveryEvent? Event { get; init; }

    /// <summary>For opens, clicks and views.</summary>
    public TrackingEvent? Tracking { get; init; }

    /// <summary>Target of a click, as stored.</summary>
    public string? Url { get; init; }
    public string? UserAgent { get; init; }
}

/// <summary>The kinds of facts.</summary>
public enum DeliveryFactKind
{
    Created,
    Attempt,
    Event,
    Tracking,
    Unsubscribed,
    Complained,
}

/// <summary>Reads a message with its timeline.</summary>
public static class ShowDelivery
{
    /// <summary>Null when the customer has no such delivery.</summary>
    public static async Task<DeliveryDetails?> RunAsync(CustomerId customer, DeliveryId id, EstafetteDb db, CancellationToken ct)
    {
        var delivery = await db.Of<DeliveryRecord>(customer).AsNoTracking().SingleOrDefaultAsync(d => d.Id == id, ct);
        if (delivery is null)
            return null;
        var facts = new List<DeliveryFact> { Stamp(delivery.CreatedAt, DeliveryFactKind.Created) };
        facts.AddRange(await AttemptsAsync(customer, id, db, ct));
        facts.AddRange(await EventsAsync(customer, id, db, ct));
        facts.AddRange(await TrackingAsync(customer, id, db, ct));
        if (delivery.UnsubscribedAt is { } unsubscribed)
            facts.Add(Stamp(unsubscribed, DeliveryFactKind.Unsubscribed));
        if (delivery.ComplainedAt is { } complained)
            facts.Add(Stamp(complained, DeliveryFactKind.Complained));
        return new DeliveryDetails(delivery, facts.OrderBy(f => f.At).ThenBy(f => f.Kind).ToList());
    }

    private static DeliveryFact Stamp(DateTimeOffset at, DeliveryFactKind kind) => new() { At = at, Kind = kind };

    private static async Task<List<DeliveryFact>> AttemptsAsync(CustomerId customer, DeliveryId id, EstafetteDb db, CancellationToken ct)
    {
        var attempts = await (
            from attempt in db.Of<AttemptRecord>(customer).AsNoTracking()
            where attempt.DeliveryId == id
            join server in db.Of<SendingServer>(customer) on attempt.ServerId equals server.Id into servers
            from server in servers.DefaultIfEmpty()
            orderby attempt.Attempt
            select new { Attempt = attempt, Server = (string?)server.Name }
        ).ToListAsync(ct);
        return attempts
            .Select(a => new DeliveryFact
            {
                At = a.Attempt.StartedAt,
                Kind = DeliveryFactKind.Attempt,
                Attempt = a.Attempt,
                Server = a.Server,
            })
            .ToList();
    }

    private static async Task<List<DeliveryFact>> EventsAsync(CustomerId customer, DeliveryId id, EstafetteDb db, CancellationToken ct)
    {
        var events = await db.Of<DeliveryEvent>(customer).AsNoTracking().Where(e => e.DeliveryId == id).OrderBy(e => e.Id).ToListAsync(ct);
        return events
            .Select(e => new DeliveryFact
            {
                At = e.At,
                Kind = DeliveryFactKind.Event,
                Event = e,
            })
            .ToList();
    }

    private static async Task<List<DeliveryFact>> TrackingAsync(CustomerId customer, DeliveryId id, EstafetteDb db, CancellationToken ct)
    {
        var events = await (
            from e in db.Of<TrackingEvent>(customer).AsNoTracking()
            where e.DeliveryId == id
            join a in db.Set<UserAgentText>() on e.UserAgentId equals a.Id into agents
            from agent in agents.DefaultIfEmpty()
            orderby e.Id
            select new { Event = e, UserAgent = (string?)agent.Text }
        ).ToListAsync(ct);
        var contents = events.Select(e => e.Event.ContentId).OfType<ContentId>().Distinct().ToList();
        var links = await db.Set<ContentLink>().AsNoTracking().Where(l => contents.Contains(l.ContentId)).ToListAsync(ct);
        var urls = links.ToDictionary(l => (l.ContentId, l.LinkNo), l => l.Url);
        return events
            .Select(e => new DeliveryFact
            {
                At = e.Event.At,
                Kind = DeliveryFactKind.Tracking,
                Tracking = e.Event,
                Url = e.Event is { Kind: TrackingEventKind.Click, ContentId: { } content }
                    ? urls.GetValueOrDefault((content, e.Event.LinkNo))
                    : null,
                UserAgent = e.UserAgent,
            })
            .ToList();
    }
}
