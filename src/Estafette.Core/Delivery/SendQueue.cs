using Estafette.Core.Campaigns;
using Estafette.Core.Platform;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Estafette.Core.Delivery;

/// <summary>
/// What <c>estafette queue send</c> does in a process without server: launches scheduled campaigns, freezes audiences, settles cancelled
/// ones, and sends until nothing is due. The loops are those of the server.
/// </summary>
public static class SendQueue
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    /// <param name="only">The customer whose messages are sent; null: everybody's.</param>
    /// <param name="once">Stop when nothing is due any more.</param>
    /// <param name="most">Messages to take at most; null: no limit.</param>
    /// <param name="services">The modules.</param>
    /// <param name="stop">Asks for the end.</param>
    /// <returns>Null when another run of this process holds the queue.</returns>
    public static async Task<QueueRunSummary?> RunAsync(
        CustomerId? only,
        bool once,
        long? most,
        IServiceProvider services,
        CancellationToken stop
    )
    {
        var engine = services.GetRequiredService<DeliveryEngine>();
        if (engine.IsRunning)
            return null;
        var loops = services.GetServices<IHostedService>().ToList();
        await PrepareAsync(loops, stop);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var preparing = GoOnPreparingAsync(loops, services, ending.Token);
        try
        {
            return await engine.RunAsync(only, once, stop, most);
        }
        finally
        {
            await ending.CancelAsync();
            await preparing;
        }
    }

    private static async Task PrepareAsync(List<IHostedService> loops, CancellationToken ct)
    {
        await loops.OfType<ScheduledLauncher>().Single().LaunchDueAsync(ct);
        while (await loops.OfType<CampaignExpander>().Single().ExpandSomeAsync(ct)) { }
        while (await loops.OfType<CampaignCloser>().Single().CloseSomeAsync(ct) > 0) { }
    }

    private static async Task GoOnPreparingAsync(List<IHostedService> loops, IServiceProvider services, CancellationToken ct)
    {
        try
        {
            while (true)
            {
                await services
                    .GetRequiredService<Signals>()
                    .WaitAsync(Signal.CampaignChanged, Poll, services.GetRequiredService<TimeProvider>(), ct);
                await PrepareAsync(loops, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested) { }
    }
}
