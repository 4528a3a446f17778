using Estafette.Core.Automations.Entry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Core.Automations;

/// <summary>Registers the services of the Automations module.</summary>
public static class AutomationsModule
{
    public static IServiceCollection AddAutomationsModule(this IServiceCollection services, IConfiguration configuration)
    {
        _ = configuration;
        services.AddSingleton<FindEntries>();
        services.AddSingleton<AdvanceAutomations>();
        services.AddSingleton<Feeds.FetchFeed>();
        services.AddSingleton<Feeds.MailFeed>();
        services.AddHostedService<AutomationRunner>();
        services.AddHostedService<Feeds.FeedRunner>();
        services.AddHostedService<Webhooks.WebhookSender>();
        return services;
    }
}
