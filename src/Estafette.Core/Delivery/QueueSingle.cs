using System.Globalization;
using Estafette.Core.Platform;
using Estafette.Protocols.Addresses;

namespace Estafette.Core.Delivery;

/// <summary>One message outside a campaign, ready for the queue.</summary>
internal sealed record QueuedSingle(CustomerId Customer, SingleMessageKind Kind, ContentId Content, EmailAddress To)
{
    public required string FromEmail { get; init; }
    public string? FromName { get; init; }
    public string? ReplyTo { get; init; }
    public string? SubjectPrefix { get; init; }

    /// <summary>The campaign a test shows; null otherwise.</summary>
    public CampaignId? TestOf { get; init; }

    /// <summary>The contact it goes to, so that it stands in their history.</summary>
    public ContactId? Contact { get; init; }

    /// <summary>The contact whose fields it shows, when it goes to somebody else.</summary>
    public ContactId? MergeContact { get; init; }

    /// <summary>Values of merge fields of this message alone, a JSON object; they take the place of the contact's attributes.</summary>
    public string? MergeData { get; init; }

    /// <summary>The one server that may send it; null: any of the customer's.</summary>
    public ServerId? Server { get; init; }
    public Channel Channel { get; init; } = Channel.Email;
    public DeliveryTracking Tracking { get; init; }

    /// <summary>When it may leave; null: at once.</summary>
    public DateTimeOffset? DueAt { get; init; }
}

/// <summary>Writes a message outside a campaign into the ledger and the queue, ahead of all campaigns.</summary>
internal static class QueueSingle
{
    public static async ValueTask<DeliveryId> RunAsync(WriteSession session, QueuedSingle single, DateTimeOffset now, CancellationToken ct)
    {
        var id = Convert.ToInt64(
            await session
                .Statement("Delivery/insert-single-delivery")
                .Set("@customer", single.Customer.Value)
                .Set("@contact", single.Contact?.Value)
                .Set("@channel", (short)single.Channel)
                .Set("@address", single.To.Address)
                .Set("@address_key", single.To.Key)
                .Set("@tracking", (short)single.Tracking)
                .Set("@content", single.Content.Value)
                .Set("@now", now.ToUnixTimeMilliseconds())
                .ExecuteScalarAsync(ct),
            CultureInfo.InvariantCulture
        );
        await session
            .Statement("Delivery/insert-single-message")
            .Set("@delivery", id)
            .Set("@customer", single.Customer.Value)
            .Set("@kind", (short)single.Kind)
            .Set("@campaign", single.TestOf?.Value)
            .Set("@content", single.Content.Value)
            .Set("@from_email", single.FromEmail)
            .Set("@from_name", single.FromName)
            .Set("@reply_to", single.ReplyTo)
            .Set("@prefix", single.SubjectPrefix)
            .Set("@contact", single.MergeContact?.Value)
            .Set("@data", single.MergeData)
            .ExecuteNonQueryAsync(ct);
        await session
            .Statement("Delivery/queue-single")
            .Set("@delivery", id)
            .Set("@customer", single.Customer.Value)
            .Set("@server", single.Server?.Value)
            .Set("@due", (single.DueAt ?? now).ToUnixTimeMilliseconds())
            .ExecuteNonQueryAsync(ct);
        return new(id);
    }
}
