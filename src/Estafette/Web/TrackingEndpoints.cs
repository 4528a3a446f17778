namespace Estafette.Web;

/// <summary>Pixel, short links, unsubscribe and web version.</summary>
internal static class TrackingEndpoints
{
    public static void MapTracking(this WebApplication app) => app.MapGet("/health/live", () => "ok");
}
