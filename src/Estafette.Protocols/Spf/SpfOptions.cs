using System.ComponentModel.DataAnnotations;

namespace Estafette.Protocols.Spf;

/// <summary>Limits of a check.</summary>
public sealed record SpfOptions
{
    /// <summary>Most terms that ask for names; default 10 (RFC 7208 §4.6.4). More are a permanent error.</summary>
    [Range(1, 100)]
    public int MaxLookups { get; init; } = 10;

    /// <summary>Most terms whose question finds nothing; default 2 (RFC 7208 §4.6.4). More are a permanent error.</summary>
    [Range(0, 100)]
    public int MaxVoidLookups { get; init; } = 2;

    /// <summary>Longest time of one check; default 20 s (RFC 7208 §4.6.4: at least 20). Beyond it is a temporary error.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Fetches the domain's text for a fail; default false, since it costs a look-up and the text is a stranger's.</summary>
    public bool FetchesExplanation { get; init; }

    /// <summary>Name of the host that checks, for macro <c>r</c> of an explanation; default "unknown" (RFC 7208 §7.3).</summary>
    public string ReceivingHost { get; init; } = "unknown";

    /// <summary>Clock of the limit and of macro <c>t</c>.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
