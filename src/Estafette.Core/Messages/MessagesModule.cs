using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Core.Messages;

/// <summary>Registers the services of the Messages module.</summary>
public static class MessagesModule
{
    public static IServiceCollection AddMessagesModule(this IServiceCollection services, IConfiguration configuration) => services;
}
