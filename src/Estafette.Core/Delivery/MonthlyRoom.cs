using Estafette.Core.Accounts;
using Estafette.Core.Delivery.Lanes;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Delivery;

/// <summary>How many messages the operator lets a customer send, and how many of them are left in this month of the customer's clock.</summary>
public sealed record MonthlyRoom(int Limit, long Left)
{
    /// <returns>Null when there is no limit.</returns>
    public static async Task<MonthlyRoom?> ReadAsync(CustomerId id, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        var customer = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == id, ct);
        if (customer.MaxMessagesPerMonth is not { } limit)
            return null;
        var pace = CustomerPace.Of(customer);
        var month = pace.Caps(id, pace.Day(clock.GetUtcNow())).Last();
        var taken = await db
            .Database.SqlQuery<long>(
                $"""SELECT granted AS "Value" FROM budgets WHERE server_id = {month.Server.Value} AND campaign_id = 0 AND day = {month.Day}"""
            )
            .ToListAsync(ct);
        return new MonthlyRoom(limit, Math.Max(0, limit - taken.FirstOrDefault()));
    }
}
