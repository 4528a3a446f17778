namespace Estafette.Core.Delivery.Lanes;

/// <summary>
/// Stops using a server that keeps failing: opens after 5 failures in a row for 60 s, doubling to 30 min, then lets one probe through.
/// </summary>
internal sealed class Breaker(int failures, DateTimeOffset? openUntil)
{
    public const int Threshold = 5;
    private static readonly TimeSpan First = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(30);

    private readonly Lock _lock = new();
    private int _failures = failures;
    private DateTimeOffset? _openUntil = openUntil;

    public int Failures => _failures;

    public DateTimeOffset? OpenUntil => _openUntil;

    /// <summary>Closed: use it freely. Probe: one message may try. Open: leave it alone.</summary>
    public BreakerState StateAt(DateTimeOffset now)
    {
        lock (_lock)
            return _openUntil is null ? BreakerState.Closed
                : _openUntil <= now ? BreakerState.Probe
                : BreakerState.Open;
    }

    /// <summary>A message got through; true when that closed the breaker.</summary>
    public bool Succeeded()
    {
        lock (_lock)
        {
            var was = _openUntil is not null || _failures > 0;
            (_failures, _openUntil) = (0, null);
            return was;
        }
    }

    /// <summary>The server failed; true when that opened the breaker (again).</summary>
    public bool Failed(DateTimeOffset now)
    {
        lock (_lock)
        {
            if (_openUntil > now || ++_failures < Threshold)
                return false;
            var wait = First * Math.Pow(2, Math.Min(_failures - Threshold, 10));
            _openUntil = now + (wait < Longest ? wait : Longest);
            return true;
        }
    }
}

/// <summary>Whether a server may be used.</summary>
internal enum BreakerState
{
    Closed,
    Probe,
    Open,
}
