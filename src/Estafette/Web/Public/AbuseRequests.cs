using System.Text;
using Estafette.Core.Forms;
using Estafette.Core.Inbound.Abuse;
using Estafette.Core.Platform;
using Estafette.Core.Tracking;
using Estafette.Core.Tracking.Unsubscribe;
using Microsoft.EntityFrameworkCore;
using static Estafette.Web.Public.PublicPage;
using static Estafette.Web.Words;

namespace Estafette.Web.Public;

/// <summary>
/// Where anybody reports a message: from a link of the message, which says whose it is, or free. GET changes nothing; POST stores the report, and takes
/// the recipient off where a link proves who that is.
/// </summary>
internal sealed class AbuseRequests(
    TrackingTokens tokens,
    Store store,
    IDbContextFactory<EstafetteDb> databases,
    ReportAbuse report,
    SubmissionLimits limits
)
{
    /// <summary>The form, or with <c>?sent=1</c> the word of thanks.</summary>
    public async Task ShowAsync(HttpContext context)
    {
        if (await FindAsync(context) is not { } page)
            return;
        Speak(page.Frame.Language);
        if (context.Request.Query.ContainsKey("sent"))
            await WriteAsync(context, 200, page.Frame, T("public.abuse-sent-title"), Paragraph(T("public.abuse-sent-text")));
        else
            await FormAsync(context, page, new PostedForm());
    }

    public async Task TakeAsync(HttpContext context)
    {
        if (await FindAsync(context) is not { } page)
            return;
        Speak(page.Frame.Language);
        if (await PostedBody.ReadAsync(context.Request) is not { } posted)
        {
            context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
            return;
        }
        var sent = $"{context.Request.Path}?lang={page.Frame.Language}&sent=1";
        if (posted.Text(FormRequests.TrapInput) is not null)
        {
            FormRequests.Redirect(context, sent);
            return;
        }
        if (!limits.TakeNetwork(context.Connection.RemoteIpAddress))
        {
            await PostedBody.TooManyAsync(context, page.Frame);
            return;
        }
        var input = new AbuseInput(
            posted.Text("words"),
            page.Person is null ? posted.Text("link") : context.Request.Path.Value,
            posted.Text("reporter"),
            context.Connection.RemoteIpAddress?.ToString(),
            context.Request.Headers.UserAgent.ToString()
        );
        var faults = await report.RunAsync(input, CancellationToken.None);
        if (faults.Count == 0)
        {
            FormRequests.Redirect(context, sent);
            return;
        }
        var errors = faults.ToDictionary(
            f => f,
            f =>
                f == "reporter" ? "email"
                : f == "words" && input.Words is null ? "words"
                : "long",
            StringComparer.Ordinal
        );
        await FormAsync(context, page, posted with { Errors = errors }, StatusCodes.Status400BadRequest);
    }

    private sealed record Shown(Recipient? Person, PageFrame Frame);

    private async Task<Shown?> FindAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        var text = (string?)context.Request.RouteValues["token"];
        Recipient? person = null;
        if (text is not null)
        {
            await tokens.EnsureLoadedAsync(ct);
            person =
                tokens.TryRead(text, out var token) && token.Purpose == TokenPurpose.Unsubscribe
                    ? await FindRecipient.RunAsync(new DeliveryId(token.Subject), store, ct)
                    : null;
            if (person is null)
            {
                await Tracking.NotFoundPage.WriteAsync(context);
                return null;
            }
        }
        var language = context.Request.Query.ContainsKey("lang")
            ? VisitorLanguage.Of(context.Request, "fr")
            : person?.Language ?? VisitorLanguage.Of(context.Request, "fr");
        if (person is null)
            return new Shown(null, new PageFrame(language));
        await using var db = await databases.CreateDbContextAsync(ct);
        return new Shown(person, new PageFrame(language, await PageBrand.OfAsync(person.Customer, db, ct)));
    }

    private static Task FormAsync(HttpContext context, Shown page, PostedForm posted, int status = StatusCodes.Status200OK)
    {
        var body = new StringBuilder();
        body.Append(
            Paragraph(
                page.Person is { } person
                    ? T("public.abuse-text-known", person.CustomerName, Masked(person.Address))
                    : T("public.abuse-text")
            )
        );
        var inputs = new FormInputs(body, posted, page.Frame.Language);
        inputs.Summary(input => T("public.abuse-" + input));
        body.Append("<form method=\"post\">\n");
        inputs.Area("words", T("public.abuse-words"), ReportAbuse.MaxWords, required: true);
        if (page.Person is null)
        {
            inputs.Text("link", T("public.abuse-link"), "text", null, required: false);
            body.Append($"<p class=\"help\">{Html(T("public.abuse-link-help"))}</p>\n");
        }
        inputs.Text("reporter", T("public.abuse-reporter"), "email", "email", required: false);
        body.Append(PostedBody.Trap());
        body.Append($"<button type=\"submit\">{Html(T("public.abuse-send"))}</button>\n</form>\n");
        if (page.Person is not null)
            body.Append("<hr>").Append(Link($"/u/{context.Request.RouteValues["token"]}", T("public.abuse-unsubscribe")));
        body.Append(PostedBody.OtherLanguage(context.Request.Path, page.Frame.Language));
        return WriteAsync(context, status, page.Frame, T("public.abuse-title"), body.ToString());
    }
}
