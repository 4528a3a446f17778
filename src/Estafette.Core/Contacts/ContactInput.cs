using System.Text.Json;
using Estafette.Core.Accounts;
using Estafette.Core.Contacts.Erased;
using Estafette.Core.Platform;
using Estafette.Protocols.Addresses;
using Estafette.Protocols.Phones;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts;

/// <summary>The fields of a contact as somebody types them; attributes are a JSON object.</summary>
public sealed record ContactInput(
    string? Email,
    string? Phone = null,
    string? FirstName = null,
    string? LastName = null,
    string? Language = null,
    string? Attributes = null
);

/// <summary>The fields of a contact, checked and in the form in which they are stored.</summary>
internal sealed record CheckedContact(
    string Key,
    string? Email,
    string? Phone,
    string? FirstName,
    string? LastName,
    string? Language,
    string? Attributes
)
{
    /// <summary>An address that was erased and is typed again is suppressed under its own name: it counts as one that cannot be reached.</summary>
    public Task SuppressAgainAsync(CustomerId customer, ErasedAddresses erased, CancellationToken ct) =>
        Email is null ? Task.CompletedTask : erased.SuppressAgainAsync(customer, Channel.Email, [Key], ct);

    private const int MaxNameChars = 200;
    private const int MaxAttributeChars = 1024 * 1024;

    /// <summary>Checks every field; null with all faults when one is wrong.</summary>
    public static async Task<CheckedContact?> CheckAsync(
        CustomerId customer,
        ContactId? itself,
        ContactInput input,
        Dictionary<string, string> errors,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var country = await CountryAsync(customer, db, ct);
        if (Check(country, input, errors) is not { } fields)
            return null;
        var key = fields.Key;
        var other = await db.Of<Contact>(customer).Where(c => c.ContactKey == key).Select(c => (ContactId?)c.Id).SingleOrDefaultAsync(ct);
        if (other is not null && other != itself)
            errors[fields.Email is null ? "phone" : "email"] = "Another contact has this address.";
        return errors.Count > 0 ? null : fields;
    }

    /// <summary>The country of the customer's phone numbers without prefix.</summary>
    public static Task<string> CountryAsync(CustomerId customer, EstafetteDb db, CancellationToken ct) =>
        db.Set<Customer>().Where(c => c.Id == customer).Select(c => c.DefaultCountry).SingleAsync(ct);

    /// <summary>Checks every field, except whether another contact has the address; null with all faults when one is wrong.</summary>
    public static CheckedContact? Check(string country, ContactInput input, Dictionary<string, string> errors)
    {
        var (email, key) = ReadEmail(input.Email, errors);
        var phone = ReadPhone(input.Phone, country, errors);
        if (string.IsNullOrWhiteSpace(input.Email) && string.IsNullOrWhiteSpace(input.Phone))
            errors["email"] = "Give an address or a phone number.";
        var (first, last) = (Name("firstName", input.FirstName, errors), Name("lastName", input.LastName, errors));
        var language = ReadLanguage(input.Language, errors);
        var attributes = ReadAttributes(input.Attributes, errors);
        if (errors.Count > 0)
            return null;
        return new CheckedContact(key ?? "tel:" + phone, email, phone, first, last, language, attributes);
    }

    private static (string?, string?) ReadEmail(string? text, Dictionary<string, string> errors)
    {
        if (string.IsNullOrWhiteSpace(text))
            return (null, null);
        if (EmailAddress.TryParse(text, out var address, out var error))
            return (address.Address, address.Key);
        errors["email"] = error!;
        return (null, null);
    }

    private static string? ReadPhone(string? text, string country, Dictionary<string, string> errors)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        if (PhoneNumber.TryParse(text, country, out var number, out var error))
            return number.E164;
        errors["phone"] = PhoneNumber.Describe(error);
        return null;
    }

    private static string? Name(string field, string? text, Dictionary<string, string> errors)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        if (text.Length > MaxNameChars)
            errors[field] = $"The name is longer than {MaxNameChars} characters.";
        else if (text.Any(char.IsControl))
            errors[field] = "The name holds a line break or another control character.";
        return text.Trim();
    }

    private static string? ReadLanguage(string? text, Dictionary<string, string> errors)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        text = text.Trim().ToLowerInvariant();
        if (text.Length is not (2 or 3) || !text.All(char.IsAsciiLetterLower))
            errors["language"] = "Give a language code such as 'fr' or 'en'.";
        return text;
    }

    private static string? ReadAttributes(string? text, Dictionary<string, string> errors)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        try
        {
            using var document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                errors["attributes"] = "The attributes must be a JSON object.";
            else if (text.Length > MaxAttributeChars || text.Contains("\\u0000", StringComparison.Ordinal))
                errors["attributes"] = "The attributes are larger than 1 MiB or hold a NUL character.";
        }
        catch (JsonException broken)
        {
            errors["attributes"] = $"The attributes are not valid JSON: line {broken.LineNumber + 1}, byte {broken.BytePositionInLine}.";
        }
        return text;
    }
}
