using System.Text.RegularExpressions;
using Estafette.Core.Accounts;
using Estafette.Core.Contacts;
using Estafette.Core.Messages.Content;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Forms;

/// <summary>What a user wants a form to be.</summary>
public sealed record FormInput(string Name, IReadOnlyCollection<ListId> Lists, FormDesign Design);

/// <summary>The form that was stored, or what is wrong: field to code. Null without errors: there is no such form.</summary>
public sealed record SavedForm(long? Id, IReadOnlyDictionary<string, string> Errors);

/// <summary>Creates or changes a form.</summary>
public static class SaveForm
{
    /// <param name="actor">Who does it.</param>
    /// <param name="id">The form to change; null creates one.</param>
    /// <param name="input">What it is to be.</param>
    /// <param name="db">The database.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="ct">Token.</param>
    public static async Task<SavedForm> RunAsync(
        Actor actor,
        long? id,
        FormInput input,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var errors = FormRules.Check(input);
        await using var write = await db.BeginWriteAsync(ct);
        var form = id is { } known ? await db.Of<SignUpForm>(actor.Customer).SingleOrDefaultAsync(f => f.Id == known, ct) : null;
        if (id is not null && form is null)
            return new SavedForm(null, new Dictionary<string, string>(StringComparer.Ordinal));
        var (name, wanted) = (input.Name.Trim(), input.Lists.ToList());
        if (await db.Of<SignUpForm>(actor.Customer).AnyAsync(f => f.Name == name && f.Id != (id ?? 0), ct))
            errors.TryAdd("name", "taken");
        if (await db.Of<ContactList>(actor.Customer).CountAsync(l => wanted.Contains(l.Id), ct) != wanted.Count)
            errors.TryAdd("lists", "unknown");
        if (errors.Count > 0)
            return new SavedForm(null, errors);
        var now = clock.GetUtcNow();
        if (form is null)
            db.Add(form = new SignUpForm(actor.Customer, name, FormTokens.NewName(), input.Design, now));
        else
            form.Change(name, input.Design, now);
        db.Add(actor, id is null ? "form.created" : "form.changed", $"form {name}", now);
        await db.SaveChangesAsync(ct);
        await db.Of<FormList>(actor.Customer).Where(l => l.FormId == form.Id).ExecuteDeleteAsync(ct);
        db.AddRange(
            wanted.Select(list => new FormList
            {
                FormId = form.Id,
                ListId = list,
                CustomerId = actor.Customer,
            })
        );
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return new SavedForm(form.Id, errors);
    }
}

/// <summary>Opens or closes a form: a closed one takes no sign-ups and says so; confirmation links that are under way still count.</summary>
public static class SwitchForm
{
    public static async Task<ChangeResult> RunAsync(
        Actor actor,
        long id,
        bool active,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var form = await db.Of<SignUpForm>(actor.Customer).SingleOrDefaultAsync(f => f.Id == id, ct);
        if (form is null)
            return ChangeResult.NotFound;
        form.Switch(active, clock.GetUtcNow());
        db.Add(actor, active ? "form.opened" : "form.closed", $"form {form.Name}", clock.GetUtcNow());
        await db.SaveChangesAsync(ct);
        return ChangeResult.Done;
    }
}

/// <summary>Deletes a form and the sign-ups that wait for their confirmation; subscriptions and proofs stay.</summary>
public static class DeleteForm
{
    public static async Task<ChangeResult> RunAsync(Actor actor, long id, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        await using var write = await db.BeginWriteAsync(ct);
        var form = await db.Of<SignUpForm>(actor.Customer).SingleOrDefaultAsync(f => f.Id == id, ct);
        if (form is null)
            return ChangeResult.NotFound;
        await db.Of<FormRequest>(actor.Customer).Where(r => r.FormId == id).ExecuteDeleteAsync(ct);
        await db.Of<FormList>(actor.Customer).Where(l => l.FormId == id).ExecuteDeleteAsync(ct);
        db.Remove(form);
        db.Add(actor, "form.deleted", $"form {form.Name}", clock.GetUtcNow());
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return ChangeResult.Done;
    }
}

/// <summary>What a form must be like.</summary>
internal static partial class FormRules
{
    private const int MaxName = 200;
    private const int MaxLine = 300;
    private const int MaxText = 4000;
    private const int MaxMail = 200_000;

