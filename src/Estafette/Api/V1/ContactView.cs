using System.Text.Json;
using Estafette.Core.Contacts;

namespace Estafette.Api.V1;

/// <summary>A contact as v1 shows it.</summary>
internal sealed record ContactView(
    string Url,
    long Id,
    string? Email,
    string? Phone,
    string? FirstName,
    string? LastName,
    string? Language,
    IReadOnlyDictionary<string, JsonElement> Attributes,
    string TrackingConsent,
    DateTimeOffset CreationDate,
    DateTimeOffset UpdateDate,
    string Subscriptions
)
{
    public static readonly string[] Columns =
    [
        "url",
        "id",
        "email",
        "phone",
        "first_name",
        "last_name",
        "language",
        "attributes",
        "tracking_consent",
        "creation_date",
        "update_date",
    ];

    public static readonly string[] Orders = ["email", "creation_date", "update_date"];

    public static ContactView Of(Contact contact, V1Links links) =>
        new(
            links.Contact(contact.Id),
            contact.Id.Value,
            contact.Email,
            contact.Phone,
            contact.FirstName,
            contact.LastName,
            contact.Language,
            contact.Attributes is { } json ? JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(json)! : [],
            V1Words.Of(contact.TrackingConsent),
            contact.CreatedAt,
            contact.UpdatedAt,
            links.Contact(contact.Id) + "subscriptions/"
        );

    /// <summary>How contacts are listed, wherever they come from.</summary>
    public static ListShape<Contact> Shape(V1Links links) =>
        new()
        {
            DefaultOrder = rows => rows.OrderBy(c => c.Id),
            After = (rows, last) => rows.Where(c => c.Id > last.Id),
            Orders = new(StringComparer.Ordinal)
            {
                ["email"] = (rows, back) => back ? rows.OrderByDescending(c => c.ContactKey) : rows.OrderBy(c => c.ContactKey),
                ["creation_date"] = (rows, back) =>
                    back
                        ? rows.OrderByDescending(c => c.CreatedAt).ThenByDescending(c => c.Id)
                        : rows.OrderBy(c => c.CreatedAt).ThenBy(c => c.Id),
                ["update_date"] = (rows, back) =>
                    back
                        ? rows.OrderByDescending(c => c.UpdatedAt).ThenByDescending(c => c.Id)
                        : rows.OrderBy(c => c.UpdatedAt).ThenBy(c => c.Id),
            },
            Filters = new(StringComparer.Ordinal)
            {
                ["email"] = (rows, value) => V1Addresses.KeyOf(value) is { } key ? rows.Where(c => c.ContactKey == key) : null,
                ["phone"] = (rows, value) => rows.Where(c => c.Phone == value),
                ["language"] = (rows, value) => rows.Where(c => c.Language == value),
                ["tracking_consent"] = (rows, value) =>
                    V1Words.Read<TrackingConsent>(value) is { } consent ? rows.Where(c => c.TrackingConsent == consent) : null,
            },
            Columns = Columns,
            Rows = (found, _) => Task.FromResult<IReadOnlyList<object>>([.. found.Select(c => Of(c, links))]),
        };
}

/// <summary>A contact in a list, as v1 shows it with the contact.</summary>
internal sealed record SubscriptionView(
    string List,
    string ListName,
    string Status,
    string Source,
    DateTimeOffset CreationDate,
    DateTimeOffset UpdateDate,
    string? Provenance,
    string? LegalBasis,
    string? Wording
)
{
    public static SubscriptionView Of(ContactSubscription row, IEnumerable<ContactConsent> consents, V1Links links) =>
        new(
            links.List(row.List),
            row.ListName,
            V1Words.Of(row.Status),
            V1Words.Of(row.Source),
            row.CreatedAt,
            row.ChangedAt,
            row.Provenance,
            row.LegalBasis,
            consents.FirstOrDefault(c => c.List == row.List && c.Wording is not null)?.Wording ?? row.Wording
        );
}
