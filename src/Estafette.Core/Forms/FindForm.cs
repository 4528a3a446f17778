using Estafette.Core.Accounts;
using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Forms;

/// <summary>A form as the public sees it.</summary>
internal sealed record PublicForm(SignUpForm Form, Customer Customer, IReadOnlyList<PublicList> Lists)
{
    /// <summary>Takes sign-ups: it is open, its customer too, and it leads somewhere.</summary>
    public bool IsOpen => Form.Active && !Customer.Suspended && Lists.Count > 0;
}

/// <summary>A list as the public sees it.</summary>
internal sealed record PublicList(ListId Id, string Name, string? Description);

/// <summary>Looks a form up by the end of its address.</summary>
internal static class FindForm
{
    /// <summary>Null when there is none.</summary>
    public static async Task<PublicForm?> RunAsync(string token, EstafetteDb db, CancellationToken ct)
    {
        var form = await db.Set<SignUpForm>().AsNoTracking().SingleOrDefaultAsync(f => f.Token == token, ct);
        return form is null ? null : await RunAsync(form, db, ct);
    }

    /// <summary>The same for a form of which the id is known.</summary>
    public static async Task<PublicForm?> RunAsync(CustomerId customer, long id, EstafetteDb db, CancellationToken ct)
    {
        var form = await db.Of<SignUpForm>(customer).AsNoTracking().SingleOrDefaultAsync(f => f.Id == id, ct);
        return form is null ? null : await RunAsync(form, db, ct);
    }

    private static async Task<PublicForm> RunAsync(SignUpForm form, EstafetteDb db, CancellationToken ct)
    {
        var customer = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == form.CustomerId, ct);
        var lists = await (
            from link in db.Of<FormList>(form.CustomerId)
            join list in db.Of<ContactList>(form.CustomerId) on link.ListId equals list.Id
            where link.FormId == form.Id
            orderby list.Name
            select new PublicList(list.Id, list.Name, list.Description)
        ).ToListAsync(ct);
        return new PublicForm(form, customer, lists);
    }
}
