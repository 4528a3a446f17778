using System.Text;
using Estafette.Core.Platform;
using Estafette.Core.Tracking;
using Estafette.Web.Public;

namespace Estafette.Web.Tracking;

/// <summary>Shows a message as a web page, shut in a sandbox: no script runs, no form is sent, nothing of this site is reachable.</summary>
internal sealed class WebVersionRequests(TrackingTokens tokens, TrackedRequests tracked, RenderWebVersion? render = null)
{
    private const string Policy =
        "default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'; font-src http: https:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation";

    public async Task ShowAsync(HttpContext context)
    {
        if (
            render is null
            || !tokens.TryRead(TrackedRequests.TokenOf(context), out var token)
            || token.Purpose != TokenPurpose.WebVersion
            || await render(new DeliveryId(token.Subject), context.RequestAborted) is not { } html
        )
        {
            await NotFoundPage.WriteAsync(context);
            return;
        }
        await tracked.RecordAsync(context, token);
        PublicPage.Harden(context.Response, Policy);
        var body = Encoding.UTF8.GetBytes(html);
        context.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
