using System.Text.Json;
using Estafette.Core.Platform;
using Estafette.Protocols.Addresses;

namespace Estafette.Core.Campaigns.Recipients;

/// <summary>An address a campaign goes to, given by a program and not through a list.</summary>
/// <param name="To">The address.</param>
/// <param name="Properties">Values of merge fields for this message alone, by name; they take the place of the contact's attributes.</param>
/// <param name="SourceType">Kind of the record the address comes from, in the caller's system.</param>
/// <param name="SourceRef">That record.</param>
public sealed record GivenRecipient(
    EmailAddress To,
    IReadOnlyDictionary<string, string>? Properties = null,
    string? SourceType = null,
    string? SourceRef = null
);

/// <summary>What became of given addresses.</summary>
/// <param name="Campaign">Where they were added.</param>
/// <param name="Added">Keys of those that were added, by address key.</param>
/// <param name="Known">Address keys the campaign had already.</param>
public sealed record AddedRecipients(CampaignId Campaign, IReadOnlyDictionary<string, DeliveryId> Added, IReadOnlySet<string> Known);

/// <summary>
/// Adds addresses to a campaign that was not started. Each becomes a delivery at once, pending and outside the queue; at launch the suppressed ones
/// are set apart and the others queued. An address of a contact carries the contact's fields and consent.
/// </summary>
public static class AddRecipients
{
    /// <param name="customer">The owner.</param>
    /// <param name="id">The campaign.</param>
    /// <param name="recipients">Distinct by address key.</param>
    /// <param name="all">Nothing is stored when the campaign has one of them already; false: the others are.</param>
    /// <param name="db">To see whether the campaign exists.</param>
    /// <param name="writes">The way to the database.</param>
    /// <param name="clock">Now.</param>
    /// <param name="ct">Stops before anything is stored.</param>
    /// <returns>Null, with the outcome, when the campaign cannot take recipients.</returns>
    public static async Task<(CampaignOutcome Outcome, AddedRecipients? Result)> RunAsync(
        CustomerId customer,
        CampaignId id,
        IReadOnlyCollection<GivenRecipient> recipients,
        bool all,
        EstafetteDb db,
        WriteQueue writes,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var keys = JsonSerializer.Serialize(recipients.Select(r => r.To.Key));
        var now = clock.GetUtcNow();
        var added = await writes.RunAsync(
            async session =>
            {
                if (await OpenAsync(session, customer, id, now, ct) == 0)
                    return null;
                var known = await KnownAsync(session, id, keys, ct);
                if (all && known.Count > 0)
                    return new AddedRecipients(id, new Dictionary<string, DeliveryId>(StringComparer.Ordinal), known);
                var fresh = recipients.Where(r => !known.Contains(r.To.Key)).ToList();
                return new AddedRecipients(id, await InsertAsync(session, customer, id, fresh, now, ct), known);
            },
            ct
        );
        if (added is not null)
            return (CampaignOutcome.Done.Instance, added);
        var status = await CampaignLookup.StatusAsync(customer, id, db, ct);
        return (status is { } known ? new CampaignOutcome.WrongStatus(known) : CampaignOutcome.NotFound.Instance, null);
    }

    private static async ValueTask<int> OpenAsync(
        WriteSession session,
        CustomerId customer,
        CampaignId id,
        DateTimeOffset now,
        CancellationToken ct
    ) =>
        await session
            .Statement("Campaigns/open-for-recipients")
            .Set("@campaign", id.Value)
            .Set("@customer", customer.Value)
            .Set("@now", now.ToUnixTimeMilliseconds())
            .ExecuteNonQueryAsync(ct);

    private static async ValueTask<HashSet<string>> KnownAsync(WriteSession session, CampaignId id, string keys, CancellationToken ct)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        var command = session
            .Statement("Campaigns/known-recipients")
            .Set("@campaign", id.Value)
            .Set("@channel", (short)Channel.Email)
            .Set("@keys", keys);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            known.Add(reader.GetString(0));
        return known;
    }

    private static async ValueTask<Dictionary<string, DeliveryId>> InsertAsync(
        WriteSession session,
        CustomerId customer,
        CampaignId id,
        List<GivenRecipient> recipients,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var ids = new Dictionary<string, DeliveryId>(recipients.Count, StringComparer.Ordinal);
        var command = session
            .Statement("Campaigns/add-recipients")
            .Set("@campaign", id.Value)
            .Set("@customer", customer.Value)
            .Set("@channel", (short)Channel.Email)
            .Set("@now", now.ToUnixTimeMilliseconds())
            .Set("@rows", JsonSerializer.Serialize(recipients.Select(r => new[] { r.To.Address, r.To.Key })));
        await using (var reader = await command.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct))
                ids[reader.GetString(1)] = new DeliveryId(reader.GetInt64(0));
        var described = recipients
            .Where(r => r.Properties is { Count: > 0 } || r.SourceType is not null || r.SourceRef is not null)
            .Select(r =>
                new[]
                {
                    r.To.Address,
                    r.To.Key,
                    r.Properties is { Count: > 0 } properties ? JsonSerializer.Serialize(properties) : null,
                    r.SourceType,
                    r.SourceRef,
                }
            )
            .ToList();
        if (described.Count > 0)
            await session
                .Statement("Campaigns/add-recipient-data")
                .Set("@campaign", id.Value)
                .Set("@customer", customer.Value)
                .Set("@channel", (short)Channel.Email)
                .Set("@rows", JsonSerializer.Serialize(described))
                .ExecuteNonQueryAsync(ct);
        return ids;
    }
}
