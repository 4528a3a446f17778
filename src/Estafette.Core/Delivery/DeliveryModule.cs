using Estafette.Core.Delivery.Render;
using Estafette.Core.Platform;
using Estafette.Core.Tracking;
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
        services.AddSingleton<CompositionLoader>();
        services.AddSingleton<DeliveryCopies>();
        services.AddSingleton(provider => new Checks.ContentComposer(
            provider.GetRequiredService<CompositionLoader>(),
            provider.GetRequiredService<TimeProvider>()
        ));
        services.AddSingleton<Checks.CheckContent>();
        services.AddSingleton<RenderWebVersion>(provider => provider.GetRequiredService<DeliveryCopies>().WebVersionAsync);
        services.AddSingleton<ResolveMergedLink>(provider => provider.GetRequiredService<DeliveryCopies>().ResolveLinkAsync);
        services.AddSingleton<Accept.MailContents>();
        services.AddSingleton<Accept.AcceptMail>();
        services.AddSingleton<Accept.AcceptSubmitted>();
        services.AddHostedService<Accept.AnswerPurge>();
        services.AddHostedService<MailRetention>();
        services.AddHostedService<DeliveryRunner>();
        services.AddHostedService<CampaignCloser>();
        return services;
    }
}
