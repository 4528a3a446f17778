using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Core.Privacy;
using Estafette.Web.Account;

namespace Estafette.Web.Contacts;

/// <summary>The answers about contacts that are no pages.</summary>
internal static class ContactEndpoints
{
    public static void MapContacts(this WebApplication app) =>
        app.MapGet("/contacts/{id:long}/export.json", ExportAsync).WithAllow(UserRole.Editor);

    /// <summary>All that is known about a person; who took it is audited.</summary>
    private static async Task<IResult> ExportAsync(
        long id,
        HttpContext http,
        CurrentUser user,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (await ExportContact.RunAsync(user.CustomerId, new ContactId(id), db, clock, ct) is not { } json)
            return TypedResults.NotFound();
        await AuditLog.WriteAsync(user.Actor, "contact.exported", $"contact {id}", db, clock, ct);
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.File(json, "application/json", $"contact-{id}.json");
    }
}
