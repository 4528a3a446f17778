using System.Text;
using Estafette.Core.Accounts;
using Estafette.Core.Forms;
using static Estafette.Web.Public.PublicPage;
using static Estafette.Web.Words;

namespace Estafette.Web.Public;

/// <summary>The page of one sign-up form in one language.</summary>
internal sealed class FormPage(PublicForm form, string language, bool embedded)
{
    public PublicForm Form { get; } = form;

    public string Language { get; } = language;

    /// <summary>The customer's words.</summary>
    public FormTexts Texts { get; } = form.Form.Design.In(language);

    /// <summary>Whose form it is, as its contacts know it.</summary>
    public string Name => CustomerBrand.Of(Form.Customer).Name;

    private FormDesign Design => Form.Form.Design;

    private PageFrame Frame =>
        new(Language, PageBrand.Of(Form.Customer))
        {
            Ancestors = ["'self'", .. Design.Origins],
            Embedded = embedded,
            FormTarget = OriginOf(Design.RedirectUrl),
        };

    /// <summary>Where a good post leads: to the word about the mail, or on, when nothing is left to confirm.</summary>
    public string AfterPost() => Design.DoubleOptIn ? Address("sent") : AfterSubscription();

    /// <summary>Where a post leads whose address was sent enough mails for now.</summary>
    public string AfterTooMany() => Address("enough");

    /// <summary>Where a subscription that counts leads.</summary>
    public string AfterSubscription() => Design.RedirectUrl ?? Address("done");

    /// <summary>A sentence in the place of the form.</summary>
    public Task AnswerAsync(HttpContext context, string title, string text) =>
        WriteAsync(context, StatusCodes.Status200OK, Frame, title, Paragraph(text));

    public Task ClosedAsync(HttpContext context) =>
        WriteAsync(context, StatusCodes.Status410Gone, Frame, T("public.closed-title"), Paragraph(T("public.closed-text", Name)));

    public Task TooManyAsync(HttpContext context) => PostedBody.TooManyAsync(context, Frame);

    /// <summary>The form itself.</summary>
    public Task FormAsync(HttpContext context, string shown, PostedForm posted, int status = StatusCodes.Status200OK)
    {
        var body = new StringBuilder();
        if (Texts.Intro.Length > 0)
            body.Append(Paragraph(Texts.Intro));
        if (posted.Notice is { } notice)
            body.Append($"<p class=\"note\" role=\"status\">{Html(notice)}</p>\n");
        if (posted.Problem is { } problem)
            body.Append($"<div class=\"alert\" role=\"alert\">{Paragraph(problem)}</div>\n");
        new FormInputs(body, posted, Language).Summary(input => FormInputs.LabelOf(input, Design, Language));
        body.Append($"<form method=\"post\" action=\"{Html(Address(null))}\">\n");
        AddInputs(body, posted);
        body.Append($"<input type=\"hidden\" name=\"shown\" value=\"{Html(shown)}\">\n");
        body.Append(PostedBody.Trap());
        body.Append($"<button type=\"submit\">{Html(Texts.Button)}</button>\n</form>\n");
        var other = Language == "fr" ? "en" : "fr";
        body.Append(
            $"<p class=\"foot\"><a href=\"{Html(Address(null, other))}\" lang=\"{other}\" hreflang=\"{other}\">{T("public.other-language")}</a></p>\n"
        );
        return WriteAsync(context, status, Frame, Texts.Title, body.ToString());
    }

    /// <summary>The inputs without the page around them: also the HTML to copy into another site.</summary>
    public void AddInputs(StringBuilder body, PostedForm posted)
    {
        var inputs = new FormInputs(body, posted, Language);
        inputs.Text("email", T("public.email"), "email", "email", required: true);
        foreach (var field in Design.Fields)
            inputs.Field(field);
        if (Design.ChoosesLists)
            inputs.Lists(Form.Lists);
        inputs.Check("consent", Texts.Consent, required: true);
        if (Design.AsksTracking)
            inputs.Check(ReadAnswers.TrackingInput, Texts.TrackingConsent, required: false);
    }

    private string Address(string? state, string? lang = null)
    {
        var query = $"?lang={lang ?? Language}" + (embedded ? "&embed=1" : "") + (state is null ? "" : $"&{state}=1");
        return $"/f/{Form.Form.Token}{query}";
    }

    private static string? OriginOf(string? url) => url is null ? null : new Uri(url).GetLeftPart(UriPartial.Authority);
}
