using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Estafette.Tests.Api.Docs;

/// <summary>A request and its answer as they went over the wire.</summary>
public sealed record Exchange(string Method, string Path, string Query, string? RequestType, byte[] Request)
{
    public required int Status { get; init; }
    public required string? AnswerType { get; init; }
    public required byte[] Answer { get; init; }
}

/// <summary>Stands before a server and keeps what passes: what callers really write and read.</summary>
public sealed class RecordingProxy : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });
    private readonly List<Exchange> _exchanges = [];

    private RecordingProxy(WebApplication app) => _app = app;

    public Uri Address { get; private set; } = null!;

    /// <summary>The server behind it.</summary>
    public Uri? Target { get; set; }

    public IReadOnlyList<Exchange> Exchanges
    {
        get
        {
            lock (_exchanges)
                return [.. _exchanges];
        }
    }

    public static async Task<RecordingProxy> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var proxy = new RecordingProxy(app);
        app.Urls.Add("http://127.0.0.1:0");
        app.Run(proxy.PassAsync);
        await app.StartAsync();
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        proxy.Address = new Uri(addresses.Single());
        return proxy;
    }

    private async Task PassAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        var target = http.Request.Path.ToUriComponent() + http.Request.QueryString.ToUriComponent();
        using var request = new HttpRequestMessage(new HttpMethod(http.Request.Method), new Uri(Target!, target));
        if (body.Length > 0 || http.Request.ContentType is not null)
            request.Content = new ByteArrayContent(body.ToArray());
        foreach (var (name, value) in http.Request.Headers)
            if (name is not ("Host" or "Content-Length" or "Expect") && !request.Headers.TryAddWithoutValidation(name, (string?)value))
                request.Content?.Headers.TryAddWithoutValidation(name, (string?)value);
        using var answer = await _http.SendAsync(request);
        var bytes = await answer.Content.ReadAsByteArrayAsync();
        lock (_exchanges)
            _exchanges.Add(
                new Exchange(
                    http.Request.Method,
                    http.Request.Path,
                    http.Request.QueryString.Value ?? "",
                    http.Request.ContentType,
                    body.ToArray()
                )
                {
                    Status = (int)answer.StatusCode,
                    AnswerType = answer.Content.Headers.ContentType?.MediaType,
                    Answer = bytes,
                }
            );
        http.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, value) in answer.Headers.Concat(answer.Content.Headers))
            if (name is not ("Transfer-Encoding" or "Content-Length"))
                http.Response.Headers[name] = value.ToArray();
        if (answer.StatusCode != HttpStatusCode.NoContent)
            await http.Response.Body.WriteAsync(bytes);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _http.Dispose();
    }
}
