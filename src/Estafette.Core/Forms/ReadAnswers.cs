using System.Globalization;
using System.Text.Json.Nodes;
using Estafette.Protocols.Addresses;
using Estafette.Protocols.Phones;

namespace Estafette.Core.Forms;

/// <summary>Checks what was posted to a form; every fault is found at once.</summary>
internal static class ReadAnswers
{
    private const int MaxName = 200;
    private const int MaxText = 500;

    /// <summary>What the box of the consent to measurement is called.</summary>
    public const string TrackingInput = "tracking";

    /// <param name="form">The form.</param>
    /// <param name="posted">First value of an input; null when it is missing or empty.</param>
    /// <param name="lists">The posted list ids.</param>
    /// <param name="language">"fr" or "en": the words the person saw.</param>
    /// <param name="errors">Input to code.</param>
    /// <returns>Null when something is wrong.</returns>
    public static SignUpAnswers? Run(
        PublicForm form,
        Func<string, string?> posted,
        IReadOnlyCollection<long> lists,
        string language,
        Dictionary<string, string> errors
    )
    {
        var design = form.Form.Design;
        var texts = design.In(language);
        var email = posted("email");
        var good = EmailAddress.TryParse(email, out var address, out _);
        if (!good)
            errors["email"] = email is null ? "required" : "email";
        var chosen = design.ChoosesLists ? form.Lists.Where(l => lists.Contains(l.Id.Value)).ToList() : form.Lists;
        if (chosen.Count == 0)
            errors["lists"] = "required";
        var values = design.Fields.ToDictionary(f => f, f => Value(f, posted(f.InputName), form.Customer.DefaultCountry, errors));
        string? Of(FormFieldKind kind) => values.FirstOrDefault(v => v.Key.Kind == kind).Value as string;
        if (errors.Count > 0)
            return null;
        return new SignUpAnswers
        {
            Email = address.Address,
            Key = address.Key,
            FirstName = Of(FormFieldKind.FirstName),
            LastName = Of(FormFieldKind.LastName),
            Phone = Of(FormFieldKind.Phone),
            Language = Of(FormFieldKind.Language) ?? language,
            Attributes = Attributes(values),
            Lists = [.. chosen.Select(l => l.Id.Value)],
            Tracking = design.AsksTracking && posted(TrackingInput) is not null,
            Wording = texts.Consent,
            TrackingWording = design.AsksTracking ? texts.TrackingConsent : null,
        };
    }

    private static string? Attributes(Dictionary<FormField, object?> values)
    {
        var attributes = new JsonObject();
        foreach (var (field, value) in values)
            if (field.Kind == FormFieldKind.Attribute && value is not null)
                attributes[field.Attribute!] = JsonValue.Create(value);
        return attributes.Count == 0 ? null : attributes.ToJsonString(FormJson.Options);
    }

    private static object? Value(FormField field, string? text, string country, Dictionary<string, string> errors)
    {
        text = text?.Trim();
        if (field is { Kind: FormFieldKind.Attribute, Type: FormValueType.Boolean })
        {
            if (field.Required && text is null)
                errors[field.InputName] = "required";
            return text is not null;
        }
        if (string.IsNullOrEmpty(text))
        {
            if (field.Required)
                errors[field.InputName] = "required";
            return null;
        }
        var (value, fault) = Read(field, text, country);
        if (fault is not null)
            errors[field.InputName] = fault;
        return value;
    }

    private static (object? Value, string? Fault) Read(FormField field, string text, string country)
    {
        if (text.Any(char.IsControl))
            return (null, "text");
        switch (field.Kind)
        {
            case FormFieldKind.Phone:
                return PhoneNumber.TryParse(text, country, out var phone, out _) ? (phone.E164, null) : (null, "phone");
            case FormFieldKind.Language:
                return text is "fr" or "en" ? (text, null) : (null, "choice");
            case FormFieldKind.Attribute when field.Type == FormValueType.Number:
                var number = text.Replace(',', '.');
                return decimal.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var read)
                    ? (read, null)
                    : (null, "number");
            case FormFieldKind.Attribute when field.Type == FormValueType.Date:
                return DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
                    ? (text, null)
                    : (null, "date");
            default:
                return text.Length > (field.Kind == FormFieldKind.Attribute ? MaxText : MaxName) ? (null, "long") : (text, null);
        }
    }
}
