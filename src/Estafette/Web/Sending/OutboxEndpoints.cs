using Estafette.Core.Channels;
using Estafette.Core.Platform;
using Estafette.Web.Account;

namespace Estafette.Web.Sending;

/// <summary>A captured message as the content of a sandboxed frame, and as a file.</summary>
internal static class OutboxEndpoints
{
    public static void MapOutbox(this WebApplication app)
    {
        app.MapGet("/outbox/{id:long}/html", HtmlAsync).RequireAuthorization();
        app.MapGet("/outbox/{id:long}/source.eml", SourceAsync).RequireAuthorization();
    }

    private static async Task<IResult> HtmlAsync(long id, HttpContext http, CurrentUser user, EstafetteDb db, CancellationToken ct)
    {
        var message = await ReadCaptured.RunAsync(new ReadCaptured.Request(user.CustomerId, id), db, ct);
        if (message?.Html is not { } html)
            return TypedResults.NotFound();
        SecurityHeaders.ForSentMessage(http.Response);
        return TypedResults.Content(html, "text/html; charset=utf-8");
    }

    private static async Task<IResult> SourceAsync(long id, CurrentUser user, EstafetteDb db, CancellationToken ct)
    {
        var message = await ReadCaptured.RunAsync(new ReadCaptured.Request(user.CustomerId, id), db, ct);
        return message is null ? TypedResults.NotFound() : TypedResults.Bytes(message.Source, "message/rfc822", $"message-{id}.eml");
    }
}
