using System.Globalization;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Core.Suppression;
using Estafette.Core.Tracking;
using Estafette.Protocols.Bounces;
using Estafette.Protocols.Callbacks;

namespace Estafette.Core.Inbound.Callbacks;

/// <summary>What is kept of one event of a provider until it is applied.</summary>
internal sealed record StoredEvent
{
    /// <summary>Our number, as the provider gave it back; 0 without.</summary>
    public long Delivery { get; init; }

    /// <summary>Message id as the provider knows it; our Message-ID proves the delivery when the number is missing.</summary>
    public string? MessageId { get; init; }
    public CallbackEventKind Kind { get; init; }
    public string? Name { get; init; }
    public string? Recipient { get; init; }
    public DateTimeOffset At { get; init; }
    public string? Text { get; init; }
    public string? Status { get; init; }
    public string? Code { get; init; }
    public CallbackListing Listing { get; init; }

    public static StoredEvent Of(CallbackEvent told, DateTimeOffset receivedAt) =>
        new()
        {
            Delivery = NumberIn(told.Metadata),
            MessageId = told.Metadata.GetValueOrDefault("smtp-id") ?? told.Metadata.GetValueOrDefault("message-id") ?? told.MessageId,
            Kind = told.Event,
            Name = told.Name,
            Recipient = told.Recipient,
            At = told.Timestamp is { } at && at < receivedAt ? at : receivedAt,
            Text = ApplyFarEnd.Clean(told.Reason ?? told.Name),
            Status = told.Status,
            Code = told.Code,
            Listing = told.Listing,
        };

    private static long NumberIn(IReadOnlyDictionary<string, string> metadata)
    {
        foreach (var name in new[] { "estafette_id", "CustomID", "customid", "X-Mailin-custom", "x-mailin-custom" })
            if (
                metadata.TryGetValue(name, out var text)
                && long.TryParse(text.AsSpan(text.LastIndexOf(':') + 1).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            )
                return id;
        return 0;
    }

    /// <summary>What it says about a delivery of the customer; null when it names none.</summary>
    public FarEndWord? ToWord(CustomerId customer, TrackingTokens tokens)
    {
        if (FindDelivery(tokens) is not { } delivery)
            return null;
        var (fact, blame, origin) = Meaning();
        return new FarEndWord(delivery, fact, At, DeliveryEventSource.Provider, Text)
        {
            Customer = customer,
            Blame = blame,
            Status = Status,
            Origin = origin,
        };
    }

    private DeliveryId? FindDelivery(TrackingTokens tokens)
    {
        if (Delivery > 0)
            return new DeliveryId(Delivery);
        var id = MessageId?.Trim('<', '>', ' ') ?? "";
        return id.IndexOf('@', StringComparison.Ordinal) is > 0 and var at && tokens.TryReadVerp(id.AsSpan(0, at), out var found)
            ? found
            : null;
    }

    private (FarEndFact Fact, FarEndBlame Blame, SuppressionOrigin Origin) Meaning() =>
        Kind switch
        {
            CallbackEventKind.Deferred => (FarEndFact.Deferred, FarEndBlame.None, SuppressionOrigin.Bounce),
            CallbackEventKind.Delivered => (FarEndFact.Delivered, FarEndBlame.None, SuppressionOrigin.Bounce),
            CallbackEventKind.SoftBounced => (FarEndFact.SoftBounced, BlameOfSoft(), SuppressionOrigin.Bounce),
            CallbackEventKind.HardBounced => (FarEndFact.HardBounced, BlameOfHard(), SuppressionOrigin.Bounce),
            CallbackEventKind.Rejected => (FarEndFact.Rejected, FarEndBlame.None, SuppressionOrigin.Bounce),
            CallbackEventKind.Suppressed => OfListing(),
            CallbackEventKind.Complained => (FarEndFact.Complained, FarEndBlame.None, SuppressionOrigin.FeedbackLoop),
            CallbackEventKind.Unsubscribed => (FarEndFact.Unsubscribed, FarEndBlame.None, SuppressionOrigin.Web),
            _ => (FarEndFact.Note, FarEndBlame.None, SuppressionOrigin.Bounce),
        };

    /// <summary>The provider did not send because of its own list: ours then says the same.</summary>
    private (FarEndFact, FarEndBlame, SuppressionOrigin) OfListing() =>
        Listing switch
        {
            CallbackListing.OptOut => (FarEndFact.Unsubscribed, FarEndBlame.None, SuppressionOrigin.Web),
            CallbackListing.Complaint => (FarEndFact.Complained, FarEndBlame.None, SuppressionOrigin.FeedbackLoop),
            CallbackListing.HardBounce => (FarEndFact.Rejected, FarEndBlame.List, SuppressionOrigin.Bounce),
            _ => (FarEndFact.Rejected, FarEndBlame.None, SuppressionOrigin.Bounce),
        };

    // A refusal of the sender or the content says nothing about the address, whatever the provider calls it.
    private FarEndBlame BlameOfHard() => Verdict().Class == BounceClass.Block ? FarEndBlame.None : FarEndBlame.List;

    private FarEndBlame BlameOfSoft() =>
        Verdict() switch
        {
            { Class: BounceClass.Block or BounceClass.Transient } => FarEndBlame.None,
            { Reason: BounceReason.MailboxFull } => FarEndBlame.CountTemporary,
            { Status: ['5', ..] } => FarEndBlame.CountPermanent,
            _ => FarEndBlame.CountTemporary,
        };

    private ReplyVerdict Verdict() =>
        ReplyClassifier.Classify(
            int.TryParse(Code, NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code : null,
            Status,
            Text ?? ""
        );
}
