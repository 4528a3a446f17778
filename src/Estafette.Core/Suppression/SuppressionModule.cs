using Estafette.Core.Platform;
using Estafette.Core.Suppression.Bounces;
using Estafette.Core.Suppression.Import;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Core.Suppression;

/// <summary>Registers the services of the Suppression module.</summary>
public static class SuppressionModule
{
    public static IServiceCollection AddSuppressionModule(this IServiceCollection services, IConfiguration configuration) =>
        services
            .AddOptionRecord<SuppressionOptions>(configuration, SuppressionOptions.Section)
            .AddHostedService<SuppressionImporter>()
            .AddHostedService<BounceLister>();
}
