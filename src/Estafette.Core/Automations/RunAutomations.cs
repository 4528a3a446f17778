using Estafette.Core.Automations.Feeds;
using Estafette.Core.Automations.Webhooks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Estafette.Core.Automations;

/// <summary>What <c>estafette queue send</c> does for automations in a process without server: everything that is due now, with the loops of the server.</summary>
public static class RunAutomations
{
    public static async Task RunAsync(IServiceProvider services, CancellationToken ct)
    {
        var loops = services.GetServices<IHostedService>().ToList();
        await loops.OfType<FeedRunner>().Single().RunOnceAsync(ct);
        var runner = loops.OfType<AutomationRunner>().Single();
        while (await runner.RunOnceAsync(ct) > 0) { }
        var calls = loops.OfType<WebhookSender>().Single();
        while (await calls.CallSomeAsync(ct) > 0) { }
    }
}
