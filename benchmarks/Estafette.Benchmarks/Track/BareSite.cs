using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Estafette.Benchmarks.Track;

/// <summary>The bound: Kestrel that answers the same without looking at anything.</summary>
internal sealed class BareSite : IAsyncDisposable
{
    private readonly WebApplication _app;

    private BareSite(WebApplication app) => _app = app;

    public string Url => _app.Urls.First();

    public static async Task<BareSite> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var gif = Convert.FromBase64String("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==");
        app.MapGet(
            "/o/{id}",
            (string id, HttpContext c) =>
            {
                c.Response.Headers.CacheControl = "no-store";
                return Results.Bytes(gif, "image/gif");
            }
        );
        app.MapGet("/l/{id}", (string id) => Results.Redirect("https://example.test/landing?i=" + id));
        await app.StartAsync();
        return new BareSite(app);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
