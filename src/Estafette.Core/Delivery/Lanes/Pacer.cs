using Estafette.Core.Platform;

namespace Estafette.Core.Delivery.Lanes;

/// <summary>
/// Spaces sends evenly (generic cell rate algorithm): one send per period, with a burst of at most a tenth of a second's worth.
/// Uses the monotonic clock, so a change of the wall clock neither stops nor bursts it.
/// </summary>
internal sealed class Pacer
{
    private readonly TimeProvider _clock;
    private readonly long _origin;
    private readonly Lock _lock = new();
    private double _period;
    private double _burst;
    private double _next;

    public Pacer(TimeProvider clock, int? count, RateUnit unit)
    {
        _clock = clock;
        _origin = clock.GetTimestamp();
        Change(count, unit);
    }

    /// <summary>No limit at all.</summary>
    public bool IsFree => _period == 0;

    /// <summary>Sends per second; infinite without limit.</summary>
    public double PerSecond => _period == 0 ? double.PositiveInfinity : 1 / _period;

    public void Change(int? count, RateUnit unit)
    {
        lock (_lock)
        {
            _period = count is { } n ? (double)unit / n : 0;
            _burst = Math.Max(0, 0.1 - _period);
        }
    }

    /// <summary>Takes a place if one is free now.</summary>
    public bool TryTake()
    {
        lock (_lock)
        {
            if (_period == 0)
                return true;
            var now = Now();
            if (_next - _burst > now)
                return false;
            _next = Math.Max(_next, now) + _period;
            return true;
        }
    }

    /// <summary>How many places are free now, and takes them: used where work is taken in batches.</summary>
    public int TakeUpTo(int wanted, TimeSpan ahead)
    {
        lock (_lock)
        {
            if (_period == 0)
                return wanted;
            var now = Now();
            var from = Math.Max(_next, now);
            var free = Math.Clamp((int)Math.Floor((now + ahead.TotalSeconds - from) / _period) + 1, 0, wanted);
            if (free > 0)
                _next = from + free * _period;
            return free;
        }
    }

    /// <summary>Gives places back that were not used.</summary>
    public void Return(int places)
    {
        lock (_lock)
            _next -= places * _period;
    }

    /// <summary>Waits for a place.</summary>
    public async ValueTask WaitAsync(CancellationToken ct)
    {
        while (!TryTake())
        {
            double wait;
            lock (_lock)
                wait = _next - _burst - Now();
            await Task.Delay(TimeSpan.FromSeconds(Math.Clamp(wait, 0.001, 1)), _clock, ct);
        }
    }

    private double Now() => _clock.GetElapsedTime(_origin).TotalSeconds;
}
