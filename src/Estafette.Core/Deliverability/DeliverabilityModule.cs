using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Core.Deliverability;

/// <summary>Registers the services of the Deliverability module.</summary>
public static class DeliverabilityModule
{
    public static IServiceCollection AddDeliverabilityModule(this IServiceCollection services, IConfiguration configuration) =>
        services.AddSingleton<DkimSigners>();
}
