using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Accounts;

/// <summary>Which entries of the audit log to show.</summary>
public sealed record AuditFilter
{
    public string? User { get; init; }
    public string? Action { get; init; }

    /// <summary>Part of the object, such as "campaign 12".</summary>
    public string? Object { get; init; }
    public DateTimeOffset? From { get; init; }

    /// <summary>Not included.</summary>
    public DateTimeOffset? To { get; init; }
}

/// <summary>Reads the audit log, newest first; pages follow the key, so that the last page costs what the first does.</summary>
public static class AuditSearch
{
    public static async Task<List<AuditEntry>> PageAsync(
        CustomerId customer,
        AuditFilter filter,
        long before,
        int count,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var rows = Filter(db.Of<AuditEntry>(customer).AsNoTracking(), filter);
        if (before > 0)
            rows = rows.Where(e => e.Id < before);
        return await rows.OrderByDescending(e => e.Id).Take(count).ToListAsync(ct);
    }

    /// <summary>Every entry of the filter, page by page.</summary>
    public static async IAsyncEnumerable<AuditEntry> AllAsync(
        CustomerId customer,
        AuditFilter filter,
        EstafetteDb db,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct
    )
    {
        var before = 0L;
        while (await PageAsync(customer, filter, before, 1000, db, ct) is { Count: > 0 } page)
        {
            foreach (var entry in page)
                yield return entry;
            before = page[^1].Id;
        }
    }

    /// <summary>Names that stand in the log, for the filter; at most so many.</summary>
    public static async Task<List<string>> UsersAsync(CustomerId customer, EstafetteDb db, CancellationToken ct) =>
        await db.Of<User>(customer).Select(u => u.UserName!).OrderBy(n => n).Take(200).ToListAsync(ct);

    private static IQueryable<AuditEntry> Filter(IQueryable<AuditEntry> rows, AuditFilter filter)
    {
        if (filter.User is { } user)
            rows = rows.Where(e => e.UserName == user);
        if (filter.Action is { } action)
            rows = rows.Where(e => e.Action == action);
        if (filter.Object is { } part)
            rows = rows.Where(e => e.Object.Contains(part));
        if (filter.From is { } from)
            rows = rows.Where(e => e.At >= from);
        if (filter.To is { } to)
            rows = rows.Where(e => e.At < to);
        return rows;
    }
}
