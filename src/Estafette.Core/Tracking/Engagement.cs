using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;

namespace Estafette.Core.Tracking;

/// <summary>
/// Everything one individually tracked delivery's recipient did, and what it contributes to the figures. Counting a new event means:
/// contribution with it, less contribution without it. The same code therefore counts as events come, corrects the figures when an earlier
/// event turns out to be a machine's, and recounts from the raw rows.
/// <para>Rules: an event counts for a person or for a machine by its <see cref="MachineSign"/>. Opened is counted once, at the time of the
/// first open or click of a person (a click implies an open); Clicked once, at the first click of a person; a clicker of a link once per
/// link. "First" means earliest by time, not by arrival.</para>
/// <para>Bursts: clicks of a person turn into a machine's when two different links are clicked within 1 s or three within 2 s (scanners
/// follow all links at once), or when a click comes less than 2 s after the next hop took the message.</para>
/// </summary>
internal sealed class Engagement(CustomerId customer, CampaignId? campaign, DateTimeOffset? sentAt, string domain)
{
    /// <summary>Events kept of one delivery; what comes after is neither stored nor counted, so that a replayed URL cannot fill the disk.</summary>
    public const int MaxEvents = 1000;

    private static readonly (int Links, long WithinMs)[] BurstRules = [(2, 1000), (3, 2000)];
    private const long AfterSendingMs = 2000;

    private readonly List<Item> _items = [];

    /// <summary>First open or click of a person.</summary>
    public long? OpenedAt => Least(_items.Where(i => i.IsPerson));

    /// <summary>First click of a person.</summary>
    public long? ClickedAt => Least(_items.Where(i => i.IsPerson && i.Kind == TrackingEventKind.Click));

    public IReadOnlyList<Item> Items => _items;

    /// <summary>Adds an event that is stored already.</summary>
    public void AddStored(long id, TrackingEventKind kind, long link, MachineSign sign, long at, long agent) =>
        _items.Add(
            new Item(kind, link, at, null)
            {
                Id = id,
                Sign = sign,
                Agent = agent,
            }
        );

    /// <summary>Adds a new event; false when the delivery has had enough.</summary>
    public bool TryAdd(TrackingEventKind kind, long link, MachineSign sign, long at, long agent, object source)
    {
        if (_items.Count >= MaxEvents)
            return false;
        _items.Add(new Item(kind, link, at, source) { Sign = sign, Agent = agent });
        return true;
    }

    /// <summary>Finds bursts; <see cref="Item.WasReflagged"/> tells which stored events changed.</summary>
    public void FlagBursts()
    {
        var clicks = _items.Where(i => i.Kind == TrackingEventKind.Click).OrderBy(i => i.At).ToList();
        if (sentAt is { } sent)
            foreach (var click in clicks.TakeWhile(c => c.At - sent.ToUnixTimeMilliseconds() < AfterSendingMs))
                click.Flag();
        foreach (var (links, within) in BurstRules)
            for (int first = 0, last = 0; last < clicks.Count; last++)
            {
                while (clicks[last].At - clicks[first].At > within)
                    first++;
                if (last - first + 1 >= links && DistinctLinks(clicks, first, last, links))
                    for (var i = first; i <= last; i++)
                        clicks[i].Flag();
            }
    }

    /// <summary>Adds (or, with -1, takes back) what the events contribute.</summary>
    public void Contribute(RollupCounter counter, int sign)
    {
        foreach (var item in _items)
            Contribute(counter, item, sign);
        foreach (var link in _items.Where(i => i.IsPerson && i.Kind == TrackingEventKind.Click).GroupBy(i => i.Link))
            Count(counter, Metric.LinkClickers, link.Min(i => i.At), link.Key, sign);
        foreach (var agent in _items.Where(i => i.IsPerson).GroupBy(i => i.Agent))
            Count(counter, Metric.DeviceUsers, agent.Min(i => i.At), agent.Key, sign);
        if (OpenedAt is { } opened)
        {
            Count(counter, Metric.Opened, opened, 0, sign);
            counter.AddDomain(customer, campaign, Metric.DomainOpened, domain, sign);
        }
        if (ClickedAt is { } clicked)
        {
            Count(counter, Metric.Clicked, clicked, 0, sign);
            counter.AddDomain(customer, campaign, Metric.DomainClicked, domain, sign);
        }
    }

    private void Contribute(RollupCounter counter, Item item, int sign)
    {
        switch (item.Kind)
        {
            case TrackingEventKind.Open:
                Count(counter, item.IsPerson ? Metric.OpenTotal : Metric.MachineOpenTotal, item.At, 0, sign);
                if (item.IsPerson)
                    Count(counter, Metric.DeviceOpenTotal, item.At, item.Agent, sign);
                break;
            case TrackingEventKind.Click when item.IsPerson:
                Count(counter, Metric.ClickTotal, item.At, 0, sign);
                Count(counter, Metric.LinkClickTotal, item.At, item.Link, sign);
                Count(counter, Metric.DeviceClickTotal, item.At, item.Agent, sign);
                break;
            case TrackingEventKind.Click:
                Count(counter, Metric.MachineClickTotal, item.At, 0, sign);
                Count(counter, Metric.MachineLinkClickTotal, item.At, item.Link, sign);
                break;
            default:
                break;
        }
    }

    private void Count(RollupCounter counter, Metric metric, long at, long dimension, int sign) =>
        counter.Add(customer, campaign, metric, DateTimeOffset.FromUnixTimeMilliseconds(at), dimension, sign);

    private static bool DistinctLinks(List<Item> clicks, int first, int last, int links)
    {
        Span<long> seen = stackalloc long[links];
        var count = 0;
        for (var i = first; i <= last && count < links; i++)
            if (!seen[..count].Contains(clicks[i].Link))
                seen[count++] = clicks[i].Link;
        return count == links;
    }

    private static long? Least(IEnumerable<Item> items)
    {
        long? least = null;
        foreach (var item in items)
            least = least is { } l && l <= item.At ? l : item.At;
        return least;
    }

    /// <summary>One open, click or view of the delivery.</summary>
    internal sealed class Item(TrackingEventKind kind, long link, long at, object? source)
    {
        /// <summary>Null for an event that is not stored yet.</summary>
        public long? Id { get; init; }

        public TrackingEventKind Kind { get; } = kind;

        /// <summary>A <see cref="LinkDimension"/>.</summary>
        public long Link { get; } = link;

        public long At { get; } = at;

        /// <summary>Class of the program it came through (<see cref="AgentClasses"/>); 0 when nothing is known.</summary>
        public long Agent { get; init; }

        /// <summary>What the new event came from.</summary>
        public object? Source { get; } = source;

        public MachineSign Sign { get; set; }

        public bool WasReflagged { get; private set; }

        public bool IsPerson => Sign.IsPerson() && Kind is (TrackingEventKind.Open or TrackingEventKind.Click);

        public void Flag()
        {
            if (!Sign.IsPerson())
                return;
            Sign = MachineSign.Burst;
            WasReflagged = true;
        }
    }
}
