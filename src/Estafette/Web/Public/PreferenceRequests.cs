using System.Text;
using Estafette.Core.Contacts;
using Estafette.Core.Forms;
using Estafette.Core.Platform;
using Estafette.Core.Tracking;
using Estafette.Core.Tracking.Unsubscribe;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.EntityFrameworkCore;
using static Estafette.Web.Public.PublicPage;
using static Estafette.Web.Words;

namespace Estafette.Web.Public;

/// <summary>
/// The preference centre behind the unsubscribe link of a message: lists, language, measurement. The token of the message is the authority, as
/// for the unsubscribe page beside it.
/// </summary>
internal sealed class PreferenceRequests(TrackingTokens tokens, Store store, IDbContextFactory<EstafetteDb> databases, TimeProvider clock)
{
    private const int MaxBody = 64 * 1024;

    public async Task ShowAsync(HttpContext context)
    {
        await using var db = await databases.CreateDbContextAsync(context.RequestAborted);
        if (await FindAsync(context) is not { } person)
            await Tracking.NotFoundPage.WriteAsync(context);
        else if (person.ExternalContact is not null)
            FormRequests.Redirect(context, $"/u/{context.Request.RouteValues["token"]}");
        else if (await ShowPreferences.RunAsync(person, db, context.RequestAborted) is { } state)
            await WriteAsync(context, person, state, db);
        else
            await Tracking.NotFoundPage.WriteAsync(context);
    }

    public async Task SaveAsync(HttpContext context)
    {
        await using var db = await databases.CreateDbContextAsync(context.RequestAborted);
        if (await FindAsync(context) is not { } person || await ReadAsync(context.Request) is not { } posted)
        {
            await Tracking.NotFoundPage.WriteAsync(context);
            return;
        }
        if (person.ExternalContact is not null)
        {
            FormRequests.Redirect(context, $"/u/{context.Request.RouteValues["token"]}");
            return;
        }
        Speak(person.Language);
        var choice = new PreferenceChoice(
            posted.Lists,
            posted.Text("language"),
            posted.Text("tracking") is not null,
            T("public.preferences-lists"),
            T("public.preferences-tracking", person.CustomerName)
        );
        var action = new PersonAction(
            person.Delivery,
            "preferences",
            null,
            context.Connection.RemoteIpAddress?.ToString(),
            context.Request.Headers.UserAgent.ToString()
        );
        if (await SavePreferences.RunAsync(person, action, choice, db, clock, CancellationToken.None))
            FormRequests.Redirect(context, $"/u/{context.Request.RouteValues["token"]}/preferences?saved=1");
        else
            await Tracking.NotFoundPage.WriteAsync(context);
    }

    private async Task WriteAsync(HttpContext context, Recipient person, PreferenceState state, EstafetteDb db)
    {
        Speak(person.Language);
        var body = new StringBuilder();
        if (context.Request.Query.ContainsKey("saved"))
            body.Append($"<p class=\"note\" role=\"status\">{Html(T("public.preferences-saved"))}</p>\n");
        body.Append(Paragraph(T("public.preferences-text", Masked(person.Address), person.CustomerName)));
        body.Append("<form method=\"post\">\n");
        if (state.HasLeft)
            await AddWayBackAsync(body, person, db, context.RequestAborted);
        else
            AddLists(body, state);
        AddLanguage(body, state.Language ?? person.Language);
        var measured = state.TrackingConsent == TrackingConsent.Granted ? " checked" : "";
        body.Append(
            $"<label class=\"check\"><input type=\"checkbox\" name=\"tracking\" value=\"1\"{measured}><span>{Html(T("public.preferences-tracking", person.CustomerName))}<br><small>{Html(T("public.preferences-tracking-help"))}</small></span></label>\n"
        );
        body.Append($"<button type=\"submit\">{Html(T("public.preferences-save"))}</button>\n</form>\n");
        if (!state.HasLeft)
            body.Append("<hr>").Append(Link($"/u/{context.Request.RouteValues["token"]}", T("public.preferences-leave")));
        var frame = new PageFrame(person.Language, await PageBrand.OfAsync(person.Customer, db, context.RequestAborted));
        await PublicPage.WriteAsync(context, StatusCodes.Status200OK, frame, T("public.preferences-title"), body.ToString());
    }

    private static void AddLists(StringBuilder body, PreferenceState state)
    {
        body.Append($"<fieldset><legend>{Html(T("public.preferences-lists"))}</legend>\n");
        if (state.Lists.Count == 0)
            body.Append(Paragraph(T("public.preferences-no-lists")));
        foreach (var list in state.Lists)
        {
            var help = string.IsNullOrWhiteSpace(list.Description) ? "" : $"<br><small>{Html(list.Description)}</small>";
            body.Append(
                $"<label class=\"check\"><input type=\"checkbox\" name=\"list\" value=\"{list.Id}\"{(list.Subscribed ? " checked" : "")}><span>{Html(list.Name)}{help}</span></label>\n"
            );
        }
        body.Append("</fieldset>\n");
    }

    private static void AddLanguage(StringBuilder body, string language)
    {
        body.Append(
            $"<div class=\"field\"><label for=\"f-language\">{Html(T("public.language"))}</label><select id=\"f-language\" name=\"language\">"
        );
        foreach (var value in (string[])["fr", "en"])
            body.Append(
                $"<option value=\"{value}\" lang=\"{value}\"{(language.StartsWith(value, StringComparison.Ordinal) ? " selected" : "")}>{T("public.language-" + value)}</option>"
            );
        body.Append("</select></div>\n");
    }

    private static async Task AddWayBackAsync(StringBuilder body, Recipient person, EstafetteDb db, CancellationToken ct)
    {
        body.Append(Paragraph(T("public.preferences-left")));
        var form = await db.Of<SignUpForm>(person.Customer)
            .Where(f => f.Active)
            .OrderBy(f => f.Id)
            .Select(f => f.Token)
            .FirstOrDefaultAsync(ct);
        if (form is not null)
            body.Append(Link($"/f/{form}?lang={person.Language}", T("public.preferences-form")));
    }

    private async Task<Recipient?> FindAsync(HttpContext context)
    {
        await tokens.EnsureLoadedAsync(context.RequestAborted);
        var text = (string?)context.Request.RouteValues["token"];
        return tokens.TryRead(text, out var token) && token.Purpose == TokenPurpose.Unsubscribe
            ? await FindRecipient.RunAsync(new DeliveryId(token.Subject), store, context.RequestAborted)
            : null;
    }

    private static async Task<PostedForm?> ReadAsync(HttpRequest request)
    {
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = MaxBody;
        if (!request.HasFormContentType)
            return null;
        try
        {
            return new PostedForm { Values = await request.ReadFormAsync(request.HttpContext.RequestAborted) };
        }
        catch (Exception refused) when (refused is InvalidDataException or IOException)
        {
            return null;
        }
    }
}
