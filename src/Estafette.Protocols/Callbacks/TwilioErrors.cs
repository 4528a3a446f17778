using static Estafette.Protocols.Callbacks.CallbackEventKind;

namespace Estafette.Protocols.Callbacks;

/// <summary>What one of Twilio's error codes means for a message.</summary>
/// <param name="Event">How the delivery ends.</param>
/// <param name="Meaning">English, for a reader; the provider's own text goes first where there is one.</param>
/// <param name="Transient">Whether a later attempt of ours may work.</param>
/// <param name="Listing">What the code says about the address.</param>
public sealed record TwilioError(
    CallbackEventKind Event,
    string Meaning,
    bool Transient = false,
    CallbackListing Listing = CallbackListing.None
);

/// <summary>Twilio's error codes that mean something for one message; codes about the account concern whoever sends.</summary>
public static class TwilioErrors
{
    private const bool Retry = true;

    private static readonly Dictionary<string, TwilioError> _errors = new(StringComparer.Ordinal)
    {
        ["21211"] = new(Rejected, "The number is not valid."),
        ["21214"] = new(Rejected, "The number cannot be reached."),
        ["21217"] = new(Rejected, "The number cannot be reached."),
        ["21614"] = new(Rejected, "The number is not a mobile number."),
        ["21408"] = new(Rejected, "The account may not send to this region."),
        ["21602"] = new(Rejected, "The text is empty."),
        ["21617"] = new(Rejected, "The text is too long."),
        ["21608"] = new(Rejected, "A trial account may write only to verified numbers."),
        ["21606"] = new(Rejected, "The sending number cannot be used."),
        ["21607"] = new(Rejected, "The sending number cannot be used."),
        ["21212"] = new(Rejected, "The sending number is not valid."),
        ["21659"] = new(Rejected, "The sending number does not belong to the account."),
        ["21610"] = new(Suppressed, "The person answered STOP to this sender.", Listing: CallbackListing.OptOut),
        ["21611"] = new(SoftBounced, "The queue of this sender is full.", Retry),
        ["21612"] = new(Rejected, "There is no way from this sender to this number."),
        ["30001"] = new(SoftBounced, "The queue overflowed.", Retry),
        ["30002"] = new(Rejected, "The account is suspended."),
        ["30003"] = new(SoftBounced, "The handset is unreachable.", Retry),
        ["30004"] = new(Rejected, "The message was blocked on its way; this is no opt-out."),
        ["30005"] = new(HardBounced, "The handset is unknown."),
        ["30006"] = new(HardBounced, "A land line, or a carrier that cannot be reached."),
        ["30007"] = new(Rejected, "The carrier filtered the message."),
        ["30008"] = new(SoftBounced, "Unknown error.", Retry),
        ["30010"] = new(Rejected, "The price is above the highest allowed."),
        ["30017"] = new(SoftBounced, "The carrier's network is congested.", Retry),
        ["30034"] = new(Rejected, "The sending number is not registered with the carriers."),
        ["63003"] = new(HardBounced, "The address does not exist on this channel."),
        ["63007"] = new(Rejected, "The channel has no such sender."),
        ["63013"] = new(Rejected, "The channel's policy forbids the message."),
        ["63016"] = new(Rejected, "Free text is allowed only within 24 hours of the person's last message; use an approved template."),
        ["63018"] = new(SoftBounced, "The channel's rate limit is reached.", Retry),
        ["63020"] = new(Rejected, "The channel's business account is not ready to send."),
        ["63021"] = new(Rejected, "The channel finds the content not valid."),
        ["63022"] = new(Rejected, "The channel finds the business card not valid."),
        ["63024"] = new(HardBounced, "The recipient is not valid on this channel."),
        ["63030"] = new(Rejected, "The channel does not take a parameter of the message."),
        ["63032"] = new(SoftBounced, "The channel chose not to deliver to this person."),
        ["63049"] = new(SoftBounced, "The channel limits advertising to this person; wait a day at least."),
    };

    /// <summary>The meaning of a code; null for one that we do not know.</summary>
    public static TwilioError? Find(string code) => _errors.GetValueOrDefault(code);
}
