namespace Estafette.Core.Contacts.Import;

/// <summary>The fields of a contact as they are stored, to tell whether a row of a file says anything new about it. Attributes are compared apart.</summary>
internal readonly record struct StoredFields(
    string? Email,
    string? Phone,
    string? FirstName,
    string? LastName,
    string? Language,
    TrackingConsent Consent
)
{
    /// <summary>Whether the row leaves these fields as they are; a refusal of tracking stays whatever a file says.</summary>
    public bool StaySoAfter(ContactRow row, KnownContacts policy)
    {
        var overwrites = policy == KnownContacts.Overwrite;
        return Same(Email, row.Email, overwrites: false)
            && Same(Phone, row.Phone, overwrites)
            && Same(FirstName, row.FirstName, overwrites)
            && Same(LastName, row.LastName, overwrites)
            && Same(Language, row.Language, overwrites)
            && (Consent == TrackingConsent.Refused || row.Consent == TrackingConsent.Unknown || row.Consent == Consent);
    }

    private static bool Same(string? stored, string? given, bool overwrites) =>
        (given is null && !overwrites) || string.Equals(stored, given, StringComparison.Ordinal);
}
