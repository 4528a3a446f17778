using Estafette.Core.Platform;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Core.Delivery;

/// <summary>Registers the services of the Delivery module.</summary>
public static class DeliveryModule
{
    public static IServiceCollection AddDeliveryModule(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptionRecord<DeliveryOptions>(configuration, DeliveryOptions.Section);
        services.AddSingleton<DeliveryEngine>();
        services.AddHostedService<DeliveryRunner>();
        services.AddHostedService<CampaignCloser>();
        return services;
    }
}
