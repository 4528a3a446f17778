using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Api.V1;

/// <summary>A list of contacts as v1 shows it.</summary>
internal sealed record ListView(
    string Url,
    long Id,
    string Name,
    string? Description,
    string? Language,
    bool Public,
    long Confirmed,
    long Unconfirmed,
    long Unsubscribed,
    DateTimeOffset CreationDate,
    string Members,
    string Subscribe,
    string Unsubscribe
)
{
    public static readonly string[] Columns =
    [
        "url",
        "id",
        "name",
        "description",
        "language",
        "public",
        "confirmed",
        "unconfirmed",
        "unsubscribed",
        "creation_date",
    ];

    /// <summary>Lists with their numbers of members.</summary>
    public static async Task<IReadOnlyList<ListView>> OfAsync(
        CustomerId customer,
        IReadOnlyList<ContactList> lists,
        EstafetteDb db,
        V1Links links,
        CancellationToken ct
    )
    {
        var ids = lists.Select(l => l.Id).ToList();
        var counts = await db.Of<ListCount>(customer).AsNoTracking().Where(c => ids.Contains(c.ListId)).ToListAsync(ct);
        var byKey = counts.ToDictionary(c => (c.ListId, c.Status), c => c.Count);
        return
        [
            .. lists.Select(l => new ListView(
                links.List(l.Id),
                l.Id.Value,
                l.Name,
                l.Description,
                l.Language,
                l.IsPublic,
                byKey.GetValueOrDefault((l.Id, SubscriptionStatus.Confirmed)),
                byKey.GetValueOrDefault((l.Id, SubscriptionStatus.Unconfirmed)),
                byKey.GetValueOrDefault((l.Id, SubscriptionStatus.Unsubscribed)),
                l.CreatedAt,
                links.List(l.Id) + "members/",
                links.List(l.Id) + "subscribe/",
                links.List(l.Id) + "unsubscribe/"
            )),
        ];
    }
}

/// <summary>A contact in a list, as v1 shows it with the list.</summary>
internal sealed record MemberView(
    string Contact,
    long Id,
    string? Email,
    string? Phone,
    string? FirstName,
    string? LastName,
    string Status,
    string Source,
    DateTimeOffset CreationDate,
    DateTimeOffset UpdateDate
)
{
    public static readonly string[] Columns =
    [
        "contact",
        "id",
        "email",
        "phone",
        "first_name",
        "last_name",
        "status",
        "source",
        "creation_date",
        "update_date",
    ];

    public static async Task<IReadOnlyList<MemberView>> OfAsync(
        CustomerId customer,
        IReadOnlyList<Subscription> rows,
        EstafetteDb db,
        V1Links links,
        CancellationToken ct
    )
    {
        var ids = rows.Select(s => s.ContactId).ToList();
        var contacts = await db.Of<Contact>(customer).AsNoTracking().Where(c => ids.Contains(c.Id)).ToDictionaryAsync(c => c.Id, ct);
        return
        [
            .. rows.Where(s => contacts.ContainsKey(s.ContactId))
                .Select(s => (Row: s, Contact: contacts[s.ContactId]))
                .Select(m => new MemberView(
                    links.Contact(m.Contact.Id),
                    m.Contact.Id.Value,
                    m.Contact.Email,
                    m.Contact.Phone,
                    m.Contact.FirstName,
                    m.Contact.LastName,
                    V1Words.Of(m.Row.Status),
                    V1Words.Of(m.Row.Source),
                    m.Row.CreatedAt,
                    m.Row.ChangedAt
                )),
        ];
    }
}
