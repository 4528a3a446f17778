using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Core.Webhooks;

/// <summary>Registers the services of the Webhooks module.</summary>
public static class WebhooksModule
{
    public static IServiceCollection AddWebhooksModule(this IServiceCollection services, IConfiguration configuration)
    {
        _ = configuration;
        services.AddHostedService<WebhookFeeder>();
        services.AddHostedService<WebhookCaller>();
        return services;
    }
}
