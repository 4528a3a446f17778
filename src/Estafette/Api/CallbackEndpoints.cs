using Estafette.Api.Json;
using Estafette.Core.Accounts;
using Estafette.Core.Inbound.Callbacks;
using Estafette.Protocols.Callbacks;

namespace Estafette.Api;

/// <summary>What providers call to report what became of messages. The secret part of the address finds the server; the provider's signature proves the call.</summary>
internal static class CallbackEndpoints
{
    public static void MapCallbacks(this WebApplication app) =>
        app.MapPost("/api/webhook/{provider}/{token}", ReceiveAsync).AllowAnonymous();

    private static async Task<IResult> ReceiveAsync(
        string provider,
        string token,
        HttpContext http,
        ReceiveCallback receive,
        PageAddress pages,
        TimeProvider clock
    )
    {
        if (await RequestBody.BytesAsync(http, CallbackReader.MaxBodyBytes) is not { } body)
            return Results.StatusCode(StatusCodes.Status413PayloadTooLarge);
        var headers = http.Request.Headers.SelectMany(h => h.Value, (h, value) => KeyValuePair.Create(h.Key, value ?? ""));
        var request = new CallbackRequest(
            pages.Of(http.Request.Path + http.Request.QueryString),
            CallbackRequest.HeadersFrom(headers),
            body,
            clock.GetUtcNow()
        );
        return await receive.RunAsync(provider, token, request, http.RequestAborted) switch
        {
            CallbackAnswer.Taken => Results.NoContent(),
            CallbackAnswer.Unknown => Results.NotFound(),
            CallbackAnswer.Refused => Results.StatusCode(StatusCodes.Status403Forbidden),
            _ => Results.BadRequest(),
        };
    }
}
