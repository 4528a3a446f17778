using System.Text.Json;
using System.Text.Json.Nodes;
using Estafette.Api.Json;
using Estafette.Api.OpenApi;
using Estafette.Core.Contacts;
using Estafette.Web.Contacts;

namespace Estafette.Api.V1;

/// <summary>The fields of a contact as a caller wrote them.</summary>
internal static class ContactInputs
{
    private const int MaxField = 200;

    public static readonly ApiBody Body = new(
        ApiField.Line("email", 254, "What tells the contact from others; required without phone"),
        ApiField.Line("phone", 50, "E.164, or as it is dialled in the customer's country"),
        ApiField.Line("first_name", MaxField),
        ApiField.Line("last_name", MaxField),
        ApiField.Line("language", 10, "ISO 639, such as fr"),
        ApiField.Object("attributes", "Merged by name into those that are known; null takes one away"),
        ApiField.Choice("tracking_consent", ["granted", "refused", "unknown"], "Whether opens and clicks may be measured individually"),
        ApiField.Line("wording", 10_000, "What the person agreed to, kept as proof with a change of tracking_consent")
    )
    {
        Name = "ContactInput",
    };

    /// <summary>What the fields become, from those that are known: given ones replace, and in a whole representation absent ones are emptied.</summary>
    public static Func<ContactInput, ContactInput> Change(FieldReader fields, bool isPartial)
    {
        Func<string?, string?> Line(string name, int most)
        {
            var value = fields.Line(name, most, isRequired: false);
            return known => fields.Has(name) || !isPartial ? value : known;
        }
        var (email, phone) = (Line("email", 254), Line("phone", 50));
        var (first, last, language) = (Line("first_name", MaxField), Line("last_name", MaxField), Line("language", 10));
        var attributes = Attributes(fields, isPartial);
        return known => new ContactInput(
            email(known.Email),
            phone(known.Phone),
            first(known.FirstName),
            last(known.LastName),
            language(known.Language),
            attributes(known.Attributes)
        );
    }

    private static Func<string?, string?> Attributes(FieldReader fields, bool isPartial)
    {
        if (fields.Raw("attributes") is not { } given || given.ValueKind == JsonValueKind.Null)
            return known => isPartial && !fields.Has("attributes") ? known : null;
        JsonObject? read = null;
        try
        {
            // Written and read once: a lone surrogate in an escape sequence is found here.
            read = given.ValueKind == JsonValueKind.Object ? JsonNode.Parse(JsonSerializer.Serialize(given))!.AsObject() : null;
        }
        catch (Exception broken) when (broken is InvalidOperationException or JsonException or ArgumentException) { }
        if (read is null)
        {
            fields.Faults.AddText("attributes", "attributes");
            return known => known;
        }
        return known => Merge(isPartial ? known : null, read);
    }

    private static string? Merge(string? known, JsonObject given)
    {
        var merged = known is null ? [] : JsonNode.Parse(known)!.AsObject();
        foreach (var (name, value) in given)
            if (value is null)
                merged.Remove(name);
            else
                merged[name] = value.DeepClone();
        return merged.Count == 0 ? null : merged.ToJsonString();
    }

    /// <summary>Faults of the use case under the names of the fields, in the language of the caller.</summary>
    public static void AddFaults(IReadOnlyDictionary<string, string> errors, FieldFaults faults)
    {
        var words = new Dictionary<string, string>(StringComparer.Ordinal);
        ContactFields.Translate(errors, words);
        foreach (var (field, text) in words)
            faults.Add(NameOf(field), text);
    }

    private static string NameOf(string field) =>
        field switch
        {
            "firstName" => "first_name",
            "lastName" => "last_name",
            "limit" => FieldFaults.General,
            _ => field,
        };
}
