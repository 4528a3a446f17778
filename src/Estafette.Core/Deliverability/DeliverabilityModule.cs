using Estafette.Core.Platform;
using Estafette.Protocols.Dns;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Core.Deliverability;

/// <summary>Registers the services of the Deliverability module.</summary>
public static class DeliverabilityModule
{
    public static IServiceCollection AddDeliverabilityModule(this IServiceCollection services, IConfiguration configuration) =>
        services
            .AddOptionRecord<DnsOptions>(configuration, DnsOptions.Section)
            .AddOptionRecord<SpamOptions>(configuration, SpamOptions.Section)
            .AddSingleton<IDnsLookup>(services =>
                services.GetRequiredService<DnsOptions>().CreateClient(services.GetRequiredService<TimeProvider>())
            )
            .AddSingleton<MailDomains>()
            .AddSingleton(services => new DomainChecks(
                services.GetRequiredService<DnsOptions>().CreateFreshClient(services.GetRequiredService<TimeProvider>()),
                services.GetRequiredService<DnsOptions>()
            ))
            .AddSingleton<SenderDomainReader>()
            .AddSingleton<SenderChecks>()
            .AddSingleton<SenderPermits>()
            .AddSingleton<SpamScorer>()
            .AddSingleton<DkimSigners>()
            .AddHostedService<DomainWatch>();
}
