using Estafette.Core.Campaigns.Attachments;
using Estafette.Core.Platform;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Core.Campaigns;

/// <summary>Registers the services of the Campaigns module.</summary>
public static class CampaignsModule
{
    public static IServiceCollection AddCampaignsModule(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptionRecord<AntivirusOptions>(configuration, AntivirusOptions.Section).AddSingleton<VirusScan>();
        services.AddOptionRecord<BreakerOptions>(configuration, BreakerOptions.Section);
        services.AddSingleton<Media.DetachImages>();
        return services
            .AddHostedService<CampaignExpander>()
            .AddHostedService<ScheduledLauncher>()
            .AddHostedService<CampaignBreaker>()
            .AddHostedService<Variants.AbTestClock>()
            .AddHostedService<PreFlight.LinkCheckRunner>();
    }
}
