namespace Estafette.Api;

/// <summary>The programmatic door.</summary>
internal static class ApiDoor
{
    public static void MapApi(this WebApplication app) => app.MapGet("/health/ready", () => "ok").AllowAnonymous();
}
