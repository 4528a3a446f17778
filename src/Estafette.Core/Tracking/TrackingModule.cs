using Estafette.Core.Platform;
using Estafette.Core.Tracking.Journal;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Estafette.Core.Tracking;

/// <summary>Registers the services of the Tracking module.</summary>
public static class TrackingModule
{
    public static IServiceCollection AddTrackingModule(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptionRecord<TrackingOptions>(configuration, TrackingOptions.Section);
        services.AddSingleton<TrackingUrls>();
        services.AddSingleton<TrackingTokens>();
        services.AddSingleton<EventJournal>();
        services.AddSingleton<JournalReader>();
        services.AddSingleton<LinkTargets>();
        services.AddHostedService<TrackingLoader>();
        // A line and an activity per request would cost more than the answer to a pixel does.
        services.AddLogging(logging => logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None));
        return services;
    }
}
