using Estafette.Core.Accounts;
using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Notices;

/// <summary>Keeps how many contacts each customer has, day by day, so that no page counts them. The last count of a day stays.</summary>
public static class CountContacts
{
    /// <summary>How old the count of a day may be.</summary>
    private static readonly TimeSpan Age = TimeSpan.FromHours(1);

    /// <summary>So many contacts are counted at once, in some milliseconds.</summary>
    public const int Few = 20_000;

    internal static async Task RunAsync(EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var fresh = now - Age;
        var due = await db.Set<Customer>()
            .AsNoTracking()
            .Where(c => !db.Set<ContactDay>().Any(d => d.CustomerId == c.Id && d.CountedAt > fresh))
            .Select(c => new { c.Id, c.TimeZone })
            .ToListAsync(ct);
        foreach (var customer in due)
        {
            var day = DayOf(now, TimeZoneInfo.FindSystemTimeZoneById(customer.TimeZone));
            var count = await db.Of<Contact>(customer.Id).LongCountAsync(ct);
            var row = await db.Of<ContactDay>(customer.Id).SingleOrDefaultAsync(d => d.Day == day, ct);
            if (row is null)
                db.Add(row = new ContactDay { CustomerId = customer.Id, Day = day });
            (row.Contacts, row.CountedAt) = (count, now);
            await db.SaveChangesAsync(ct);
        }
        db.ChangeTracker.Clear();
    }

    /// <summary>How many contacts a customer has: exact while there are few, the count of the hour when counting would cost more than a page.</summary>
    public static async Task<long> TotalAsync(CustomerId customer, EstafetteDb db, CancellationToken ct)
    {
        var count = await db.Of<Contact>(customer).Take(Few).CountAsync(ct);
        if (count < Few)
            return count;
        var last = await db.Of<ContactDay>(customer).OrderByDescending(d => d.Day).Select(d => (long?)d.Contacts).FirstOrDefaultAsync(ct);
        return Math.Max(count, last ?? await db.Of<Contact>(customer).LongCountAsync(ct));
    }

    /// <summary>The counts of the last days, oldest first; days without a count are left out.</summary>
    public static async Task<IReadOnlyList<ContactDay>> LastAsync(
        CustomerId customer,
        int days,
        TimeZoneInfo zone,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var since = DayOf(clock.GetUtcNow(), zone) - days;
        return await db.Of<ContactDay>(customer).AsNoTracking().Where(d => d.Day > since).OrderBy(d => d.Day).ToListAsync(ct);
    }

    /// <summary>Number of the day of a moment in a zone.</summary>
    internal static int DayOf(DateTimeOffset at, TimeZoneInfo zone) =>
        DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, zone).DateTime).DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;
}
