using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Forms;

/// <summary>A form with its lists and figures.</summary>
public sealed record FormRow(
    long Id,
    string Name,
    bool Active,
    bool DoubleOptIn,
    IReadOnlyList<string> Lists,
    long Submitted,
    long Confirmed,
    DateTimeOffset CreatedAt
);

/// <summary>The forms of a customer by name.</summary>
public static class ListForms
{
    public static async Task<IReadOnlyList<FormRow>> RunAsync(CustomerId customer, EstafetteDb db, CancellationToken ct)
    {
        var forms = await db.Of<SignUpForm>(customer).AsNoTracking().OrderBy(f => f.Name).ToListAsync(ct);
        var links = await (
            from link in db.Of<FormList>(customer)
            join list in db.Of<ContactList>(customer) on link.ListId equals list.Id
            orderby list.Name
            select new { link.FormId, list.Name }
        ).ToListAsync(ct);
        var lists = links.ToLookup(l => l.FormId, l => l.Name);
        return forms.ConvertAll(f => new FormRow(
            f.Id,
            f.Name,
            f.Active,
            f.Design.DoubleOptIn,
            [.. lists[f.Id]],
            f.Submitted,
            f.Confirmed,
            f.CreatedAt
        ));
    }
}
