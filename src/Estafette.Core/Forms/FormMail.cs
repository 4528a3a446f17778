using Estafette.Core.Accounts;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Core.Tracking;

namespace Estafette.Core.Forms;

/// <summary>Sends the mail whose link confirms a sign-up.</summary>
internal sealed class FormMail(FormTokens tokens, TrackingUrls urls, WriteQueue writes, Signals signals, TimeProvider clock)
{
    /// <summary>The merge field that must be in every confirmation mail.</summary>
    public const string ConfirmField = "confirm_url";

    /// <summary>Where the link leads, for a page to show it in a preview.</summary>
    public static string ConfirmPath(string form, string proof) => $"/f/{form}/c/{proof}";

    public async Task<SystemMailOutcome> SendAsync(PublicForm form, FormRequest request, EstafetteDb db, CancellationToken ct)
    {
        var texts = form.Form.Design.In(request.Language);
        var proof = await tokens.ConfirmAsync(request.Id, request.ExpiresAt, ct);
        var mail = new SystemMail(
            form.Customer.Id,
            request.Answers.Email,
            new SystemMailBody(texts.MailSubject, texts.MailHtml, string.IsNullOrWhiteSpace(texts.MailText) ? null : texts.MailText)
        )
        {
            Contact = request.ContactId,
            Identity = form.Form.Design.Sender,
            Data = new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                [ConfirmField] = urls.BaseOf(form.Customer) + ConfirmPath(form.Form.Token, proof),
                ["customer"] = CustomerBrand.Of(form.Customer).Name,
                ["form"] = form.Form.Name,
                ["first_name"] = request.Answers.FirstName,
                ["last_name"] = request.Answers.LastName,
                ["email"] = request.Answers.Email,
            },
        };
        var sent = await SendSystemMail.RunAsync(mail, db, writes, signals, clock, ct);
        return sent.Outcome;
    }
}
