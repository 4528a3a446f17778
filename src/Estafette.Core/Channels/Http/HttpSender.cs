using System.Text;
using Estafette.Core.Platform.Net;

namespace Estafette.Core.Channels.Http;

/// <summary>Speaks to one provider account over HTTP; each slot has one request in flight.</summary>
/// <remarks>
/// Nothing here repeats a request: a lost answer is the engine's business. Redirects, proxies of the environment, cookies and
/// "Expect: 100-continue" are off; HTTP/1.1 keeps one request to a connection, so that the server's connection count means what it says.
/// </remarks>
internal sealed class HttpSender : ISender
{
    private readonly HttpMessageInvoker _http;

    public HttpSender(
        SendingServer server,
        HttpSettings settings,
        ServerSecret? secret,
        NetworkOptions network,
        TimeProvider clock,
        Action<DialogueLine>? dialogue
    )
    {
        Api = MailApis.Create(settings, secret);
        Endpoint = new Uri(settings.Endpoint);
        Timeout = TimeSpan.FromSeconds(settings.TimeoutSeconds);
        Clock = clock;
        Dialogue = dialogue;
        Mask = new SecretMask(secret);
        _http = new HttpMessageInvoker(GuardedHttp.CreateHandler(network, settings.AllowPrivateAddress, Math.Max(server.Connections, 1)));
    }

    public MessageForm Form => MessageForm.Parts;

    public IMailApi Api { get; }

    public Uri Endpoint { get; }

    public TimeSpan Timeout { get; init; }

    public TimeProvider Clock { get; }

    public Action<DialogueLine>? Dialogue { get; }

    public SecretMask Mask { get; }

    public ISenderSlot OpenSlot() => new HttpSenderSlot(this);

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct) => _http.SendAsync(request, ct);

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Takes a server's secret out of any text before a person or a table sees it.</summary>
internal sealed class SecretMask
{
    private const string Shown = "********";
    private readonly string[] _hidden;

    public SecretMask(ServerSecret? secret)
    {
        var parts = new[] { secret?.Key, secret?.Second }.Where(s => !string.IsNullOrEmpty(s)).Select(s => s!).ToList();
        parts.AddRange(parts.ToArray().Select(p => System.Text.Json.JsonEncodedText.Encode(p).ToString()));
        if (secret is not null)
            parts.Add(Convert.ToBase64String(Encoding.UTF8.GetBytes($"{secret.Key}:{secret.Second}")));
        _hidden = [.. parts.Distinct(StringComparer.Ordinal).OrderByDescending(p => p.Length)];
    }

    public string Apply(string text)
    {
        foreach (var hidden in _hidden)
            text = text.Replace(hidden, Shown, StringComparison.Ordinal);
        return text;
    }
}
