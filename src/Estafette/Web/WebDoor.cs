namespace Estafette.Web;

/// <summary>The pages.</summary>
internal static class WebDoor
{
    public static IServiceCollection AddWeb(this IServiceCollection services, IConfiguration configuration) => services;

    public static void MapWeb(this WebApplication app) => app.MapGet("/", () => "Estafette");
}
