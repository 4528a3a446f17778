using Estafette.Web.Public;
using Estafette.Web.Tracking;

namespace Estafette.Web;

/// <summary>
/// Pixel <c>/o/</c>, short links <c>/l/</c>, unsubscribe <c>/u/</c> and web version <c>/w/</c>, each followed by a token. They run right after
/// routing: no session, no sign-in, no logging of the request stands before them.
/// </summary>
internal static class TrackingEndpoints
{
    private static readonly string[] Reading = ["GET", "HEAD"];

    public static void MapTracking(this WebApplication app)
    {
        app.MapGet("/health/live", () => "ok").AllowAnonymous();
        var requests = ActivatorUtilities.CreateInstance<TrackedRequests>(app.Services);
        app.MapMethods("/o/{token}", Reading, requests.PixelAsync).ShortCircuit();
        app.MapMethods("/l/{token}", Reading, requests.LinkAsync).ShortCircuit();
        var web = ActivatorUtilities.CreateInstance<WebVersionRequests>(app.Services, requests);
        app.MapMethods("/w/{token}", Reading, web.ShowAsync).ShortCircuit();
        var unsubscribe = ActivatorUtilities.CreateInstance<UnsubscribeRequests>(app.Services);
        app.MapMethods("/u/{token}", Reading, unsubscribe.ShowAsync).ShortCircuit();
        app.MapPost("/u/{token}", unsubscribe.ActAsync).ShortCircuit();
        var preferences = ActivatorUtilities.CreateInstance<PreferenceRequests>(app.Services);
        app.MapMethods("/u/{token}/preferences", Reading, preferences.ShowAsync).ShortCircuit();
        app.MapPost("/u/{token}/preferences", preferences.SaveAsync).ShortCircuit();
    }
}
