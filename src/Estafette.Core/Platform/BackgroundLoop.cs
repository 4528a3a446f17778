using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Estafette.Core.Platform;

/// <summary>What every <see cref="BackgroundLoop"/> needs of the process it runs in.</summary>
internal sealed record LoopContext(Signals Signals, TimeProvider Clock, StartGate Gate, ILoggerFactory Loggers);

/// <summary>
/// A duty that is done pass after pass until the server stops: at once again while there is more, else when <paramref name="wake"/> rings or
/// <paramref name="period"/> is over. A pass that fails is logged and repeated after the period, at least two seconds, so that a database that is
/// away is not asked without pause; passes are therefore safe to repeat after a fault at any line.
/// </summary>
internal abstract partial class BackgroundLoop(LoopContext context, Signal wake, TimeSpan period) : BackgroundService
{
    private static readonly TimeSpan LeastPause = TimeSpan.FromSeconds(2);

    private ILogger? _logger;

    protected Signals Signals => context.Signals;

    protected TimeProvider Clock => context.Clock;

    protected ILogger Logger => _logger ??= context.Loggers.CreateLogger(GetType());

    /// <summary>One pass; true when there is more to do at once.</summary>
    protected abstract Task<bool> PassAsync(CancellationToken ct);

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await context.Gate.PassAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!await PassAsync(stoppingToken))
                    await Signals.WaitAsync(wake, period, Clock, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
            catch (Exception failure)
            {
                var pause = period > LeastPause ? period : LeastPause;
                PassFailed(Logger, GetType().Name, pause.TotalSeconds, failure);
                await Task.Delay(pause, Clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(1001, LogLevel.Error, "{Loop} failed and goes on in {Seconds} s")]
    private static partial void PassFailed(ILogger logger, string loop, double seconds, Exception failure);
}
