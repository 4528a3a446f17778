using System.Globalization;
using Estafette.Core.Platform;

namespace Estafette.Core.Suppression;

/// <summary>How often an address may fail before nothing is sent to it any more, besides addresses that do not exist, which are listed at once.</summary>
/// <remarks>Interfaces §1.11: permanent answers about the recipient 3 times within 365 days, temporary ones that became final 10 times within 180.</remarks>
internal static class BounceListing
{
    private static readonly TimeSpan PermanentWithin = TimeSpan.FromDays(365);
    private static readonly TimeSpan TemporaryWithin = TimeSpan.FromDays(180);
    private const int PermanentMost = 3;
    private const int TemporaryMost = 10;

    /// <summary>Counts a failure of one delivery, once, and lists the address when it was one too many.</summary>
    /// <param name="session">The transaction of whoever noted the failure.</param>
    /// <param name="customer">Whose address list.</param>
    /// <param name="request">What to list it with: address key as address.</param>
    /// <param name="isPermanent">The answer was permanent and about the recipient, or without a code.</param>
    /// <param name="now">When it failed.</param>
    /// <param name="ct">Stops before anything is written.</param>
    public static async ValueTask CountAsync(
        WriteSession session,
        CustomerId customer,
        SuppressAddressRequest request,
        bool isPermanent,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        if (request.Delivery is not { } delivery)
            return;
        var counted = await session
            .Prepare(
                """
                INSERT INTO bounce_counts (customer_id, channel, address_key, is_permanent, at, delivery_id)
                VALUES (@customer, @channel, @key, @permanent, @at, @delivery) ON CONFLICT (delivery_id) DO NOTHING
                """
            )
            .Set("@customer", customer.Value)
            .Set("@channel", (short)request.Channel)
            .Set("@key", request.Address)
            .Set("@permanent", isPermanent)
            .Set("@at", now.ToUnixTimeMilliseconds())
            .Set("@delivery", delivery.Value)
            .ExecuteNonQueryAsync(ct);
        if (counted == 0)
            return;
        var permanent = await FailuresAsync(session, customer, request, true, now - PermanentWithin, ct);
        var temporary = await FailuresAsync(session, customer, request, false, now - TemporaryWithin, ct);
        if (permanent >= PermanentMost || temporary >= TemporaryMost)
            await SuppressAddress.WriteAsync(session, customer, request, request.Address, now, ct);
    }

    private static async ValueTask<long> FailuresAsync(
        WriteSession session,
        CustomerId customer,
        SuppressAddressRequest request,
        bool isPermanent,
        DateTimeOffset since,
        CancellationToken ct
    ) =>
        Convert.ToInt64(
            await session
                .Prepare(
                    """
                    SELECT count(*) FROM bounce_counts
                    WHERE customer_id = @customer AND channel = @channel AND address_key = @key AND at >= @since AND is_permanent = @permanent
                    """
                )
                .Set("@customer", customer.Value)
                .Set("@channel", (short)request.Channel)
                .Set("@key", request.Address)
                .Set("@since", since.ToUnixTimeMilliseconds())
                .Set("@permanent", isPermanent)
                .ExecuteScalarAsync(ct),
            CultureInfo.InvariantCulture
        );
}
