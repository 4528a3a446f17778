using Estafette.Api;
using Estafette.Api.Authentication;
using Estafette.Cli;
using Estafette.Core.Accounts;
using Estafette.Core.Automations;
using Estafette.Core.Campaigns;
using Estafette.Core.Channels;
using Estafette.Core.Contacts;
using Estafette.Core.Deliverability;
using Estafette.Core.Delivery;
using Estafette.Core.Forms;
using Estafette.Core.Inbound;
using Estafette.Core.Messages;
using Estafette.Core.Notices;
using Estafette.Core.Platform;
using Estafette.Core.Statistics;
using Estafette.Core.Suppression;
using Estafette.Core.Tracking;
using Estafette.Core.Webhooks;
using Estafette.Submission;
using Estafette.Web;
using Estafette.Web.Public;

namespace Estafette;

/// <summary>Puts the product together: configuration, modules, doors. Used by the server, the command line and the tests alike.</summary>
internal static class ServerHost
{
    /// <summary>Reads settings: <c>estafette.json</c> beside the data or named by <c>--config</c>, then <c>ESTAFETTE_Section__Key</c>, then flags.</summary>
    public static void AddSettings(
        IConfigurationBuilder configuration,
        string? configFile,
        IEnumerable<KeyValuePair<string, string?>> flags
    )
    {
        if (configFile is not null)
            configuration.AddJsonFile(Path.GetFullPath(configFile), optional: false);
        else
            configuration.AddJsonFile(Path.GetFullPath("estafette.json"), optional: true);
        configuration.AddEnvironmentVariables("ESTAFETTE_");
        configuration.AddInMemoryCollection(flags);
        // Links in messages lead to the port we listen on, unless somebody said where recipients reach us.
        var known = configuration.Build();
        if (known["Tracking:BaseUrl"] is null && known["Web:Port"] is { } port)
            configuration.AddInMemoryCollection([new("Tracking:BaseUrl", $"http://localhost:{port}")]);
    }

    /// <summary>Registers every module.</summary>
    public static IServiceCollection AddEstafette(this IServiceCollection services, IConfiguration configuration) =>
        services
            .AddOptionRecord<WebOptions>(configuration, WebOptions.Section)
            .AddOptionRecord<ApiOptions>(configuration, ApiOptions.Section)
            .AddOptionRecord<SubmissionOptions>(configuration, SubmissionOptions.Section)
            .AddPlatformModule(configuration)
            .AddAccountsModule(configuration)
            .AddContactsModule(configuration)
            .AddSuppressionModule(configuration)
            .AddDeliverabilityModule(configuration)
            .AddTrackingModule(configuration)
            .AddMessagesModule(configuration)
            .AddChannelsModule(configuration)
            .AddCampaignsModule(configuration)
            .AddDeliveryModule(configuration)
            .AddFormsModule(configuration)
            .AddInboundModule(configuration)
            .AddStatisticsModule(configuration)
            .AddAutomationsModule(configuration)
            .AddWebhooksModule(configuration)
            .AddNoticesModule(configuration)
            .AddSingleton<CallerCertificates>()
            .AddSingleton(services => PagesAt(services.GetRequiredService<WebOptions>(), services.GetRequiredService<TrackingOptions>()));

    /// <summary>Where users reach the pages: what <see cref="WebOptions.PublicUrl"/> says, or the base of the links, the same server on most installations.</summary>
    internal static PageAddress PagesAt(WebOptions web, TrackingOptions tracking) =>
        new(web.PublicUrl is { Length: > 0 } given ? given : tracking.BaseUrl);

    /// <summary>The web application with all doors mapped, not started.</summary>
    public static WebApplication Build(WebApplicationBuilder builder)
    {
        builder.Services.AddEstafette(builder.Configuration);
        builder.Services.AddWeb(builder.Configuration);
        builder.Services.AddApi();
        builder.Services.AddSingleton<SubmissionReceiver>().AddHostedService<SubmissionDoor>();
        var app = builder.Build();
        app.UsePeerAddresses();
        app.UseCertificateHeader();
        app.UseForwardedAddresses();
        app.MapTracking();
        app.MapPublicForms();
        app.MapApi();
        app.MapWeb();
        return app;
    }
}
