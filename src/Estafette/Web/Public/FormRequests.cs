using Estafette.Core.Forms;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using static Estafette.Web.Words;

namespace Estafette.Web.Public;

/// <summary>
/// Shows sign-up forms and takes what is posted to them, from our page, a frame or the HTML of another site. Every good post gets the same
/// answer, whatever is known of the address.
/// </summary>
internal sealed class FormRequests(
    IDbContextFactory<EstafetteDb> databases,
    FormTokens tokens,
    FormMail mail,
    SubmissionLimits limits,
    TimeProvider clock,
    ILogger<FormRequests> logger
)
{
    /// <summary>Programs fill it, people do not see it.</summary>
    public const string TrapInput = "website";

    /// <summary>The form; with <c>?sent=1</c> or <c>?done=1</c> what stands in its place after it was posted.</summary>
    public async Task ShowAsync(HttpContext context)
    {
        await using var db = await databases.CreateDbContextAsync(context.RequestAborted);
        if (await FindAsync(context, db) is not { } form)
            return;
        var page = PageOf(context, form);
        if (context.Request.Query.ContainsKey("sent"))
            await page.AnswerAsync(context, T("public.sent-title"), page.Texts.Pending);
        else if (context.Request.Query.ContainsKey("enough"))
            await page.AnswerAsync(context, T("public.enough-title"), T("public.enough-text"));
        else if (context.Request.Query.ContainsKey("done"))
            await page.AnswerAsync(context, T("public.done-title"), page.Texts.Thanks);
        else if (!form.IsOpen)
            await page.ClosedAsync(context);
        else
            await page.FormAsync(context, await tokens.ShownAsync(form.Form.Id, context.RequestAborted), new PostedForm());
    }

    public async Task SubmitAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        await using var db = await databases.CreateDbContextAsync(ct);
        if (await FindAsync(context, db) is not { } form)
            return;
        var page = PageOf(context, form);
        if (!form.IsOpen)
        {
            await page.ClosedAsync(context);
            return;
        }
        if (await PostedBody.ReadAsync(context.Request) is not { } posted)
        {
            context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
            return;
        }
        if (posted.Text(TrapInput) is not null)
        {
            Redirect(context, page.AfterPost());
            return;
        }
        if (!await tokens.WasShownAsync(posted.Text("shown"), form.Form.Id, ct))
        {
            // Posted from another site's HTML, at once, or after a day: the person checks it on our page and sends it from there.
            await page.FormAsync(context, await tokens.ShownAsync(form.Form.Id, ct), posted with { Notice = T("public.check-and-send") });
            return;
        }
        if (!limits.TakeNetwork(context.Connection.RemoteIpAddress))
        {
            await page.TooManyAsync(context);
            return;
        }
        await TakeAsync(context, page, posted, db);
    }

    private async Task TakeAsync(HttpContext context, FormPage page, PostedForm posted, EstafetteDb db)
    {
        var errors = new Dictionary<string, string>(StringComparer.Ordinal);
        if (posted.Text("consent") is null)
            errors["consent"] = "consent";
        var answers = ReadAnswers.Run(page.Form, posted.Text, posted.Lists, page.Language, errors);
        if (answers is null)
        {
            var again = await tokens.ShownAsync(page.Form.Form.Id, context.RequestAborted);
            await page.FormAsync(context, again, posted with { Errors = errors }, StatusCodes.Status400BadRequest);
            return;
        }
        var visitor = new Visitor(context.Connection.RemoteIpAddress, context.Request.Headers.UserAgent.ToString());
        var result = await SubmitForm.RunAsync(
            page.Form,
            answers,
            page.Language,
            visitor,
            new SignUpWork(db, mail, limits, clock, logger),
            CancellationToken.None
        );
        switch (result)
        {
            case SignUpResult.TurnedAway:
                var shown = await tokens.ShownAsync(page.Form.Form.Id, context.RequestAborted);
                var cannot = posted with { Problem = T("public.cannot-mail", page.Name) };
                await page.FormAsync(context, shown, cannot, StatusCodes.Status503ServiceUnavailable);
                break;
            case SignUpResult.MailedEnough when page.Form.Form.Design.DoubleOptIn:
                Redirect(context, page.AfterTooMany());
                break;
            default:
                Redirect(context, page.AfterPost());
                break;
        }
    }

    /// <summary>A fetch of the answer, so that a reload posts nothing twice (RFC 9110 §15.4.4).</summary>
    internal static void Redirect(HttpContext context, string to)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = to;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
    }

    private static FormPage PageOf(HttpContext context, PublicForm form)
    {
        var language = VisitorLanguage.Of(context.Request, form.Customer.Language);
        PublicPage.Speak(language);
        return new FormPage(form, language, context.Request.Query.ContainsKey("embed"));
    }

    private static async Task<PublicForm?> FindAsync(HttpContext context, EstafetteDb db)
    {
        var token = (string?)context.Request.RouteValues["token"];
        var form = token is { Length: <= 40 } && !token.Contains('\0') ? await FindForm.RunAsync(token, db, context.RequestAborted) : null;
        if (form is null)
            await Tracking.NotFoundPage.WriteAsync(context);
        return form;
    }
}
