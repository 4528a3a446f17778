using System.Text;
using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Estafette.Core.Suppression;
using Estafette.Core.Tracking;
using Estafette.Core.Tracking.Unsubscribe;
using Microsoft.AspNetCore.Http.Features;

namespace Estafette.Web.Tracking;

/// <summary>
/// The unsubscribe address of a message. GET shows a page and changes nothing, since scanners follow links; POST acts: the one-click request
/// of mail programs (RFC 8058 §3.2: no cookie, no redirect, urlencoded or multipart) and the buttons of the page.
/// </summary>
/// <remarks>The token in the address is the authority, so no cookie and no antiforgery token is involved. Tokens do not expire.</remarks>
internal sealed class UnsubscribeRequests(TrackingTokens tokens, Store store, WriteQueue writes, TimeProvider clock)
{
    private const int MaxBody = 16 * 1024;
    private const string OneClickField = "List-Unsubscribe";
    private const string OneClickValue = "One-Click";

    /// <summary>The page.</summary>
    public async Task ShowAsync(HttpContext context)
    {
        if (!TryRead(context, out var delivery) || await FindRecipient.RunAsync(delivery, store, context.RequestAborted) is not { } person)
        {
            await NotFoundPage.WriteAsync(context);
            return;
        }
        await ShowAsync(context, person, person.UnsubscribedAt is null ? Shown.Question : Shown.AlreadyDone);
    }

    /// <summary>The actions.</summary>
    public async Task ActAsync(HttpContext context)
    {
        if (!TryRead(context, out var delivery) || await FindRecipient.RunAsync(delivery, store, context.RequestAborted) is not { } person)
        {
            await NotFoundPage.WriteAsync(context);
            return;
        }
        switch (await ReadActionAsync(context.Request))
        {
            case "one-click":
                await UnsubscribeAsync(context, delivery, "one-click", null);
                context.Response.ContentLength = 0;
                break;
            case "unsubscribe":
                await UnsubscribeAsync(context, delivery, "page", new TrackingTexts(person.Language)["UnsubscribeButton"]);
                await ShowAgainAsync(context, delivery, Shown.Done);
                break;
            case "subscribe":
                var wording = new TrackingTexts(person.Language)["SubscribeButton"];
                var lifted = await SubscribeAgain.RunAsync(
                    ActionOf(context, delivery, "page", wording),
                    writes,
                    clock,
                    CancellationToken.None
                );
                await ShowAgainAsync(context, delivery, lifted ? Shown.SubscribedAgain : Shown.CannotSubscribe);
                break;
            case "stop-measuring":
                var button = new TrackingTexts(person.Language)["StopButton"];
                await StopMeasuring.RunAsync(ActionOf(context, delivery, "page", button), writes, clock, CancellationToken.None);
                await ShowAgainAsync(context, delivery, Shown.MeasuringStopped);
                break;
            default:
                await ShowAsync(
                    context,
                    person,
                    person.UnsubscribedAt is null ? Shown.Question : Shown.AlreadyDone,
                    StatusCodes.Status400BadRequest
                );
                break;
        }
    }

    // An opt-out is carried through even when the sender of the request has hung up.
    private Task<Recipient?> UnsubscribeAsync(HttpContext context, DeliveryId delivery, string means, string? wording) =>
        UnsubscribeRecipient.RunAsync(
            ActionOf(context, delivery, means, wording),
            SuppressionOrigin.Web,
            writes,
            clock,
            CancellationToken.None
        );

    private static PersonAction ActionOf(HttpContext context, DeliveryId delivery, string means, string? wording) =>
        new(delivery, means, wording, context.Connection.RemoteIpAddress?.ToString(), context.Request.Headers.UserAgent.ToString());

    private bool TryRead(HttpContext context, out DeliveryId delivery)
    {
        var valid = tokens.TryRead(TrackedRequests.TokenOf(context), out var token) && token.Purpose == TokenPurpose.Unsubscribe;
        delivery = new DeliveryId(token.Subject);
        return valid;
    }

    private static async Task<string?> ReadActionAsync(HttpRequest request)
    {
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = MaxBody;
        try
        {
            if (!request.HasFormContentType)
                return await SaysOneClickAsync(request) ? "one-click" : null;
            var form = await request.ReadFormAsync(
                new FormOptions
                {
                    ValueCountLimit = 20,
                    KeyLengthLimit = 256,
                    ValueLengthLimit = 1024,
                    MultipartBodyLengthLimit = MaxBody,
                    BufferBodyLengthLimit = MaxBody,
                },
                request.HttpContext.RequestAborted
            );
            if (form[OneClickField].ToString().Equals(OneClickValue, StringComparison.OrdinalIgnoreCase))
                return "one-click";
            return form["action"].ToString();
        }
        catch (Exception malformed) when (malformed is InvalidDataException or IOException)
        {
            return null;
        }
    }

    // Some programs send the line without saying that it is a form.
    private static async Task<bool> SaysOneClickAsync(HttpRequest request)
    {
        var body = new byte[256];
        var length = await request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, request.HttpContext.RequestAborted);
        return Encoding.Latin1.GetString(body, 0, length).Contains($"{OneClickField}={OneClickValue}", StringComparison.OrdinalIgnoreCase);
    }

    private async Task ShowAgainAsync(HttpContext context, DeliveryId delivery, Shown shown)
    {
        if (await FindRecipient.RunAsync(delivery, store, context.RequestAborted) is { } person)
            await ShowAsync(context, person, shown);
    }

    private enum Shown
    {
        Question,
        Done,
        AlreadyDone,
        SubscribedAgain,
        CannotSubscribe,
        MeasuringStopped,
    }

    private Task ShowAsync(HttpContext context, Recipient person, Shown shown, int status = StatusCodes.Status200OK)
    {
        var texts = new TrackingTexts(person.Language);
        var address = Masked(person.Address);
        var body = new StringBuilder();
        body.Append(PageAnswer.Paragraph(texts[$"{shown}Text", address, person.CustomerName]));
        if (shown is Shown.Question or Shown.SubscribedAgain || (shown == Shown.MeasuringStopped && person.UnsubscribedAt is null))
            body.Append(PageAnswer.Button("unsubscribe", texts["UnsubscribeButton"]));
        if (shown is Shown.Done or Shown.AlreadyDone && person.CanSubscribeAgain(clock.GetUtcNow()))
            body.Append("<hr>")
                .Append(PageAnswer.Paragraph(texts["MistakeText"]))
                .Append(PageAnswer.Button("subscribe", texts["SubscribeButton"], quiet: true));
        if (
            shown != Shown.MeasuringStopped
            && person is { IsMeasured: true, Contact: not null, TrackingConsent: not TrackingConsent.Refused }
        )
            body.Append("<hr>")
                .Append(PageAnswer.Paragraph(texts["StopText"]))
                .Append(PageAnswer.Button("stop-measuring", texts["StopButton"], quiet: true));
        return PageAnswer.WriteAsync(context, status, texts, texts[$"{shown}Title"], body.ToString());
    }

    /// <summary>Enough of the address for its owner; a forwarded message does not give it away.</summary>
    private static string Masked(string address)
    {
        var at = address.LastIndexOf('@');
        return at > 0 ? $"{address[0]}…{address[at..]}"
            : address.Length > 4 ? $"…{address[^4..]}"
            : "…";
    }
}
