using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Net;
using Estafette.Protocols.Callbacks;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Webhooks;

/// <summary>
/// Makes the calls. Those of one webhook go out one after the other, the oldest first, so that the events of a message arrive in order; each webhook has
/// a task of its own, so that one that does not answer holds back nobody else. What is not answered with 2xx is tried again at growing distances; after three
/// days without an answer the webhook is switched off. Due times are stored: a restart goes on where it was. At least once: a crash after the call and
/// before its record repeats it.
/// </summary>
internal sealed class WebhookCaller(
    IDbContextFactory<EstafetteDb> databases,
    WriteQueue writes,
    Secrets secrets,
    NetworkOptions network,
    LoopContext context
) : BackgroundLoop(context, Signal.WebhookCalls, TimeSpan.FromSeconds(1))
{
    /// <summary>How long a webhook may fail before it is switched off.</summary>
    public static readonly TimeSpan Endurance = TimeSpan.FromDays(3);

    private const int AtOnce = 64;
    private const int LongestAnswer = 500;
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan[] Pauses =
    [
        TimeSpan.FromSeconds(10),
        TimeSpan.FromSeconds(30),
        TimeSpan.FromMinutes(2),
        TimeSpan.FromMinutes(5),
        TimeSpan.FromMinutes(15),
        TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(1),
        TimeSpan.FromHours(2),
    ];

    private readonly HttpMessageInvoker _http = new(GuardedHttp.CreateHandler(network, allowPrivate: true, connections: 4));
    private readonly ConcurrentDictionary<long, Task> _running = new();

    private sealed record Claimed(long Id, string Payload, int Attempts);

    private sealed record Answer(bool IsGood, int? Code, string Text);

    protected override async Task<bool> PassAsync(CancellationToken ct)
    {
        foreach (var id in await DueAsync(ct))
            if (_running.Count < AtOnce && !_running.ContainsKey(id))
                _running[id] = Task.Run(() => DrainAsync(id, ct), CancellationToken.None);
        return false;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Task.WhenAll(_running.Values).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public override void Dispose()
    {
        _http.Dispose();
        base.Dispose();
    }

    /// <summary>Makes every call that is due and comes back when none is.</summary>
    internal async Task CallDueAsync(CancellationToken ct) => await Task.WhenAll((await DueAsync(ct)).Select(id => DrainAsync(id, ct)));

    private async Task<List<long>> DueAsync(CancellationToken ct)
    {
        var now = Clock.GetUtcNow();
        await using var db = await databases.CreateDbContextAsync(ct);
        return await db.Set<Webhook>()
            .Where(w => w.Active)
            .Where(w =>
                db.Set<WebhookDelivery>()
                    .Where(d => d.WebhookId == w.Id && d.Status == WebhookDeliveryStatus.Waiting)
                    .OrderBy(d => d.Id)
                    .Select(d => (DateTimeOffset?)d.DueAt)
                    .FirstOrDefault() <= now
            )
            .OrderBy(w => w.Id)
            .Select(w => w.Id)
            .ToListAsync(ct);
    }

    private async Task DrainAsync(long id, CancellationToken ct)
    {
        try
        {
            while (!ct.IsCancellationRequested && await CallOneAsync(id, ct)) { }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested) { }
        catch (Exception failure)
        {
            Log.CallFailed(Logger, id, failure);
        }
        finally
        {
            _running.TryRemove(id, out _);
        }
    }

    /// <summary>The oldest call of a webhook; false when there is none that is due, or it failed.</summary>
    private async Task<bool> CallOneAsync(long id, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        if (await db.Set<Webhook>().AsNoTracking().SingleOrDefaultAsync(w => w.Id == id && w.Active, ct) is not { } webhook)
            return false;
        if (await writes.RunAsync(session => ClaimAsync(session, id, ct), ct) is not { } call)
            return false;
        var answer = await PostAsync(webhook, call, ct);
        await RecordAsync(webhook, call, answer);
        return answer.IsGood;
    }

    private async ValueTask<Claimed?> ClaimAsync(WriteSession session, long id, CancellationToken ct)
    {
        var now = Clock.GetUtcNow();
        await using var reader = await session
            .Statement("Webhooks/claim-call")
            .Set("@webhook", id)
            .Set("@now", now.ToUnixTimeMilliseconds())
            .Set("@lease", (now + Lease).ToUnixTimeMilliseconds())
            .ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? new Claimed(reader.GetInt64(0), reader.GetString(1), reader.GetInt32(2)) : null;
    }

    private async Task RecordAsync(Webhook webhook, Claimed call, Answer answer)
    {
        var now = Clock.GetUtcNow();
        var since = answer.IsGood ? (DateTimeOffset?)null : webhook.FailingSince ?? now;
        var isOver = since is { } first && now - first >= Endurance;
        var status =
            answer.IsGood ? WebhookDeliveryStatus.Answered
            : isOver ? WebhookDeliveryStatus.GivenUp
            : WebhookDeliveryStatus.Waiting;
        var due = now + Pauses[Math.Min(call.Attempts, Pauses.Length) - 1];
        await writes.RunAsync(
            async session =>
            {
                await session
                    .Statement("Webhooks/end-call")
                    .Set("@id", call.Id)
                    .Set("@status", (short)status)
                    .Set("@due", due.ToUnixTimeMilliseconds())
                    .Set("@code", answer.Code)
                    .Set("@answer", answer.Text)
                    .Set("@ended", status == WebhookDeliveryStatus.Waiting ? null : (object)now.ToUnixTimeMilliseconds())
                    .ExecuteNonQueryAsync(CancellationToken.None);
                if (since != webhook.FailingSince || isOver)
                    await session
                        .Statement("Webhooks/note-webhook")
                        .Set("@id", webhook.Id)
                        .Set("@failing", since?.ToUnixTimeMilliseconds())
                        .Set("@disabled", isOver ? now.ToUnixTimeMilliseconds() : null)
                        .Set("@off", false)
                        .ExecuteNonQueryAsync(CancellationToken.None);
            },
            CancellationToken.None
        );
        if (isOver)
            Log.Disabled(Logger, webhook.Id, answer.Text);
    }

    private async Task<Answer> PostAsync(Webhook webhook, Claimed call, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        try
        {
            var body = Encoding.UTF8.GetBytes(call.Payload);
            using var request = new HttpRequestMessage(HttpMethod.Post, webhook.Url) { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            request.Headers.TryAddWithoutValidation("User-Agent", "Estafette");
            request.Headers.TryAddWithoutValidation("Estafette-Id", $"{call.Id}");
            var now = Clock.GetUtcNow();
            var old = webhook.OldSecretUntil > now ? webhook.OldSecret : null;
            string[] keys = old is null
                ? [secrets.Unprotect(webhook.ProtectedSecret)]
                : [secrets.Unprotect(webhook.ProtectedSecret), secrets.Unprotect(old)];
            var signature = OutgoingSignature.Sign(body, now, keys);
            request.Headers.TryAddWithoutValidation(OutgoingSignature.HeaderName, signature);
            using var response = await _http.SendAsync(request, patience.Token);
            var said = await BeginningAsync(response, patience.Token);
            return new(response.IsSuccessStatusCode, (int)response.StatusCode, said);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new(false, null, $"No answer within {Patience.TotalSeconds:0} seconds.");
        }
        catch (CryptographicException)
        {
            return new(false, null, "The secret cannot be decrypted with the key ring of this installation; make a new one.");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or UriFormatException)
        {
            var said = failure.InnerException is AddressRefusedException refused ? refused.Message : failure.Message;
            return new(false, null, said.Length > LongestAnswer ? said[..LongestAnswer] : said);
        }
    }

    private static async Task<string> BeginningAsync(HttpResponseMessage response, CancellationToken ct)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        var bytes = new byte[LongestAnswer];
        var read = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, ct);
        return string.Concat(Encoding.UTF8.GetString(bytes, 0, read).Where(c => !char.IsControl(c)));
    }
}
