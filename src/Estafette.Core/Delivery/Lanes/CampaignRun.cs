using Estafette.Core.Campaigns;
using Estafette.Core.Channels;
using Estafette.Core.Delivery.Render;
using Estafette.Core.Platform;

namespace Estafette.Core.Delivery.Lanes;

/// <summary>
/// A campaign as the lanes see it. Lanes ask <see cref="Allows"/> right before each point of no return, so that a pause or a new content
/// takes effect at the next message.
/// </summary>
internal sealed class CampaignRun(CampaignId id, CustomerId customer)
{
    private int _inFlight;
    private volatile bool _active;
    private volatile bool _open = true;
    private volatile Composition? _composition;
    private volatile IReadOnlyDictionary<int, Composition> _variants = new Dictionary<int, Composition>();

    public CampaignId Id { get; } = id;
    public CustomerId Customer { get; } = customer;

    /// <summary>Recipients come one by one (a step of an automation): it is never finished here and goes before what was launched in bulk.</summary>
    public bool IsTriggered { get; init; }

    /// <summary>A step of an automation had something due in the last turn of the feeder.</summary>
    public bool HasDue { get; set; }

    /// <summary>Version of the campaign row this was read from.</summary>
    public int ControlVersion { get; set; } = -1;
    public bool IsExpanded { get; set; }
    public long Audience { get; set; }
    public int Day { get; set; }
    public InDoubtPolicy InDoubtPolicy { get; set; }

    /// <summary>The servers of the campaign by id.</summary>
    public IReadOnlyDictionary<ServerId, RunServer> Servers { get; set; } = new Dictionary<ServerId, RunServer>();

    /// <summary>What is sent now; null while the content cannot be compiled.</summary>
    public Composition? Composition
    {
        get => _composition;
        set => _composition = value;
    }

    /// <summary>What the variants of an A/B test send, by number; 0 is what the rest gets once that is decided.</summary>
    public IReadOnlyDictionary<int, Composition> Variants
    {
        get => _variants;
        set => _variants = value;
    }

    /// <summary>The A/B test is decided and rows that waited for it may still have to be made due.</summary>
    public bool ReleasesRest { get; set; }

    /// <summary>What a recipient of a variant gets.</summary>
    public Composition Of(int variant, Composition otherwise) => _variants.GetValueOrDefault(variant, otherwise);

    /// <summary>Why nothing is sent although the campaign runs.</summary>
    public string? Problem { get; set; }

    /// <summary>Running, not paused, not cancelled.</summary>
    public bool IsActive
    {
        get => _active;
        set => _active = value;
    }

    /// <summary>Within the campaign's sending hours; outside of them it keeps its place and waits.</summary>
    public bool IsOpen
    {
        get => _open;
        set => _open = value;
    }

    /// <summary>The zone of its sending hours.</summary>
    public TimeZoneInfo Zone { get; set; } = TimeZoneInfo.Utc;

    /// <summary>Set when the campaign keeps to its recipients' own clocks.</summary>
    public LocalTimes? LocalTimes { get; set; }

    /// <summary>Rows held by lanes or waiting to be written.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    public void Took(int rows) => Interlocked.Add(ref _inFlight, rows);

    public void Resolved(int rows) => Interlocked.Add(ref _inFlight, -rows);

    /// <summary>Whether a message made with this composition may still leave.</summary>
    public bool Allows(Composition composition) =>
        _active && _open && (ReferenceEquals(_composition, composition) || _variants.Values.Any(v => ReferenceEquals(v, composition)));
}

/// <summary>A campaign's use of one server.</summary>
internal sealed class RunServer(CampaignServer settings, Pacer pacer)
{
    public CampaignServer Settings { get; set; } = settings;

    /// <summary>The campaign's own rate through this server.</summary>
    public Pacer Pacer { get; } = pacer;

    /// <summary>Credit of the smooth weighted round-robin.</summary>
    public int Credit { get; set; }
}
