using System.Text;
using Estafette.Core.Accounts;
using Estafette.Core.Delivery;
using Estafette.Core.Forms;
using Estafette.Core.Forms.OptOut;
using Estafette.Core.Platform;
using Estafette.Protocols.Addresses;
using Microsoft.EntityFrameworkCore;
using static Estafette.Web.Public.PublicPage;
using static Estafette.Web.Words;

namespace Estafette.Web.Public;

/// <summary>
/// For people who want nothing more and have no message at hand: they type their address and get a mail whose link takes them off. Whether the address
/// is known is told to nobody. GET changes nothing, since scanners of mail servers follow links; POST acts.
/// </summary>
internal sealed class LeaveRequests(
    IDbContextFactory<EstafetteDb> databases,
    FormTokens tokens,
    AskToOptOut ask,
    ConfirmOptOut confirm,
    SubmissionLimits limits
)
{
    /// <summary>The form, or with <c>?sent=1</c> and <c>?enough=1</c> what stands in its place after it was posted.</summary>
    public async Task ShowAsync(HttpContext context)
    {
        await using var db = await databases.CreateDbContextAsync(context.RequestAborted);
        if (await FindAsync(context, db) is not { } page)
            return;
        Speak(page.Language);
        if (context.Request.Query.ContainsKey("sent"))
            await WriteAsync(context, 200, page.Frame, T("public.leave-sent-title"), Paragraph(T("public.leave-sent-text", page.Name)));
        else if (context.Request.Query.ContainsKey("enough"))
            await WriteAsync(context, 200, page.Frame, T("public.enough-title"), Paragraph(T("public.enough-text")));
        else
            await FormAsync(context, page, new PostedForm());
    }

    public async Task AskAsync(HttpContext context)
    {
        await using var db = await databases.CreateDbContextAsync(context.RequestAborted);
        if (await FindAsync(context, db) is not { } page)
            return;
        Speak(page.Language);
        if (await PostedBody.ReadAsync(context.Request) is not { } posted)
        {
            context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
            return;
        }
        var sent = $"{context.Request.Path}?lang={page.Language}";
        if (posted.Text(FormRequests.TrapInput) is not null)
        {
            FormRequests.Redirect(context, sent + "&sent=1");
            return;
        }
        if (!limits.TakeNetwork(context.Connection.RemoteIpAddress))
        {
            await PostedBody.TooManyAsync(context, page.Frame);
            return;
        }
        if (!EmailAddress.TryParse(posted.Text("email") ?? "", out var address, out _))
        {
            posted = posted with { Errors = new Dictionary<string, string>(StringComparer.Ordinal) { ["email"] = "email" } };
            await FormAsync(context, page, posted, StatusCodes.Status400BadRequest);
            return;
        }
        switch (await ask.RunAsync(page.Customer, address, page.Language, Mail(), db, CancellationToken.None))
        {
            case AskedToOptOut.Mailed:
                FormRequests.Redirect(context, sent + "&sent=1");
                break;
            case AskedToOptOut.MailedEnough:
                FormRequests.Redirect(context, sent + "&enough=1");
                break;
            default:
                posted = posted with { Problem = T("public.leave-cannot-mail", page.Name) };
                await FormAsync(context, page, posted, StatusCodes.Status503ServiceUnavailable);
                break;
        }
    }

    /// <summary>What the link of the mail shows.</summary>
    public async Task ShowConfirmAsync(HttpContext context)
    {
        await using var db = await databases.CreateDbContextAsync(context.RequestAborted);
        if (await FindAsync(context, db) is not { } page)
            return;
        Speak(page.Language);
        if (await FindRequestAsync(context, page, db) is not { } request)
            return;
        var address = Masked(request.Address);
        if (request.ConfirmedAt is not null)
            await WriteAsync(
                context,
                200,
                page.Frame,
                T("public.leave-done-title"),
                Paragraph(T("public.leave-done-text", address, page.Name))
            );
        else
            await WriteAsync(
                context,
                StatusCodes.Status200OK,
                page.Frame,
                T("public.leave-title"),
                Paragraph(T("public.leave-confirm-text", address, page.Name)) + Button("confirm", T("public.leave-confirm"))
            );
    }

    public async Task ConfirmAsync(HttpContext context)
    {
        await using var db = await databases.CreateDbContextAsync(context.RequestAborted);
        if (await FindAsync(context, db) is not { } page)
            return;
        Speak(page.Language);
        if (await FindRequestAsync(context, page, db) is not { } request)
            return;
        var visitor = new Visitor(context.Connection.RemoteIpAddress, context.Request.Headers.UserAgent.ToString());
        // An opt-out is carried through even when the sender of the request has hung up.
        await confirm.RunAsync(request, visitor, CancellationToken.None);
        FormRequests.Redirect(context, context.Request.Path);
    }

    private sealed record Shown(Customer Customer, string Language, PageFrame Frame)
    {
        public string Name => CustomerBrand.Of(Customer).Name;
    }

    private async Task<Shown?> FindAsync(HttpContext context, EstafetteDb db)
    {
        var ct = context.RequestAborted;
        var customer = await tokens.ReadOptOutPageAsync((string?)context.Request.RouteValues["token"], ct) is { } id
            ? await db.Set<Customer>().AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct)
            : null;
        if (customer is null)
        {
            await Tracking.NotFoundPage.WriteAsync(context);
            return null;
        }
        var language = VisitorLanguage.Of(context.Request, customer.Language);
        return new Shown(customer, language, new PageFrame(language, PageBrand.Of(customer)));
    }

    private async Task<OptOutRequest?> FindRequestAsync(HttpContext context, Shown page, EstafetteDb db)
    {
        var request = await confirm.FindAsync(page.Customer.Id, (string?)context.Request.RouteValues["proof"], db, context.RequestAborted);
        if (request is null)
        {
            var again = Link($"/out/{context.Request.RouteValues["token"]}", T("public.leave-again"));
            await WriteAsync(
                context,
                StatusCodes.Status410Gone,
                page.Frame,
                T("public.expired-title"),
                Paragraph(T("public.leave-expired", AskToOptOut.Validity.Days)) + again
            );
        }
        return request;
    }

    private static Task FormAsync(HttpContext context, Shown page, PostedForm posted, int status = StatusCodes.Status200OK)
    {
        var body = new StringBuilder(Paragraph(T("public.leave-text", page.Name)));
        if (posted.Problem is { } problem)
            body.Append($"<div class=\"alert\" role=\"alert\">{Paragraph(problem)}</div>\n");
        var inputs = new FormInputs(body, posted, page.Language);
        inputs.Summary(_ => T("public.email"));
        body.Append("<form method=\"post\">\n");
        inputs.Text("email", T("public.email"), "email", "email", required: true);
        body.Append(PostedBody.Trap());
        body.Append($"<button type=\"submit\">{Html(T("public.leave-send"))}</button>\n</form>\n");
        body.Append(PostedBody.OtherLanguage(context.Request.Path, page.Language));
        return WriteAsync(context, status, page.Frame, T("public.leave-title"), body.ToString());
    }

    private static SystemMailBody Mail() =>
        SystemMailBody.Letter(
            T("public.leave-mail-subject"),
            [T("public.leave-mail-text"), T("public.leave-mail-lasts", AskToOptOut.Validity.Days)],
            "{{brand}}",
            (T("public.leave-mail-button"), "{{link}}"),
            T("public.leave-mail-small")
        );
}
