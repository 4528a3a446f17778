using Estafette.Core.Platform;
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
            .AddSingleton<Estafette.Protocols.Dns.IDnsLookup>(_ => new Estafette.Protocols.Dns.ZoneLookup())
            .AddSingleton<MailDomains>()
            .AddSingleton<SenderChecks>()
            .AddSingleton<SpamScorer>()
            .AddSingleton<DkimSigners>();
}
