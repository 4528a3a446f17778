using System.Diagnostics;

namespace Estafette.Testing;

/// <summary>
/// How long this machine did nothing while it was watched. A test of what must happen "within a second" adds it, so that it judges the product and
/// not a busy host.
/// </summary>
public sealed class Stalls : IAsyncDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _watching;
    private long _ticks;

    private Stalls() => _watching = Task.Run(WatchAsync);

    /// <summary>Begins to watch.</summary>
    public static Stalls Watch() => new();

    /// <summary>The sum of all waits beyond those asked for, so far.</summary>
    public TimeSpan Total => TimeSpan.FromTicks(Interlocked.Read(ref _ticks));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
    }

    private async Task WatchAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var began = Stopwatch.GetTimestamp();
            await Task.Delay(Tick);
            var late = Stopwatch.GetElapsedTime(began) - Tick;
            if (late > TimeSpan.Zero)
                Interlocked.Add(ref _ticks, late.Ticks);
        }
    }
}
