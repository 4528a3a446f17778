using System.Text.Json;
using System.Text.Json.Nodes;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Webhooks;

/// <summary>Takes an erased person out of the calls that are kept: of an event only what says nothing of a person stays.</summary>
internal static class EraseEvents
{
    private static readonly HashSet<string> Impersonal = new(StringComparer.Ordinal)
    {
        "timestamp",
        "event",
        "sg_event_id",
        "sg_message_id",
        "category",
        "campaign_id",
        "status",
        "attempt",
        "type",
    };

    private sealed record Call(long Id, string Payload);

    public static async Task RunAsync(CustomerId customer, string address, string hash, EstafetteDb db, CancellationToken ct)
    {
        var quoted = $"\"{JsonEncodedText.Encode(address)}\"";
        var calls = await db
            .Database.SqlQuery<Call>(
                $"SELECT id AS \"Id\", payload AS \"Payload\" FROM webhook_deliveries WHERE customer_id = {customer.Value} AND payload <> replace(payload, {quoted}, '')"
            )
            .ToListAsync(ct);
        foreach (var call in calls)
            await db.Database.ExecuteSqlAsync(
                $"UPDATE webhook_deliveries SET payload = {Without(call.Payload, address, hash)} WHERE id = {call.Id}",
                ct
            );
    }

    private static string Without(string payload, string address, string hash)
    {
        var events = JsonNode.Parse(payload)!.AsArray();
        foreach (var told in events.OfType<JsonObject>().Where(e => (string?)e["email"] == address))
        {
            foreach (var name in told.Select(m => m.Key).Where(name => !Impersonal.Contains(name)).ToList())
                told.Remove(name);
            told.Insert(0, "email", hash);
        }
        return events.ToJsonString();
    }
}
