using System.Globalization;
using System.Text;

namespace Estafette.Core.Contacts.Import;

/// <summary>The column and member names that tell by themselves what they hold, in French and English.</summary>
internal static class KnownNames
{
    private static readonly Dictionary<string, ContactField> Fields = Build(
        (
            ContactField.Email,
            "email e-mail mail adresse courriel emailaddress adressemail adresseemail adressecourriel adresseelectronique mel"
        ),
        (
            ContactField.Phone,
            "phone tel telephone mobile portable cellphone phonenumber mobilephone numerodetelephone telephonemobile telmobile telephoneportable gsm sms"
        ),
        (ContactField.FirstName, "firstname prenom givenname forename fname"),
        (ContactField.LastName, "lastname nom surname familyname nomdefamille lname name"),
        (ContactField.Language, "language langue lang locale"),
        (
            ContactField.TrackingConsent,
            "trackingconsent consentement consent consentementsuivi consentementtraceurs suivi tracking ouverture trackopens"
        )
    );

    /// <summary>The field a name stands for, or null. Case, accents, spaces, dashes and underscores do not count.</summary>
    public static ContactField? Find(string name) => Fields.TryGetValue(Fold(name), out var field) ? field : null;

    /// <summary>
    /// The mapping proposed for the columns of a file: each field once, the first column that fits; the others become attributes. A column
    /// "adresse" is taken for the address only when its values look like it, since it may be the street.
    /// </summary>
    public static ImportMapping Propose(IReadOnlyList<FileColumn> columns)
    {
        var taken = new HashSet<ContactField>();
        var mapped = columns
            .Select(column => Guess(column) is { } field && taken.Add(field) ? new ColumnMapping(column.Name, field) : AsAttribute(column))
            .ToList();
        if (taken.Contains(ContactField.Email))
            return new ImportMapping { Columns = mapped };
        var address = columns
            .Select((c, i) => (Column: c, i))
            .FirstOrDefault(c => c.Column.Samples.Any(s => s.Contains('@')), (null!, -1))
            .i;
        if (address >= 0)
            mapped[address] = new ColumnMapping(columns[address].Name, ContactField.Email);
        return new ImportMapping { Columns = mapped };
    }

    private static ColumnMapping AsAttribute(FileColumn column) => new(column.Name, ContactField.Attribute, column.Name);

    private static ContactField? Guess(FileColumn column)
    {
        var field = Find(column.Name[(column.Name.LastIndexOf('.') + 1)..]);
        var street = Fold(column.Name) == "adresse" && column.Samples.Count > 0 && !column.Samples.Any(s => s.Contains('@'));
        return street ? null : field;
    }

    private static string Fold(string name) =>
        string.Concat(
            name.Normalize(NormalizationForm.FormD)
                .Where(c => char.IsLetterOrDigit(c) && CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark)
                .Select(char.ToLowerInvariant)
        );

    private static Dictionary<string, ContactField> Build(params (ContactField Field, string Names)[] table) =>
        table
            .SelectMany(entry => entry.Names.Split(' ').Select(name => (Key: Fold(name), entry.Field)))
            .DistinctBy(entry => entry.Key)
            .ToDictionary(entry => entry.Key, entry => entry.Field, StringComparer.Ordinal);
}
