using Estafette.Core.Platform;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Estafette.Core.Delivery;

/// <summary>Runs the delivery engine for as long as the server runs.</summary>
internal sealed class DeliveryRunner(
    DeliveryEngine engine,
    DeliveryOptions options,
    TimeProvider clock,
    StartGate gate,
    ILogger<DeliveryRunner> logger
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await gate.PassAsync(stoppingToken);
        if (!options.Enabled)
            return;
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await engine.RunAsync(only: null, once: false, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
            catch (Exception failure)
            {
                Log.LoopFailed(logger, nameof(DeliveryEngine), failure);
                await Task.Delay(TimeSpan.FromSeconds(2), clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
