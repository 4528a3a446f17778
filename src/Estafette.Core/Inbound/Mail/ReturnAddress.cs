using Estafette.Core.Platform;
using Estafette.Core.Tracking;

namespace Estafette.Core.Inbound.Mail;

/// <summary>What an address below the return domain is for.</summary>
internal enum ReturnPurpose
{
    /// <summary>None of ours.</summary>
    None,

    /// <summary>Envelope sender of a delivery: bounces and reports.</summary>
    Return,

    /// <summary>List-Unsubscribe of a delivery.</summary>
    Unsubscribe,

    /// <summary>Read by people: abuse@, postmaster@, fbl@.</summary>
    People,
}

/// <summary>A local part below the return domain: <c>return-TOKEN</c>, <c>unsubscribe-TOKEN</c>, or one that people read.</summary>
/// <param name="Purpose">What it is for.</param>
/// <param name="Delivery">The delivery that the token proves; null without a valid one.</param>
internal readonly record struct ReturnAddress(ReturnPurpose Purpose, DeliveryId? Delivery)
{
    public const string ReturnPrefix = "return-";
    public const string UnsubscribePrefix = "unsubscribe-";

    public static ReturnAddress Read(string localPart, TrackingTokens tokens)
    {
        if (localPart.StartsWith(ReturnPrefix, StringComparison.OrdinalIgnoreCase))
            return new(ReturnPurpose.Return, tokens.TryReadVerp(localPart.AsSpan(ReturnPrefix.Length), out var returned) ? returned : null);
        if (localPart.StartsWith(UnsubscribePrefix, StringComparison.OrdinalIgnoreCase))
            return new(
                ReturnPurpose.Unsubscribe,
                tokens.TryReadUnsubscribe(localPart.AsSpan(UnsubscribePrefix.Length), out var leaving) ? leaving : null
            );
        return localPart.ToLowerInvariant() is "abuse" or "postmaster" or "fbl" or "complaints" ? new(ReturnPurpose.People, null) : default;
    }
}
