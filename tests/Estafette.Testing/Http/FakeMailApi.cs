using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Estafette.Testing.Http;

/// <summary>One request as it arrived.</summary>
public sealed record FakeMailRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    /// <summary>The body as text.</summary>
    public string Text => Encoding.UTF8.GetString(Body);
}

/// <summary>What the fake does with requests besides taking them.</summary>
public enum FakeDay
{
    /// <summary>Takes the message and answers as the provider does.</summary>
    Good,

    /// <summary>Answers <see cref="FakeMailApi.Status"/> with <see cref="FakeMailApi.Answer"/>.</summary>
    Answers,

    /// <summary>Answers the provider's success status, half a body, then closes the connection.</summary>
    CutsAnswer,

    /// <summary>Reads the body, then resets the connection without a word.</summary>
    ResetAfterBody,

    /// <summary>Reads the body and says nothing until the client goes away.</summary>
    HangsAfterBody,

    /// <summary>Answers the success status with 10 MB.</summary>
    LongAnswer,

    /// <summary>Answers 302 to <see cref="FakeMailApi.Answer"/>.</summary>
    Redirects,
}

/// <summary>
/// The HTTP APIs of mail providers on loopback: SendGrid, Mailgun, Brevo, Mailjet, Postmark by their paths, anything else as a generic server.
/// </summary>
/// <remarks>With <see cref="Record"/> off it is a sink for benchmarks: it reads the body, counts and answers.</remarks>
public sealed class FakeMailApi : IAsyncDisposable
{
    private readonly WebApplication _app;
    private long _count;
    private long _bytes;

    private FakeMailApi(WebApplication app) => _app = app;

    /// <summary>Scheme, host and port.</summary>
    public string BaseUrl { get; private set; } = "";

    /// <summary>Requests read completely so far.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>Octets of all bodies so far.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Keeps every request in <see cref="Requests"/>; default true.</summary>
    public bool Record { get; set; } = true;

    /// <summary>What was received, in order of arrival.</summary>
    public ConcurrentQueue<FakeMailRequest> Requests { get; } = new();

    /// <summary>What it does now.</summary>
    public FakeDay Day { get; set; }

    /// <summary>Status of <see cref="FakeDay.Answers"/>.</summary>
    public int Status { get; set; } = 500;

    /// <summary>Body of <see cref="FakeDay.Answers"/>, target of <see cref="FakeDay.Redirects"/>.</summary>
    public string Answer { get; set; } = "";

    /// <summary>Further header fields of <see cref="FakeDay.Answers"/>.</summary>
    public Dictionary<string, string> AnswerHeaders { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Wait before each answer; default none.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Starts on a free port of 127.0.0.1.</summary>
    public static async Task<FakeMailApi> StartAsync(int port = 0)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(o =>
        {
            o.Listen(IPAddress.Loopback, port, l => l.Protocols = HttpProtocols.Http1);
            o.AddServerHeader = false;
        });
        builder.Services.AddLogging(l => l.ClearProviders());
        var app = builder.Build();
        var fake = new FakeMailApi(app);
        app.Run(fake.HandleAsync);
        await app.StartAsync();
        fake.BaseUrl = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First().TrimEnd('/');
        return fake;
    }

    /// <summary>Answers every request with a status and a body from now on.</summary>
    public void Answers(int status, string answer, params (string Name, string Value)[] headers)
    {
        (Day, Status, Answer) = (FakeDay.Answers, status, answer);
        AnswerHeaders.Clear();
        foreach (var (name, value) in headers)
            AnswerHeaders[name] = value;
    }

    private async Task HandleAsync(HttpContext context)
    {
        await ReadAsync(context.Request, context.RequestAborted);
        var id = Interlocked.Increment(ref _count);
        if (Delay > TimeSpan.Zero)
            await Task.Delay(Delay, context.RequestAborted);
        switch (Day)
        {
            case FakeDay.Good:
                await AnswerAsync(context, id);
                break;
            case FakeDay.Answers:
                context.Response.StatusCode = Status;
                foreach (var (name, value) in AnswerHeaders)
                    context.Response.Headers[name] = value;
                await context.Response.WriteAsync(Answer);
                break;
            case FakeDay.CutsAnswer:
                context.Response.StatusCode = SuccessOf(context.Request.Path).Status;
                context.Response.ContentLength = 1000;
                await context.Response.WriteAsync("{\"half\":");
                // Kestrel closes a connection whose answer is shorter than announced.
                break;
            case FakeDay.ResetAfterBody:
                context.Abort();
                break;
            case FakeDay.HangsAfterBody:
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                break;
            case FakeDay.LongAnswer:
                context.Response.StatusCode = SuccessOf(context.Request.Path).Status;
                var block = new byte[64 * 1024];
                Array.Fill(block, (byte)'x');
                for (var i = 0; i < 160 && !context.RequestAborted.IsCancellationRequested; i++)
                    await context.Response.Body.WriteAsync(block, context.RequestAborted);
                break;
            case FakeDay.Redirects:
                context.Response.StatusCode = 302;
                context.Response.Headers.Location = Answer;
                break;
        }
    }

    private async Task ReadAsync(HttpRequest request, CancellationToken ct)
    {
        var reader = request.BodyReader;
        using var kept = Record ? new MemoryStream() : null;
        while (true)
        {
            var read = await reader.ReadAsync(ct);
            Interlocked.Add(ref _bytes, read.Buffer.Length);
            if (kept is not null)
            {
                foreach (var piece in read.Buffer)
                    kept.Write(piece.Span);
            }
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                break;
        }
        if (kept is not null)
            Requests.Enqueue(
                new FakeMailRequest(
                    request.Method,
                    request.Path,
                    request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase),
                    kept.ToArray()
                )
            );
    }

    private static Task AnswerAsync(HttpContext context, long id)
    {
        var (status, shape) = SuccessOf(context.Request.Path);
        context.Response.StatusCode = status;
        if (shape is null)
        {
            context.Response.Headers["X-Message-Id"] = $"fake-{id}";
            context.Response.ContentLength = 0;
            return Task.CompletedTask;
        }
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(shape.Replace("#", id.ToString(System.Globalization.CultureInfo.InvariantCulture)));
    }

    private static (int Status, string? Shape) SuccessOf(string path) =>
        path switch
        {
            "/v3/mail/send" => (202, null),
            "/v3/smtp/email" => (201, """{"messageId":"<fake-#@brevo.example>"}"""),
            "/v3.1/send" => (
                200,
                """{"Messages":[{"Status":"success","CustomID":"","To":[{"Email":"","MessageUUID":"","MessageID":1152921500000#}]}]}"""
            ),
            "/email" => (200, """{"To":"","SubmittedAt":"","MessageID":"fake-#","ErrorCode":0,"Message":"OK"}"""),
            _ when path.EndsWith("/messages", StringComparison.Ordinal) => (
                200,
                """{"id":"<fake-#@mailgun.example>","message":"Queued. Thank you."}"""
            ),
            _ => (200, """{"status":"ok","id":"fake-#"}"""),
        };

    public async ValueTask DisposeAsync()
    {
        using var atMost = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await _app.StopAsync(atMost.Token);
        await _app.DisposeAsync();
    }
}
