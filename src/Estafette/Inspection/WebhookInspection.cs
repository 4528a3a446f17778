using System.Globalization;
using Estafette.Protocols.Callbacks;

namespace Estafette.Inspection;

/// <summary>Reads a recorded call of a provider: whether it was he, and what he reports.</summary>
internal static class WebhookInspection
{
    public static Inspected Read(InspectionRequest request, TimeProvider clock)
    {
        if (request.Provider is not { Length: > 0 } name)
            return Inspected.Fault($"The member 'provider' is missing: {Known}.");
        if (CallbackReader.For(name.Trim()) is not { } reader)
            return Inspected.Fault($"The provider is unknown; use one of {Known}.");
        var call = new CallbackRequest(UrlOf(request), CallbackRequest.HeadersFrom(request.Headers), request.Input, clock.GetUtcNow());
        // A recorded call is old, which is no fault of it here.
        var read = reader.Read(call, new CallbackSecret(request.Secret) { MaxAge = TimeSpan.MaxValue });
        return read is { Fault: { } fault, Events.Count: 0 }
            ? Inspected.Fault(fault)
            : new WebhookResult(read.Authenticated, [.. read.Events.Select(Event)]) { Refusal = read.Refusal };
    }

    private static string Known => string.Join(", ", CallbackReader.Providers);

    private static string UrlOf(InspectionRequest request)
    {
        var url = request.Url ?? "";
        if (request.Query.Count == 0 || url.Contains('?', StringComparison.Ordinal))
            return url;
        return $"{url}?{string.Join('&', request.Query.Select(p => $"{Uri.EscapeDataString(p.Key)}={Uri.EscapeDataString(p.Value)}"))}";
    }

    private static WebhookEvent Event(CallbackEvent read) =>
        new(
            read.Event.ToWord(),
            read.Recipient,
            read.Timestamp?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture),
            read.MessageId,
            read.ProviderEventId,
            read.Reason,
            read.Url,
            read.Metadata,
            read.Tags
        );
}
