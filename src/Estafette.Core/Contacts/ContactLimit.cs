using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts;

/// <summary>The most contacts of a customer, as the operator of the installation set it.</summary>
public static class ContactLimit
{
    public const string Message =
        "This account has as many contacts as it may have. Delete some, or ask the operator of this installation for more.";

    /// <summary>How many more fit; null: there is no limit. Counted in the index of the keys, and only when there is one.</summary>
    public static async Task<long?> RoomAsync(CustomerId customer, EstafetteDb db, CancellationToken ct)
    {
        var most = await db.Set<Customer>().Where(c => c.Id == customer).Select(c => c.MaxContacts).SingleAsync(ct);
        return most - (most is null ? 0 : await db.Of<Contact>(customer).LongCountAsync(ct));
    }
}
