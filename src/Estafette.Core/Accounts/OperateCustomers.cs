using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Accounts;

/// <summary>The most a customer may have; null: no limit.</summary>
public sealed record CustomerLimits(int? Users, long? Contacts, int? Servers, int? MessagesPerDay, int? MessagesPerMonth);

/// <summary>What a customer is granted case by case.</summary>
/// <param name="MayAttach">Campaigns may carry attachments.</param>
/// <param name="MayOptOutExternally">Campaigns may leave opting out to the customer's own ways.</param>
/// <param name="OptOutContact">Whom recipients of such campaigns ask.</param>
public sealed record CustomerRights(bool MayAttach, bool MayOptOutExternally, string? OptOutContact);

/// <summary>What operators of the installation do to customers. Everything is written into the log of the customer, whose people may read it.</summary>
public static class OperateCustomers
{
    /// <summary>How long an operator may work for another customer without entering again.</summary>
    public static readonly TimeSpan EnterFor = TimeSpan.FromHours(1);

    public const int MaxReason = 500;

    /// <summary>Shuts the people of a customer out and stops what it sends. False when there is no such customer, or it is the operator's own.</summary>
    public static async Task<bool> SuspendAsync(
        Actor by,
        CustomerId customer,
        string? reason,
        EstafetteDb db,
        SessionKeeper sessions,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        var row = await db.Set<Customer>().SingleOrDefaultAsync(c => c.Id == customer, ct);
        if (row is null || by.Customer == customer)
            return false;
        if (!row.Suspended)
        {
            row.Suspend(clock.GetUtcNow(), reason);
            db.Add(by with { Customer = customer }, "customer.suspended", Subject(row), clock.GetUtcNow(), reason);
            await db.SaveChangesAsync(ct);
            await sessions.EndCustomerAsync(customer, db, ct);
        }
        await write.CommitAsync(ct);
        Changed(sessions, signals);
        return true;
    }

    public static async Task<bool> ResumeAsync(
        Actor by,
        CustomerId customer,
        EstafetteDb db,
        SessionKeeper sessions,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        var row = await db.Set<Customer>().SingleOrDefaultAsync(c => c.Id == customer, ct);
        if (row is null)
            return false;
        if (row.Suspended)
        {
            row.Resume();
            db.Add(by with { Customer = customer }, "customer.resumed", Subject(row), clock.GetUtcNow());
            await db.SaveChangesAsync(ct);
        }
        await write.CommitAsync(ct);
        Changed(sessions, signals);
        return true;
    }

    public static async Task<bool> LimitAsync(
        Actor by,
        CustomerId customer,
        CustomerLimits limits,
        EstafetteDb db,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var row = await db.Set<Customer>().SingleOrDefaultAsync(c => c.Id == customer, ct);
        if (row is null)
            return false;
        (row.MaxUsers, row.MaxContacts, row.MaxServers) = (limits.Users, limits.Contacts, limits.Servers);
        (row.MaxMessagesPerDay, row.MaxMessagesPerMonth) = (limits.MessagesPerDay, limits.MessagesPerMonth);
        db.Add(by with { Customer = customer }, "customer.limited", Subject(row), clock.GetUtcNow());
        await db.SaveChangesAsync(ct);
        signals.Ring(Signal.CampaignChanged);
        return true;
    }

    /// <summary>Grants and withdraws rights. False when there is no such customer, or nobody is named whom recipients could ask.</summary>
    public static async Task<bool> GrantAsync(
        Actor by,
        CustomerId customer,
        CustomerRights rights,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var contact = rights.OptOutContact?.Trim() is { Length: > 0 } text ? text : null;
        if (contact?.Length > MaxReason || (rights.MayOptOutExternally && contact is null))
            return false;
        var row = await db.Set<Customer>().SingleOrDefaultAsync(c => c.Id == customer, ct);
        if (row is null)
            return false;
        (row.MayAttach, row.MayOptOutExternally, row.OptOutContact) = (rights.MayAttach, rights.MayOptOutExternally, contact);
        var granted = string.Join(", ", Granted(rights));
        db.Add(by with { Customer = customer }, "customer.rights-changed", Subject(row), clock.GetUtcNow(), granted);
        await db.SaveChangesAsync(ct);
        return true;
    }

    private static IEnumerable<string> Granted(CustomerRights rights)
    {
        if (rights.MayAttach)
            yield return "attachments";
        if (rights.MayOptOutExternally)
            yield return "external opt-out";
    }

    /// <summary>From now on the operator's session sees the customer, for an hour.</summary>
    public static async Task<bool> EnterAsync(
        Actor by,
        SessionState session,
        CustomerId customer,
        string? reason,
        EstafetteDb db,
        SessionKeeper sessions,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (!session.IsOperator || customer == session.Home)
            return false;
        var row = await db.Set<Customer>().AsNoTracking().SingleOrDefaultAsync(c => c.Id == customer, ct);
        var own = await db.Set<UserSession>().SingleOrDefaultAsync(s => s.Id == session.SessionId, ct);
        if (row is null || own is null)
            return false;
        (own.EnteredCustomerId, own.EnteredUntil) = (customer, clock.GetUtcNow() + EnterFor);
        db.Add(by with { Customer = customer }, "customer.entered", Subject(row), clock.GetUtcNow(), reason);
        await db.SaveChangesAsync(ct);
        sessions.Forget();
        return true;
    }

    /// <summary>Back to the operator's own customer.</summary>
    public static async Task LeaveAsync(
        Actor by,
        SessionState session,
        EstafetteDb db,
        SessionKeeper sessions,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var own = await db.Set<UserSession>().SingleOrDefaultAsync(s => s.Id == session.SessionId, ct);
        if (own?.EnteredCustomerId is { } customer)
        {
            (own.EnteredCustomerId, own.EnteredUntil) = (null, null);
            db.Add(by with { Customer = customer }, "customer.left", $"customer {customer}", clock.GetUtcNow());
            await db.SaveChangesAsync(ct);
        }
        sessions.Forget();
    }

    private static void Changed(SessionKeeper sessions, Signals signals)
    {
        sessions.Forget();
        signals.Ring(Signal.CampaignChanged);
        signals.Ring(Signal.ServerChanged);
        signals.Ring(Signal.DeliveriesReady);
    }

    private static string Subject(Customer customer) => $"customer {customer.Id} {customer.Name}";
}
