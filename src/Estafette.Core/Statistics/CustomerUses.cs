using Estafette.Core.Accounts;
using Estafette.Core.Channels;
using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Statistics;

/// <summary>How much a customer has and sends, beside what it may.</summary>
public sealed record CustomerUse(
    long Id,
    string Name,
    bool Suspended,
    DateTimeOffset? SuspendedAt,
    string? SuspendedReason,
    CustomerLimits Limits,
    int Users,
    long Contacts,
    int Servers,
    long SentToday,
    long SentThisMonth,
    DateTimeOffset? LastSignInAt
);

/// <summary>Figures per customer for operators. Contacts are counted in the index of their keys, messages in the rollups.</summary>
public static class CustomerUses
{
    public static async Task<IReadOnlyList<CustomerUse>> ListAsync(
        long after,
        int count,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var customers = await db.Set<Customer>()
            .FromSqlInterpolated($"SELECT * FROM customers WHERE id > {after} ORDER BY id LIMIT {count}")
            .AsNoTracking()
            .ToListAsync(ct);
        var uses = new List<CustomerUse>(customers.Count);
        foreach (var customer in customers.OrderBy(c => c.Id.Value))
            uses.Add(await ReadAsync(customer, db, clock, ct));
        return uses;
    }

    public static async Task<CustomerUse?> FindAsync(CustomerId id, EstafetteDb db, TimeProvider clock, CancellationToken ct) =>
        await db.Set<Customer>().AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct) is { } customer
            ? await ReadAsync(customer, db, clock, ct)
            : null;

    private static async Task<CustomerUse> ReadAsync(Customer customer, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(customer.TimeZone);
        var today = TimeZoneInfo.ConvertTime(clock.GetUtcNow(), zone).Date;
        return new CustomerUse(
            customer.Id.Value,
            customer.Name,
            customer.Suspended,
            customer.SuspendedAt,
            customer.SuspendedReason,
            new(customer.MaxUsers, customer.MaxContacts, customer.MaxServers, customer.MaxMessagesPerDay, customer.MaxMessagesPerMonth),
            await UserLimit.UsedAsync(customer.Id, db, clock.GetUtcNow(), ct),
            await db.Of<Contact>(customer.Id).LongCountAsync(ct),
            await db.Of<SendingServer>(customer.Id).CountAsync(ct),
            await SentSinceAsync(customer.Id, today, zone, db, ct),
            await SentSinceAsync(customer.Id, today.AddDays(1 - today.Day), zone, db, ct),
            await db.Of<User>(customer.Id).MaxAsync(u => u.LastSignInAt, ct)
        );
    }

    private static Task<long> SentSinceAsync(CustomerId customer, DateTime local, TimeZoneInfo zone, EstafetteDb db, CancellationToken ct)
    {
        var hour = RollupCounter.HourOf(new DateTimeOffset(TimeZoneInfo.ConvertTimeToUtc(local, zone), TimeSpan.Zero));
        return db.Set<RollupRow>()
            .Where(r => r.CustomerId == customer && r.Metric == Metric.Sent && r.Hour >= hour)
            .SumAsync(r => r.Count, ct);
    }
}
