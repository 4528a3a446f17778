using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Estafette.Core.Accounts;

/// <summary>
/// Work that an answer must not wait for, because how long it takes would tell whether an address is known: counting failures, sending
/// links. Bounded; what does not fit is dropped, and the person asks again.
/// </summary>
public sealed class AccountErrands(IServiceScopeFactory scopes, ILogger<AccountErrands> logger) : BackgroundService
{
    private readonly System.Threading.Channels.Channel<Func<IServiceProvider, CancellationToken, Task>> _errands =
        System.Threading.Channels.Channel.CreateBounded<Func<IServiceProvider, CancellationToken, Task>>(
            new BoundedChannelOptions(1000) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true }
        );

    /// <summary>Has it done soon, in a scope of its own.</summary>
    public void Post(Func<IServiceProvider, CancellationToken, Task> errand) => _errands.Writer.TryWrite(errand);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var errand in _errands.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                await errand(scope.ServiceProvider, stoppingToken);
            }
            catch (Exception failure) when (failure is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                Log.ErrandFailed(logger, failure);
            }
        }
    }
}
