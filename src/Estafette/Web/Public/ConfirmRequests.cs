using Estafette.Core.Accounts;
using Estafette.Core.Forms;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using static Estafette.Web.Public.PublicPage;
using static Estafette.Web.Words;

namespace Estafette.Web.Public;

/// <summary>
/// The link of a confirmation mail. GET shows a button and changes nothing, since scanners of mail servers follow links; POST confirms.
/// </summary>
internal sealed class ConfirmRequests(IDbContextFactory<EstafetteDb> databases, FormTokens tokens, TimeProvider clock)
{
    public async Task ShowAsync(HttpContext context)
    {
        await using var db = await databases.CreateDbContextAsync(context.RequestAborted);
        if (await FindAsync(context, db) is not { } waiting)
            return;
        var (request, form) = (waiting.Request, waiting.Form);
        Speak(request.Language);
        var address = Masked(request.Answers.Email);
        if (request.ConfirmedAt is not null)
        {
            await WriteAsync(
                context,
                StatusCodes.Status200OK,
                FrameOf(waiting),
                T("public.confirmed-title"),
                Paragraph(T("public.confirmed-text", address))
            );
            return;
        }
        var lists = form.Lists.Where(l => request.Answers.Lists.Contains(l.Id.Value)).Select(l => l.Name);
        var body =
            Paragraph(T("public.confirm-text", address, CustomerBrand.Of(form.Customer).Name))
            + Paragraph(T("public.confirm-lists", string.Join(", ", lists)))
            + Button("confirm", T("public.confirm-button"));
        await WriteAsync(context, StatusCodes.Status200OK, FrameOf(waiting), T("public.confirm-title"), body);
    }

    public async Task ConfirmAsync(HttpContext context)
    {
        await using var db = await databases.CreateDbContextAsync(context.RequestAborted);
        if (await FindAsync(context, db) is not { } waiting)
            return;
        var visitor = new Visitor(context.Connection.RemoteIpAddress, context.Request.Headers.UserAgent.ToString());
        await ConfirmSignUp.RunAsync(waiting, visitor, db, clock, CancellationToken.None);
        FormRequests.Redirect(context, new FormPage(waiting.Form, waiting.Request.Language, embedded: false).AfterSubscription());
    }

    private static PageFrame FrameOf(WaitingSignUp waiting) =>
        new(waiting.Request.Language, PageBrand.Of(waiting.Form.Customer))
        {
            FormTarget = waiting.Form.Form.Design.RedirectUrl is { } url ? new Uri(url).GetLeftPart(UriPartial.Authority) : null,
        };

    private async Task<WaitingSignUp?> FindAsync(HttpContext context, EstafetteDb db)
    {
        var ct = context.RequestAborted;
        var form = (string?)context.Request.RouteValues["token"] ?? "";
        var proof = (string?)context.Request.RouteValues["proof"];
        var id = await tokens.ReadConfirmAsync(proof, ct);
        var waiting = id is { } request && form.Length <= 40 ? await ConfirmSignUp.FindAsync(form, request, db, ct) : null;
        if (waiting is not null)
            return waiting;
        var left = form.Length <= 40 && form.All(char.IsAsciiLetterOrDigit) ? await FindForm.RunAsync(form, db, ct) : null;
        var language = VisitorLanguage.Of(context.Request, left?.Customer.Language ?? "fr");
        Speak(language);
        var again = left is null ? "" : Link($"/f/{form}", T("public.back-to-form"));
        await WriteAsync(
            context,
            StatusCodes.Status410Gone,
            new PageFrame(language, left is null ? null : PageBrand.Of(left.Customer)),
            T("public.expired-title"),
            Paragraph(T("public.expired-text")) + again
        );
        return null;
    }
}
