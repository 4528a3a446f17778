using Estafette.Core.Platform;
using Estafette.Core.Platform.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Core.Channels;

/// <summary>Registers the services of the Channels module.</summary>
public static class ChannelsModule
{
    public static IServiceCollection AddChannelsModule(this IServiceCollection services, IConfiguration configuration) =>
        services
            .AddOptionRecord<NetworkOptions>(configuration, NetworkOptions.Section)
            .AddSingleton<SenderFactory>()
            .AddSingleton<ServerKeeper>();
}
