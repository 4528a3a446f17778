using Estafette.Core.Inbound.Callbacks;
using Estafette.Core.Inbound.Mail;
using Estafette.Core.Platform;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Core.Inbound;

/// <summary>Registers the services of the Inbound module.</summary>
public static class InboundModule
{
    public static IServiceCollection AddInboundModule(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptionRecord<InboundOptions>(configuration, InboundOptions.Section);
        services.AddOptionRecord<MailboxPollOptions>(configuration, MailboxPollOptions.Section);
        services.AddSingleton<ReadInbound>();
        services.AddSingleton<InboundDoor>();
        services.AddHostedService(provider => provider.GetRequiredService<InboundDoor>());
        services.AddSingleton<ReceiveCallback>();
        services.AddSingleton<Abuse.ReportAbuse>();
        services.AddSingleton<MailboxState>();
        services.AddHostedService<MailboxPoller>();
        services.AddHostedService<CallbackRunner>();
        services.AddHostedService<InboundUpkeep>();
        return services;
    }
}
