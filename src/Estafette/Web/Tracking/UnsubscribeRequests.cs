using System.Globalization;
using System.Text;
using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Estafette.Core.Suppression;
using Estafette.Core.Tracking;
using Estafette.Core.Tracking.Unsubscribe;
using Estafette.Web.Public;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.EntityFrameworkCore;
using static Estafette.Web.Words;

namespace Estafette.Web.Tracking;

/// <summary>
/// The unsubscribe address of a message. GET shows a page and changes nothing, since scanners follow links; POST acts: the one-click request
/// of mail programs (RFC 8058 §3.2: no cookie, no redirect, urlencoded or multipart) and the buttons of the page.
/// </summary>
/// <remarks>The token in the address is the authority, so no cookie and no antiforgery token is involved. Tokens do not expire.</remarks>
internal sealed class UnsubscribeRequests(
    TrackingTokens tokens,
    Store store,
    WriteQueue writes,
    IDbContextFactory<EstafetteDb> databases,
    TimeProvider clock
)
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
        await ShowAsync(context, person, FirstShown(person));
    }

    /// <summary>The actions.</summary>
    public async Task ActAsync(HttpContext context)
    {
        if (!TryRead(context, out var delivery) || await FindRecipient.RunAsync(delivery, store, context.RequestAborted) is not { } person)
        {
            await NotFoundPage.WriteAsync(context);
            return;
        }
        var action = await ReadActionAsync(context.Request);
        if (person.ExternalContact is not null && action is "one-click" or "unsubscribe" or "subscribe" or "reason")
        {
            await ShowAsync(context, person, FirstShown(person), StatusCodes.Status403Forbidden);
            return;
        }
        switch (action)
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
            case "reason":
                await AnswerAsync(context, person);
                break;
            default:
                await ShowAsync(context, person, FirstShown(person), StatusCodes.Status400BadRequest);
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
                    ValueLengthLimit = 8 * 1024,
                    MultipartBodyLengthLimit = MaxBody,
                    BufferBodyLengthLimit = MaxBody,
                },
                request.HttpContext.RequestAborted
            );
            if (form[OneClickField].ToString().Trim().Equals(OneClickValue, StringComparison.OrdinalIgnoreCase))
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

        /// <summary>Whom to ask, in the place of the question.</summary>
        External,
        Done,
        AlreadyDone,
        SubscribedAgain,
        CannotSubscribe,
        MeasuringStopped,
    }

    private static Shown FirstShown(Recipient person) =>
        person.UnsubscribedAt is not null ? Shown.AlreadyDone
        : person.ExternalContact is not null ? Shown.External
        : Shown.Question;

    private async Task ShowAsync(HttpContext context, Recipient person, Shown shown, int status = StatusCodes.Status200OK)
    {
        var texts = new TrackingTexts(person.Language);
        var address = PublicPage.Masked(person.Address);
        var body = new StringBuilder();
        body.Append(PublicPage.Paragraph(texts[$"{shown}Text", address, person.CustomerName]));
        if (shown == Shown.External)
            body.Append($"<div class=\"note\">{PublicPage.Paragraph(person.ExternalContact!)}</div>");
        var isOpen = person is { UnsubscribedAt: null, ExternalContact: null };
        if (shown is Shown.Question or Shown.SubscribedAgain || (shown == Shown.MeasuringStopped && isOpen))
            body.Append(PublicPage.Button("unsubscribe", texts["UnsubscribeButton"]));
        if (shown is Shown.Done or Shown.AlreadyDone && person.ExternalContact is null && person.CanSubscribeAgain(clock.GetUtcNow()))
            body.Append("<hr>")
                .Append(PublicPage.Paragraph(texts["MistakeText"]))
                .Append(PublicPage.Button("subscribe", texts["SubscribeButton"], quiet: true));
        if (
            shown != Shown.MeasuringStopped
            && person is { IsMeasured: true, Contact: not null, TrackingConsent: not TrackingConsent.Refused }
        )
            body.Append("<hr>")
                .Append(PublicPage.Paragraph(texts["StopText"]))
                .Append(PublicPage.Button("stop-measuring", texts["StopButton"], quiet: true));
        PublicPage.Speak(person.Language);
        if (shown == Shown.Done)
            await AddReasonsAsync(body, person, context.RequestAborted);
        if (isOpen && person.Contact is not null)
            body.Append("<hr>").Append(PublicPage.Link($"/u/{TrackedRequests.TokenOf(context)}/preferences", T("public.preferences-link")));
        body.Append(
            $"<p class=\"foot\"><a href=\"/u/{TrackedRequests.TokenOf(context)}/abuse\">{PublicPage.Html(T("public.report-abuse"))}</a></p>\n"
        );
        await PublicPage.WriteAsync(context, status, await FrameAsync(person), texts[$"{shown}Title"], body.ToString());
    }

    private async Task<PageFrame> FrameAsync(Recipient person)
    {
        await using var db = await databases.CreateDbContextAsync();
        return new PageFrame(person.Language, await PageBrand.OfAsync(person.Customer, db, CancellationToken.None));
    }

    // Asked after the opt-out is done: nothing stands between a person and the way out.
    private async Task AddReasonsAsync(StringBuilder body, Recipient person, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var reasons = (await UnsubscribeReasons.ListAsync(person.Customer, db, ct)).Where(r => r.Active);
        body.Append("<hr><form method=\"post\"><fieldset><legend>").Append(PublicPage.Html(T("public.reason-title"))).Append("</legend>");
        foreach (var reason in reasons)
            body.Append(
                $"<label class=\"check\"><input type=\"radio\" name=\"reason\" value=\"{reason.Id}\"><span>{PublicPage.Html(reason.In(person.Language))}</span></label>"
            );
        body.Append($"<div class=\"field\"><label for=\"f-comment\">{PublicPage.Html(T("public.reason-comment"))}</label>")
            .Append("<textarea id=\"f-comment\" name=\"comment\" rows=\"3\" maxlength=\"1000\"></textarea></div></fieldset>")
            .Append($"<button class=\"quiet\" name=\"action\" value=\"reason\">{PublicPage.Html(T("public.reason-send"))}</button></form>");
    }

    private async Task AnswerAsync(HttpContext context, Recipient person)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var comment = form["comment"].ToString().Replace("\0", "", StringComparison.Ordinal).Trim();
        long? reason = long.TryParse(form["reason"], NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;
        await using (var db = await databases.CreateDbContextAsync(context.RequestAborted))
            await AnswerUnsubscribe.RunAsync(person, reason, comment.Length == 0 ? null : comment, db, clock, CancellationToken.None);
        PublicPage.Speak(person.Language);
        await PublicPage.WriteAsync(
            context,
            StatusCodes.Status200OK,
            await FrameAsync(person),
            T("public.reason-thanks-title"),
            PublicPage.Paragraph(T("public.reason-thanks-text", person.CustomerName))
        );
    }
}
