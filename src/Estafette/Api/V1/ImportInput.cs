using System.Text.Json;
using Estafette.Api.Json;
using Estafette.Api.OpenApi;
using Estafette.Core.Contacts;
using Estafette.Core.Contacts.Import;
using Estafette.Core.Platform;

namespace Estafette.Api.V1;

/// <summary>What a caller wants an import to do; absent fields stay as they are.</summary>
internal static class ImportInput
{
    private const int MaxText = 10_000;
    private const int MaxColumns = 1000;

    /// <summary>Where the contacts go and on what ground.</summary>
    public static readonly ApiField[] Options =
    [
        ApiField.Line("sheet", 255, "Of a workbook; by default the first that holds something"),
        ApiField.Reference("list", "The list they are subscribed to; without it they become contacts only"),
        ApiField.Choice("known_contacts", V1Words.All<KnownContacts>(), "What becomes of contacts that exist; default update"),
        ApiField.Choice(
            "subscription_status",
            ["confirmed", "unconfirmed"],
            "confirmed needs provenance and legal_basis; default unconfirmed"
        ),
        ApiField.Line("provenance", MaxText, "Where the addresses come from"),
        ApiField.Line("legal_basis", MaxText, "Why they may be written to: consent, customers, professionals, or words of your own"),
        ApiField.Line("wording", MaxText, "What the persons agreed to"),
        ApiField.Flag("tracking_consent", "Everybody in the file agreed to individual measurement"),
        ApiField.Line("country", 2, "ISO 3166 country of phone numbers without prefix"),
    ];

    public static readonly ApiField Mapping = ApiField.Ref(
        "mapping",
        "ImportMapping",
        "What the columns become; by default as proposed from their names"
    );

    /// <summary>The request that starts the draft with what the fields say.</summary>
    public static StartImportRequest Read(FieldReader fields, ContactImport draft, string by)
    {
        var list = fields.Reference("list", "lists/");
        var mapping = ReadMapping(fields);
        string? Kept(string name, string? was) => fields.Text(name, MaxText, isRequired: false) ?? was;
        var request = ImportDraft.Request(draft, by);
        return request with
        {
            List = fields.Has("list") ? (list is { } id ? new ListId(id) : null) : draft.ListId,
            // As detected, unless somebody chose it on the pages.
            Format = draft.Format == new ImportFormat().ToJson() ? null : request.Format,
            Mapping = mapping ?? (request.Mapping is { Columns.Count: > 0 } chosen ? chosen : null),
            KnownContacts = fields.Choice<KnownContacts>("known_contacts") ?? draft.KnownContacts,
            SubscriptionStatus = fields.Choice<SubscriptionStatus>("subscription_status") ?? draft.SubscriptionStatus,
            Provenance = Kept("provenance", draft.Provenance),
            LegalBasis = Kept("legal_basis", draft.LegalBasis),
            Wording = Kept("wording", draft.Wording),
            DeclaresTrackingConsent = fields.Flag("tracking_consent") ?? draft.DeclaresTrackingConsent,
            DefaultCountry = Country(fields) ?? draft.DefaultCountry,
        };
    }

    private static string? Country(FieldReader fields)
    {
        if (fields.Line("country", 2, isRequired: false)?.ToUpperInvariant() is not { Length: > 0 } country)
            return null;
        if (country.Length == 2 && country.All(char.IsAsciiLetterUpper))
            return country;
        fields.Faults.AddText("country", "choice", country);
        return null;
    }

    /// <summary>The columns of a mapping: an array, or the same as a text in a query.</summary>
    private static ImportMapping? ReadMapping(FieldReader fields)
    {
        if (fields.Raw("mapping") is not { ValueKind: not JsonValueKind.Null } given)
            return null;
        try
        {
            var array = given.ValueKind == JsonValueKind.String ? JsonSerializer.Deserialize<JsonElement>(given.GetString()!) : given;
            if (array.ValueKind == JsonValueKind.Array && array.GetArrayLength() is > 0 and <= MaxColumns)
            {
                var columns = array.EnumerateArray().Select(Column).ToList();
                if (!columns.Contains(null))
                    return new ImportMapping { Columns = [.. columns.OfType<ColumnMapping>()] };
            }
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException) { }
        fields.Faults.AddText("mapping", "import-mapping", string.Join(", ", V1Words.All<ContactField>()));
        return null;
    }

    private static ColumnMapping? Column(JsonElement item)
    {
        var fields = new FieldReader(item, isPartial: false, new FieldFaults());
        var source = fields.Text("source", 1000, isRequired: true);
        var field = fields.Choice<ContactField>("field");
        var attribute = fields.Line("attribute", 100, isRequired: false);
        var type = fields.Choice<AttributeType>("type") ?? AttributeType.AsIs;
        if (fields.Faults.Any || source is null || field is not { } known || (known == ContactField.Attribute && attribute is null))
            return null;
        return new ColumnMapping(source, known, known == ContactField.Attribute ? attribute : null, type);
    }

    /// <summary>Faults of the use case under the names of the fields.</summary>
    public static string NameOf(string field) =>
        field switch
        {
            "legalBasis" => "legal_basis",
            "subscriptionStatus" => "subscription_status",
            "upload" or "path" => FieldFaults.General,
            _ => field,
        };
}
