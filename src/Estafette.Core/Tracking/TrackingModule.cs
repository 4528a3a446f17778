using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Core.Tracking;

/// <summary>Registers the services of the Tracking module.</summary>
public static class TrackingModule
{
    public static IServiceCollection AddTrackingModule(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<TrackingTokens>();
        return services;
    }
}
