using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Channels;

/// <summary>Deletes a sending server that no live campaign uses, with what it captured. Attempts keep its number.</summary>
public static class DeleteServer
{
    public sealed record Request(CustomerId Customer, ServerId Id);

    public static async Task<Outcome<ServerId>> RunAsync(Request request, EstafetteDb db, Signals signals, CancellationToken ct)
    {
        var (customer, id) = (request.Customer.Value, request.Id.Value);
        await using var scope = await db.BeginWriteAsync(ct);
        var server = await db.Of<SendingServer>(request.Customer).SingleOrDefaultAsync(s => s.Id == request.Id, ct);
        if (server is null)
            return Outcome<ServerId>.Missing;
        var faults = new Faults();
        // Scheduled, running, paused. SQL, since campaigns and queue belong to modules that stand above this one.
        var campaigns = await db
            .Database.SqlQuery<string>(
                $"""
                SELECT c.name AS "Value" FROM campaign_servers s JOIN campaigns c ON c.id = s.campaign_id
                WHERE s.server_id = {id} AND s.customer_id = {customer} AND c.status IN (1, 2, 3) ORDER BY c.id
                """
            )
            .ToListAsync(ct);
        if (campaigns.Count > 0)
            faults.Add("", ChannelTexts.Get("delete.used", string.Join(", ", campaigns.Take(5))));
        var waiting = await db
            .Database.SqlQuery<long>(
                $"""SELECT count(*) AS "Value" FROM delivery_queue WHERE server_id = {id} AND customer_id = {customer}"""
            )
            .SingleAsync(ct);
        if (waiting > 0 && campaigns.Count == 0)
            faults.Add("", ChannelTexts.Get("delete.waiting"));
        if (faults.Any)
            return faults;
        await db.Of<CapturedMessage>(request.Customer).Where(m => m.ServerId == request.Id).ExecuteDeleteAsync(ct);
        await db.Database.ExecuteSqlAsync($"DELETE FROM lanes WHERE server_id = {id} AND customer_id = {customer}", ct);
        await db.Database.ExecuteSqlAsync($"DELETE FROM campaign_servers WHERE server_id = {id} AND customer_id = {customer}", ct);
        await db.Database.ExecuteSqlAsync($"DELETE FROM budgets WHERE server_id = {id} AND customer_id = {customer}", ct);
        db.Remove(server);
        await db.SaveChangesAsync(ct);
        await scope.CommitAsync(ct);
        signals.Ring(Signal.ServerChanged);
        return request.Id;
    }
}
