using System.Globalization;
using Estafette.Core.Contacts;
using Estafette.Core.Platform;

namespace Estafette.Core.Tracking.Unsubscribe;

/// <summary>What a person asked for with the token of a message, and what proves it.</summary>
/// <param name="Delivery">From the token.</param>
/// <param name="Means">"one-click" (RFC 8058), "page" or "mail".</param>
/// <param name="Wording">The sentence on the button, when there was one.</param>
/// <param name="Ip">Remote address.</param>
/// <param name="UserAgent">Program it came from.</param>
internal sealed record PersonAction(DeliveryId Delivery, string Means, string? Wording, string? Ip, string? UserAgent)
{
    /// <summary>One line for the suppression list.</summary>
    public string Evidence(DateTimeOffset at) =>
        string.Create(CultureInfo.InvariantCulture, $"{Means}, delivery {Delivery}, {at:u}, {Ip ?? "-"}, {Short(UserAgent) ?? "-"}");

    /// <summary>Stores the proof and returns its id; null when there is no contact to attach it to.</summary>
    public async ValueTask<long?> RecordConsentAsync(
        WriteSession session,
        Recipient recipient,
        ConsentPurpose purpose,
        bool granted,
        DateTimeOffset at,
        CancellationToken ct
    )
    {
        if (recipient.Contact is not { } contact)
            return null;
        var id = await session
            .Statement("Tracking/record-consent")
            .Set("@customer", recipient.Customer.Value)
            .Set("@contact", contact.Value)
            .Set("@purpose", (short)purpose)
            .Set("@granted", granted)
            .Set("@wording", Wording)
            .Set("@source", $"{Means}, delivery {Delivery}")
            .Set("@at", at.ToUnixTimeMilliseconds())
            .Set("@ip", Ip)
            .Set("@user_agent", Short(UserAgent))
            .ExecuteScalarAsync(ct);
        return Convert.ToInt64(id, CultureInfo.InvariantCulture);
    }

    private static string? Short(string? text) => text is { Length: > 256 } ? text[..256] : text;
}
