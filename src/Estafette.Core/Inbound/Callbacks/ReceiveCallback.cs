using System.Text.Json;
using Estafette.Core.Channels;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Net;
using Estafette.Protocols.Callbacks;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Inbound.Callbacks;

/// <summary>What a provider's call is answered with.</summary>
public enum CallbackAnswer
{
    /// <summary>Kept; it is applied afterwards.</summary>
    Taken,

    /// <summary>No such address.</summary>
    Unknown,

    /// <summary>Not proved to come from the provider, or told before under the same one-time token.</summary>
    Refused,

    /// <summary>Proved, and not understood.</summary>
    Unreadable,
}

/// <summary>
/// Takes a provider's call: finds the sending server by the secret part of the address, proves that the call comes from the provider, and keeps each
/// event once. Answered before anything is applied, so that a provider never waits for the ledger.
/// </summary>
public sealed class ReceiveCallback : IDisposable
{
    private static readonly TimeSpan MostAge = TimeSpan.FromMinutes(10);
    private const int MaxCertificate = 64 * 1024;

    private readonly IDbContextFactory<EstafetteDb> _databases;
    private readonly WriteQueue _writes;
    private readonly Secrets _secrets;
    private readonly Signals _signals;
    private readonly HttpClient _http;
    private readonly System.Collections.Concurrent.ConcurrentDictionary<Uri, string> _certificates = new();

    public ReceiveCallback(
        IDbContextFactory<EstafetteDb> databases,
        WriteQueue writes,
        Secrets secrets,
        Signals signals,
        NetworkOptions network
    )
    {
        (_databases, _writes, _secrets, _signals) = (databases, writes, secrets, signals);
        _http = new HttpClient(GuardedHttp.CreateHandler(network, allowPrivate: false, 2))
        {
            Timeout = TimeSpan.FromSeconds(10),
            MaxResponseContentBufferSize = MaxCertificate,
        };
    }

    public async Task<CallbackAnswer> RunAsync(string provider, string token, CallbackRequest request, CancellationToken ct)
    {
        if (CallbackReader.For(provider) is not { } reader || await FindAsync(reader.Provider, token, ct) is not { } server)
            return CallbackAnswer.Unknown;
        if (server.ProtectedWebhookSecret is not { } stored)
            return CallbackAnswer.Refused;
        await FetchCertificateAsync(reader, request, ct);
        var result = reader.Read(request, SecretOf(_secrets.Unprotect(stored)));
        if (!result.Authenticated)
            return CallbackAnswer.Refused;
        if (!result.Accepted)
            return CallbackAnswer.Unreadable;
        if (result.Subscription is { TopicConfigured: true, SubscribeUrl: { } confirm })
            await ConfirmAsync(confirm, ct);
        var kept = await _writes.RunAsync(session => KeepAsync(session, server, result, request.ReceivedAt, ct), ct);
        if (kept)
            _signals.Ring(Signal.CallbacksReceived);
        return kept ? CallbackAnswer.Taken : CallbackAnswer.Refused;
    }

    // Two lines: the present secret and, while it is exchanged, the one before.
    private CallbackSecret SecretOf(string text)
    {
        var lines = text.Split('\n', 2, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return new CallbackSecret(lines[0], lines.Length > 1 ? lines[1] : null)
        {
            MaxAge = MostAge,
            SigningCertificate = address => _certificates.GetValueOrDefault(address),
        };
    }

    private async Task<SendingServer?> FindAsync(string provider, string token, CancellationToken ct)
    {
        if (token.Length is < 16 or > 100)
            return null;
        await using var db = await _databases.CreateDbContextAsync(ct);
        var server = await db.Set<SendingServer>().AsNoTracking().SingleOrDefaultAsync(s => s.WebhookToken == token, ct);
        // The account of one provider is not told about by another; behind SMTP and own URLs any provider may stand.
        return
            server is null
            || server.Kind is ServerKind.Smtp or ServerKind.JsonPost
            || server.Kind.ToString().Equals(provider, StringComparison.OrdinalIgnoreCase)
            ? server
            : null;
    }

    private static async ValueTask<bool> KeepAsync(
        WriteSession session,
        SendingServer server,
        CallbackResult result,
        DateTimeOffset at,
        CancellationToken ct
    )
    {
        async ValueTask<int> InsertAsync(string key, string json, long? due, FarEndOutcome outcome) =>
            await session
                .Statement("Inbound/keep-callback")
                .Set("@customer", server.CustomerId.Value)
                .Set("@server", server.Id.Value)
                .Set("@key", key)
                .Set("@event", json)
                .Set("@at", at.ToUnixTimeMilliseconds())
                .Set("@due", due)
                .Set("@outcome", (short)outcome)
                .ExecuteNonQueryAsync(ct);

        if (result.OneTimeToken is { } once && await InsertAsync("token:" + once, "{}", null, FarEndOutcome.Ignored) == 0)
            return false;
        foreach (var told in result.Events)
        {
            var (json, due) = (JsonSerializer.Serialize(StoredEvent.Of(told, at)), at.ToUnixTimeMilliseconds());
            // Opens and clicks are measured by our own links; what else says nothing is kept for those who look, and not applied.
            var counts = told.Event is not (CallbackEventKind.Ignored or CallbackEventKind.Open or CallbackEventKind.Click);
            await InsertAsync(told.ProviderEventId, json, counts ? due : null, counts ? FarEndOutcome.Waiting : FarEndOutcome.Ignored);
        }
        return true;
    }

    /// <summary>The certificate that an SNS message names, fetched once; the address is pinned to the provider's hosts by the reader.</summary>
    private async Task FetchCertificateAsync(CallbackReader reader, CallbackRequest request, CancellationToken ct)
    {
        if (reader.CertificateUrl(request) is not { } address || _certificates.ContainsKey(address) || _certificates.Count > 100)
            return;
        try
        {
            _certificates[address] = await _http.GetStringAsync(address, ct);
        }
        catch (Exception failure)
            when (failure is HttpRequestException or AddressRefusedException or TaskCanceledException && !ct.IsCancellationRequested)
        {
            // Without it the signature does not hold, and the call is refused; the provider repeats it.
        }
    }

    private async Task ConfirmAsync(Uri address, CancellationToken ct)
    {
        try
        {
            using var answer = await _http.GetAsync(address, ct);
        }
        catch (Exception failure)
            when (failure is HttpRequestException or AddressRefusedException or TaskCanceledException && !ct.IsCancellationRequested)
        {
            // The provider asks again, and its console has a button.
        }
    }

    public void Dispose() => _http.Dispose();
}
