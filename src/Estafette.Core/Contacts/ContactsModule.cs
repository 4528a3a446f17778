using Estafette.Core.Contacts.Bulk;
using Estafette.Core.Contacts.Erased;
using Estafette.Core.Contacts.Import;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Platform;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Core.Contacts;

/// <summary>Registers the services of the Contacts module.</summary>
public static class ContactsModule
{
    public static IServiceCollection AddContactsModule(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptionRecord<ImportOptions>(configuration, ImportOptions.Section);
        services.AddSingleton<ImportFiles>();
        services.AddSingleton<ServerFiles>();
        services.AddSingleton<ImportRunner>();
        services.AddHostedService(provider => provider.GetRequiredService<ImportRunner>());
        services.AddSingleton<ErasedAddresses>();
        services.AddHostedService<AttributeIndexer>();
        services.AddHostedService<BulkRunner>();
        return services;
    }
}
