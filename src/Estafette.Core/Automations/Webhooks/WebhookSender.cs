using System.Net.Http.Headers;
using System.Text;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Net;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Automations.Webhooks;

/// <summary>
/// Makes the webhook calls that steps noted. A claim moves the due time to the end of a lease, so that a crash makes the call again after it
/// and two nodes do not make it at once: at least once, with an id by which the other side knows a repetition. What is not
/// answered with 2xx is tried again at growing distances, eight times over about a day, then given up.
/// </summary>
internal sealed class WebhookSender(
    IDbContextFactory<EstafetteDb> databases,
    WriteQueue writes,
    Secrets secrets,
    NetworkOptions network,
    LoopContext context
) : BackgroundLoop(context, Signal.AutomationChanged, TimeSpan.FromSeconds(2))
{
    private const int Batch = 40;
    private const int AtOnce = 8;
    private const int LongestAnswer = 500;
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan[] Pauses =
    [
        TimeSpan.FromSeconds(30),
        TimeSpan.FromMinutes(2),
        TimeSpan.FromMinutes(10),
        TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(2),
        TimeSpan.FromHours(6),
        TimeSpan.FromHours(12),
    ];

    private readonly HttpMessageInvoker _http = new(GuardedHttp.CreateHandler(network, allowPrivate: true, connections: 4));

    private sealed record Claimed(long Id, AutomationId Automation, string Url, string Payload, int Attempts);

    protected override async Task<bool> PassAsync(CancellationToken ct) => await CallSomeAsync(ct) > 0;

    public override void Dispose()
    {
        _http.Dispose();
        base.Dispose();
    }

    /// <summary>Makes the calls that are due and tells how many.</summary>
    internal async Task<int> CallSomeAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var soon = Clock.GetUtcNow();
        if (!await db.Set<WebhookCall>().AnyAsync(c => c.Status == WebhookStatus.Waiting && c.DueAt <= soon, ct))
            return 0;
        var calls = await writes.RunAsync(session => ClaimAsync(session, ct), ct);
        var ids = calls.Select(c => c.Automation).Distinct().ToList();
        var keys = await db.Set<Automation>()
            .Where(a => ids.Contains(a.Id))
            .Select(a => new { a.Id, a.ProtectedSecret })
            .ToDictionaryAsync(a => a.Id, a => secrets.Unprotect(a.ProtectedSecret), ct);
        await Parallel.ForEachAsync(
            calls,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct },
            async (call, stop) => await MakeAsync(call, keys.GetValueOrDefault(call.Automation, ""), stop)
        );
        return calls.Count;
    }

    private async ValueTask<List<Claimed>> ClaimAsync(WriteSession session, CancellationToken ct)
    {
        var now = Clock.GetUtcNow();
        var calls = new List<Claimed>();
        var claim = session
            .Statement("Automations/claim-calls")
            .Set("@now", now.ToUnixTimeMilliseconds())
            .Set("@lease", (now + Lease).ToUnixTimeMilliseconds())
            .Set("@count", Batch);
        await using var reader = await claim.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            calls.Add(
                new Claimed(reader.GetInt64(0), new(reader.GetInt64(1)), reader.GetString(2), reader.GetString(3), reader.GetInt32(4))
            );
        return calls;
    }

    private async Task MakeAsync(Claimed call, string key, CancellationToken ct)
    {
        var (ok, answer) = await PostAsync(call, key, ct);
        var now = Clock.GetUtcNow();
        var status =
            ok ? WebhookStatus.Answered
            : call.Attempts > Pauses.Length ? WebhookStatus.GivenUp
            : WebhookStatus.Waiting;
        if (status == WebhookStatus.GivenUp)
            Log.WebhookGivenUp(Logger, call.Automation.Value, call.Attempts, answer);
        var due = status == WebhookStatus.Waiting ? now + Pauses[call.Attempts - 1] : now;
        await writes.RunAsync(
            async session =>
                await session
                    .Statement("Automations/end-call")
                    .Set("@id", call.Id)
                    .Set("@status", (short)status)
                    .Set("@due", due.ToUnixTimeMilliseconds())
                    .Set("@answer", answer)
                    .Set("@ended", status == WebhookStatus.Waiting ? null : (object)now.ToUnixTimeMilliseconds())
                    .ExecuteNonQueryAsync(CancellationToken.None),
            CancellationToken.None
        );
    }

    private async Task<(bool Ok, string Answer)> PostAsync(Claimed call, string key, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, call.Url)
            {
                Content = new StringContent(call.Payload, Encoding.UTF8, new MediaTypeHeaderValue("application/json")),
            };
            request.Headers.TryAddWithoutValidation("User-Agent", "Estafette");
            request.Headers.TryAddWithoutValidation("Estafette-Id", $"{call.Id}");
            request.Headers.TryAddWithoutValidation(WebhookSignature.Header, WebhookSignature.Of(key, Clock.GetUtcNow(), call.Payload));
            using var response = await _http.SendAsync(request, patience.Token);
            var said = $"{(int)response.StatusCode} {await BeginningAsync(response, patience.Token)}".Trim();
            return (response.IsSuccessStatusCode, said);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return (false, $"No answer within {Patience.TotalSeconds:0} seconds.");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or UriFormatException)
        {
            var said = failure.InnerException is AddressRefusedException refused ? refused.Message : failure.Message;
            return (false, said.Length > LongestAnswer ? said[..LongestAnswer] : said);
        }
    }

    private static async Task<string> BeginningAsync(HttpResponseMessage response, CancellationToken ct)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        var bytes = new byte[LongestAnswer];
        var read = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, ct);
        return new string(Encoding.UTF8.GetString(bytes, 0, read).Where(c => !char.IsControl(c)).ToArray());
    }
}