    /// <summary>All that is wrong: field to code.</summary>
    public static Dictionary<string, string> Check(FormInput input)
    {
        var errors = new Dictionary<string, string>(StringComparer.Ordinal);
        if (string.IsNullOrWhiteSpace(input.Name))
            errors["name"] = "required";
        else if (input.Name.Trim().Length > MaxName)
            errors["name"] = "long";
        if (input.Lists.Count == 0)
            errors["lists"] = "required";
        CheckFields(input.Design.Fields, errors);
        CheckTexts(input.Design, "fr", errors);
        CheckTexts(input.Design, "en", errors);
        if (input.Design.RedirectUrl is { } url && !IsPageUrl(url))
            errors["redirect"] = "url";
        if (input.Design.Origins.Count > FormDesign.MaxOrigins)
            errors["origins"] = "many";
        else if (!input.Design.Origins.All(IsOrigin))
            errors["origins"] = "origin";
        return errors;
    }

    private static void CheckFields(IReadOnlyList<FormField> fields, Dictionary<string, string> errors)
    {
        if (fields.Count > FormDesign.MaxFields)
            errors["fields"] = "many";
        else if (fields.Any(f => f.Kind == FormFieldKind.Attribute && !AttributeName().IsMatch(f.Attribute ?? "")))
            errors["fields"] = "attribute";
        else if (fields.Any(f => f.LabelFr?.Length > MaxName || f.LabelEn?.Length > MaxName))
            errors["fields"] = "long";
        else if (fields.Select(f => f.InputName).Distinct(StringComparer.OrdinalIgnoreCase).Count() < fields.Count)
            errors["fields"] = "twice";
    }

    private static void CheckTexts(FormDesign design, string language, Dictionary<string, string> errors)
    {
        var texts = design.In(language);
        Need("title", texts.Title, MaxLine, true);
        Need("intro", texts.Intro, MaxText, false);
        Need("button", texts.Button, MaxLine, true);
        Need("consent", texts.Consent, MaxText, true);
        Need("trackingConsent", texts.TrackingConsent, MaxText, design.AsksTracking);
        Need("pending", texts.Pending, MaxText, design.DoubleOptIn);
        Need("thanks", texts.Thanks, MaxText, design.RedirectUrl is null);
        Need("mailSubject", texts.MailSubject, MaxLine, true);
        Need("mailHtml", texts.MailHtml, MaxMail, true);
        Need("mailText", texts.MailText, MaxMail, false);
        Template("mailSubject", texts.MailSubject, MergeMode.Subject, false);
        Template("mailHtml", texts.MailHtml, MergeMode.Html, true);
        Template("mailText", texts.MailText, MergeMode.Text, true);

        void Need(string field, string text, int most, bool required)
        {
            if (text.Length > most)
                errors[$"{field}-{language}"] = "long";
            else if (required && string.IsNullOrWhiteSpace(text))
                errors[$"{field}-{language}"] = "required";
        }

        // A template that does not compile, or does not lead to the confirmation, would leave people waiting.
        void Template(string field, string text, MergeMode mode, bool confirms)
        {
            if (string.IsNullOrWhiteSpace(text))
                return;
            var compiled = MergeTemplate.Compile(text, mode, new MergeOptions { Language = language }, out _);
            if (compiled is null)
                errors.TryAdd($"{field}-{language}", "template");
            else if (confirms && !compiled.Fields.Any(f => f.Name == FormMail.ConfirmField))
                errors.TryAdd($"{field}-{language}", "confirm");
        }
    }

    internal static bool IsPageUrl(string url) =>
        url.Length <= 2000
        && Uri.TryCreate(url, UriKind.Absolute, out var parsed)
        && (parsed.Scheme == Uri.UriSchemeHttps || parsed.Scheme == Uri.UriSchemeHttp)
        && parsed.UserInfo.Length == 0;

    // Goes into a header as it is: exactly scheme, host and port.
    internal static bool IsOrigin(string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var parsed)
        && (parsed.Scheme == Uri.UriSchemeHttps || parsed.Scheme == Uri.UriSchemeHttp)
        && parsed.GetLeftPart(UriPartial.Authority).Equals(origin, StringComparison.OrdinalIgnoreCase)
        && parsed.UserInfo.Length == 0
        && OriginText().IsMatch(origin);

    [GeneratedRegex(@"^https?://[a-zA-Z0-9.\-\[\]:]{1,250}$", RegexOptions.CultureInvariant)]
    private static partial Regex OriginText();

    [GeneratedRegex(@"^[\p{L}_][\p{L}\p{N}_\-]{0,59}$", RegexOptions.CultureInvariant)]
    private static partial Regex AttributeName();
}
