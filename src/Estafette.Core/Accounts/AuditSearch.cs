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

    /// <summary>From the first entry to the last; otherwise the newest comes first.</summary>
    public bool OldestFirst { get; init; }
}

/// <summary>Reads the audit log in the order of time; pages follow the key, so that the last page costs what the first does.</summary>
public static class AuditSearch
{
    public static async Task<List<AuditEntry>> PageAsync(
        CustomerId customer,
        AuditFilter filter,
        long after,
        int count,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var rows = Rows(customer, filter, db);
        if (after > 0)
            rows = filter.OldestFirst ? rows.Where(e => e.Id > after) : rows.Where(e => e.Id < after);
        var ordered = filter.OldestFirst ? rows.OrderBy(e => e.Id) : rows.OrderByDescending(e => e.Id);
        return await ordered.Take(count).ToListAsync(ct);
    }

    /// <summary>What the filter leaves, in no order.</summary>
    public static IQueryable<AuditEntry> Rows(CustomerId customer, AuditFilter filter, EstafetteDb db) =>
        Filter(db.Of<AuditEntry>(customer).AsNoTracking(), filter);

    private static IQueryable<AuditEntry> Filter(IQueryable<AuditEntry> rows, AuditFilter filter)
    {
        if (filter.User is { } user)
            rows = rows.Where(e => e.UserName == user);
        if (filter.Action is { } action)
            rows = rows.Where(e => e.Action == action);
        if (filter.Object is { } part)
        {
            var pattern = $"%{FoldedText.Of(part)}%";
            rows = rows.Where(e => EF.Functions.Like(FoldedText.Of(e.Object), pattern));
        }
        if (filter.From is { } from)
            rows = rows.Where(e => e.At >= from);
        if (filter.To is { } to)
            rows = rows.Where(e => e.At < to);
        return rows;
    }
}
