using Estafette.Core.Platform;

namespace Estafette.Core.Accounts;

/// <summary>The record of who did what; written with the change it describes.</summary>
public static class AuditLog
{
    /// <summary>Adds an entry to the unit of work; it is stored by the caller's SaveChanges, together with the change.</summary>
    public static void Add(this EstafetteDb db, Actor actor, string action, string subject, DateTimeOffset at, string? detail = null) =>
        db.Add(
            new AuditEntry
            {
                CustomerId = actor.Customer,
                UserName = actor.UserName,
                At = at,
                Action = action,
                Object = subject,
                Detail = detail,
                Ip = actor.Ip,
            }
        );

    /// <summary>Stores an entry by itself, after a change that has its own transaction.</summary>
    public static async Task WriteAsync(
        Actor actor,
        string action,
        string subject,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct,
        string? detail = null
    )
    {
        db.Add(actor, action, subject, clock.GetUtcNow(), detail);
        await db.SaveChangesAsync(ct);
    }

    /// <summary>Writes an entry in the transaction of a write job.</summary>
    public static async ValueTask AuditAsync(
        this WriteSession session,
        Actor actor,
        string action,
        string subject,
        DateTimeOffset at,
        string? detail,
        CancellationToken ct
    ) =>
        await session
            .Statement("Accounts/record-audit")
            .Set("@customer", actor.Customer.Value)
            .Set("@user", actor.UserName)
            .Set("@at", at.ToUnixTimeMilliseconds())
            .Set("@action", action)
            .Set("@object", subject)
            .Set("@detail", detail)
            .Set("@ip", actor.Ip)
            .ExecuteNonQueryAsync(ct);
}

/// <summary>Who acts, and for which customer.</summary>
public sealed record Actor(CustomerId Customer, string UserName)
{
    /// <summary>Address the request came from; null for the command line and the program itself.</summary>
    public string? Ip { get; init; }
}
