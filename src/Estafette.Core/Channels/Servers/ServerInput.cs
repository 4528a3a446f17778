using Estafette.Core.Platform;

namespace Estafette.Core.Channels;

/// <summary>What a person may say about a sending server.</summary>
public sealed record ServerInput
{
    public required string Name { get; init; }
    public bool Active { get; init; } = true;
    public int Priority { get; init; } = 10;
    public int Weight { get; init; } = 1;
    public int? RateCount { get; init; }
    public RateUnit RateUnit { get; init; } = RateUnit.Second;
    public int? DailyMaximum { get; init; }
    public int Connections { get; init; } = 4;
    public InDoubtPolicy InDoubtPolicy { get; init; }
    public required ServerSettings Settings { get; init; }

    /// <summary>Key or password; null keeps the stored one, an empty key removes it.</summary>
    public ServerSecret? Secret { get; init; }
}
