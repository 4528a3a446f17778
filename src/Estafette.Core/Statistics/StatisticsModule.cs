using Estafette.Core.Platform;
using Estafette.Core.Tracking;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Core.Statistics;

/// <summary>Registers the services of the Statistics module.</summary>
public static class StatisticsModule
{
    public static IServiceCollection AddStatisticsModule(this IServiceCollection services, IConfiguration configuration) =>
        services.AddSingleton(provider => new FindAnything(
            provider.GetRequiredService<Store>(),
            provider.GetRequiredService<TrackingTokens>()
        ));
}
