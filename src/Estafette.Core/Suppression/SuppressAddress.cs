using Estafette.Core.Accounts;
using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Estafette.Protocols.Addresses;
using Estafette.Protocols.Phones;

namespace Estafette.Core.Suppression;

/// <summary>An address that gets nothing more, with what proves it.</summary>
public sealed record SuppressAddressRequest(
    Channel Channel,
    string Address,
    SuppressionReason Reason,
    SuppressionOrigin Origin,
    string? Evidence = null,
    DeliveryId? Delivery = null,
    CampaignId? Campaign = null
);

/// <summary>
/// Suppresses an address of a customer. The first reason stays, except that a complaint always wins. When the person asked for it (opt-out
/// or complaint), its subscriptions become unsubscribed as well, with a consent record that says so.
/// </summary>
public static class SuppressAddress
{
    /// <summary>Suppresses an address in a transaction of its own, with an entry in the audit log; refused when it is not an address.</summary>
    public static async Task<ChangeResult> RunAsync(
        Actor actor,
        SuppressAddressRequest request,
        WriteQueue queue,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var key = KeyOf(request.Channel, request.Address, out var error);
        if (key is null)
            return ChangeResult.Refused("address", error!);
        var now = clock.GetUtcNow();
        await queue.RunAsync(
            async session =>
            {
                if (!await WriteAsync(session, actor.Customer, request, key, now, ct))
                    return;
                var detail = $"{request.Reason}, {request.Origin}{(request.Evidence is { Length: > 0 } why ? $": {why}" : "")}";
                await session.AuditAsync(actor, "suppression.added", $"{request.Channel} {key}", now, detail, ct);
            },
            ct
        );
        return ChangeResult.Done;
    }

    /// <summary>Suppresses an address key in the transaction of the caller.</summary>
    /// <returns>False when the address was suppressed already, for a reason that stays.</returns>
    internal static async ValueTask<bool> WriteAsync(
        WriteSession session,
        CustomerId customer,
        SuppressAddressRequest request,
        string key,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var at = now.ToUnixTimeMilliseconds();
        var written = await session
            .Statement("Suppression/suppress")
            .Set("@customer", customer.Value)
            .Set("@channel", (short)request.Channel)
            .Set("@address_key", key)
            .Set("@reason", (short)request.Reason)
            .Set("@origin", (short)request.Origin)
            .Set("@evidence", request.Evidence)
            .Set("@delivery", request.Delivery?.Value)
            .Set("@campaign", request.Campaign?.Value)
            .Set("@at", at)
            .ExecuteNonQueryAsync(ct);
        if (request.Reason is not (SuppressionReason.OptOut or SuppressionReason.Complaint))
            return written > 0;
        var contact = request.Channel == Channel.Email ? key : "tel:" + key;
        await session
            .Statement("Suppression/record-opt-out")
            .Set("@customer", customer.Value)
            .Set("@contact_key", contact)
            .Set("@evidence", request.Evidence)
            .Set("@source", $"{request.Origin}".ToLowerInvariant())
            .Set("@at", at)
            .ExecuteNonQueryAsync(ct);
        await session
            .Statement("Suppression/unsubscribe-address")
            .Set("@customer", customer.Value)
            .Set("@contact_key", contact)
            .Set("@source", (short)(request.Origin == SuppressionOrigin.Api ? SubscriptionSource.Api : SubscriptionSource.Link))
            .Set("@at", at)
            .ExecuteNonQueryAsync(ct);
        return written > 0;
    }

    /// <summary>The key under which an address is suppressed; null with the reason when it is not an address.</summary>
    internal static string? KeyOf(Channel channel, string address, out string? error)
    {
        if (channel == Channel.Email)
            return EmailAddress.TryParse(address, out var email, out error) ? email.Key : null;
        if (channel == Channel.Letter)
        {
            error = string.IsNullOrWhiteSpace(address) ? "Give an address." : null;
            return error is null ? address.Trim() : null;
        }
        var good = PhoneNumber.TryParse(address, null, out var phone, out var fault);
        error = good ? null : PhoneNumber.Describe(fault);
        return good ? phone.E164 : null;
    }
}
