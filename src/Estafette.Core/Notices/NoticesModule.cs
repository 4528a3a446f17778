using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Core.Notices;

/// <summary>Registers the services of the Notices module.</summary>
public static class NoticesModule
{
    public static IServiceCollection AddNoticesModule(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddHostedService<NoticeWatch>();
        return services;
    }
}
