using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Estafette.Protocols.Addresses;
using Estafette.Protocols.Phones;

namespace Estafette.Core.Contacts.Import;

/// <summary>
/// Turns the text of a field into what is stored. A row without a usable address is rejected; a phone, language, consent or attribute
/// that is not usable is left out and noted, so that one bad column does not cost the contact.
/// </summary>
internal sealed class FieldValues(string defaultCountry, bool declaresTrackingConsent)
{
    private const int MaxNameChars = 200;

    // C0 and C1 controls, line and paragraph separators: nothing of it may reach a header or a greeting.
    private static readonly SearchValues<char> Controls = SearchValues.Create(
        string.Concat(Enumerable.Range(0, 32).Concat(Enumerable.Range(127, 33)).Append(0x2028).Append(0x2029).Select(c => (char)c))
    );

    private static readonly Dictionary<string, bool> Booleans = new(StringComparer.OrdinalIgnoreCase)
    {
        ["true"] = true,
        ["false"] = false,
        ["1"] = true,
        ["0"] = false,
        ["yes"] = true,
        ["no"] = false,
        ["y"] = true,
        ["n"] = false,
        ["oui"] = true,
        ["non"] = false,
        ["o"] = true,
        ["vrai"] = true,
        ["faux"] = false,
        ["granted"] = true,
        ["refused"] = false,
        ["accepté"] = true,
        ["refusé"] = false,
        ["on"] = true,
        ["off"] = false,
        ["x"] = true,
    };

    private static readonly string[] DateFormats =
    [
        "yyyy-MM-dd",
        "dd/MM/yyyy",
        "d/M/yyyy",
        "dd.MM.yyyy",
        "dd-MM-yyyy",
        "yyyy/MM/dd",
        "yyyyMMdd",
    ];

    /// <summary>Stores a field other than an attribute.</summary>
    public void Set(ContactRow row, ContactField field, string text)
    {
        switch (field)
        {
            case ContactField.Email:
                SetEmail(row, text);
                break;
            case ContactField.Phone:
                SetPhone(row, text);
                break;
            case ContactField.FirstName:
                row.FirstName = Name(row, "first-name-long", text) ?? row.FirstName;
                break;
            case ContactField.LastName:
                row.LastName = Name(row, "last-name-long", text) ?? row.LastName;
                break;
            case ContactField.Language:
                SetLanguage(row, text);
                break;
            case ContactField.TrackingConsent:
                SetConsent(row, text);
                break;
        }
    }

    /// <summary>Decides the key of the contact once all its fields are set.</summary>
    public void Complete(ContactRow row)
    {
        if (row.Reject is not null)
            return;
        if (row.Email is null && row.Phone is null)
        {
            row.Reject = ImportReason.Of("row-address");
            return;
        }
        row.Key ??= "tel:" + row.Phone;
        if (row.Consent == TrackingConsent.Unknown && declaresTrackingConsent)
            row.Consent = TrackingConsent.Granted;
    }

    /// <summary>Writes a text as an attribute of the wanted type; false when it is not of that type.</summary>
    public static bool TryWriteAttribute(Utf8JsonWriter json, string name, string text, AttributeType type)
    {
        switch (type)
        {
            case AttributeType.Number when TryNumber(text, out var number):
                json.WriteNumber(name, number);
                return true;
            case AttributeType.Boolean when Booleans.TryGetValue(text.Trim(), out var truth):
                json.WriteBoolean(name, truth);
                return true;
            case AttributeType.Date when TryDate(text, out var day):
                json.WriteString(name, day);
                return true;
            case AttributeType.AsIs or AttributeType.Text when !text.Contains('\0'):
                json.WriteString(name, text);
                return true;
            default:
                return false;
        }
    }

    // An empty field is no address: another column or a phone may still make the row good.
    private static void SetEmail(ContactRow row, string text)
    {
        if (string.IsNullOrWhiteSpace(text) || row.Reject is not null)
            return;
        var error = EmailAddress.Check(text, out var address);
        if (error != EmailAddressError.None)
        {
            row.Reject = ImportReason.Of(error);
            return;
        }
        (row.Email, row.Key) = (address.Address, address.Key);
    }

    private void SetPhone(ContactRow row, string text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return;
        if (PhoneNumber.TryParse(text, defaultCountry, out var number, out var error))
            row.Phone = number.E164;
        else
            row.AddNote(ImportReason.Of(error));
    }

    private static string? Name(ContactRow row, string tooLong, string text)
    {
        text = text.Trim();
        if (text.Length == 0)
            return null;
        if (text.AsSpan().ContainsAny(Controls))
            text = string.Concat(text.Select(c => Controls.Contains(c) ? ' ' : c)).Trim();
        if (text.Length <= MaxNameChars)
            return text.Length == 0 ? null : text;
        row.AddNote(ImportReason.Of(tooLong, MaxNameChars));
        return null;
    }

    // The primary subtag of a language tag (RFC 5646 §2.2.1), or one of the names people write in that column.
    private static void SetLanguage(ContactRow row, string text)
    {
        text = text.Trim().ToLowerInvariant();
        if (text.Length == 0)
            return;
        var tag = text switch
        {
            "français" or "francais" or "french" => "fr",
            "anglais" or "english" => "en",
            "allemand" or "german" or "deutsch" => "de",
            "espagnol" or "spanish" or "español" => "es",
            "italien" or "italian" or "italiano" => "it",
            "néerlandais" or "dutch" or "nederlands" => "nl",
            _ => text.Split('-', '_')[0],
        };
        if (tag.Length is 2 or 3 && tag.All(char.IsAsciiLetterLower))
            row.Language = tag;
        else
            row.AddNote(ImportReason.Of("language"));
    }

    private static void SetConsent(ContactRow row, string text)
    {
        text = text.Trim();
        if (text.Length == 0)
            return;
        if (Booleans.TryGetValue(text, out var granted))
            row.Consent = granted ? TrackingConsent.Granted : TrackingConsent.Refused;
        else
        {
            // An unreadable answer is not an agreement, whatever is declared for the whole file.
            row.Consent = TrackingConsent.Refused;
            row.AddNote(ImportReason.Of("consent"));
        }
    }

    private static bool TryNumber(string text, out decimal number)
    {
        var plain = string.Concat(text.Where(c => !char.IsWhiteSpace(c)));
        if (plain.Contains(',') && !plain.Contains('.') && plain.IndexOf(',') == plain.LastIndexOf(','))
            plain = plain.Replace(',', '.');
        return decimal.TryParse(
            plain,
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture,
            out number
        );
    }

    private static bool TryDate(string text, out string day)
    {
        text = text.Trim();
        var parsed =
            DateOnly.TryParseExact(text, DateFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            || (
                text.Length > 10
                && text[10] is 'T' or ' '
                && DateOnly.TryParseExact(text[..10], DateFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out date)
            );
        day = date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return parsed;
    }
}
