namespace Estafette.Protocols.Callbacks;

/// <summary>What was read from one call.</summary>
/// <param name="Authenticated">Whether the provider itself made the call. Events of any other call are for showing only.</param>
/// <param name="Refusal">Why the call is not accepted: not authentic, or not readable; null when it is both.</param>
/// <param name="Events">The events that could be read, in their order, authentic or not.</param>
public sealed record CallbackResult(bool Authenticated, string? Refusal, IReadOnlyList<CallbackEvent> Events)
{
    /// <summary>Whether the events may be recorded.</summary>
    public bool Accepted => Authenticated && Refusal is null;

    /// <summary>Why the body cannot be read, authentic or not; null when it can.</summary>
    public string? Fault { get; init; }

    /// <summary>A subscription to a topic that begins or ends; null for ordinary calls.</summary>
    public SnsSubscription? Subscription { get; init; }

    /// <summary>Mailgun's token, good for one call: the caller remembers it for twice <see cref="CallbackSecret.MaxAge"/> and refuses its return.</summary>
    public string? OneTimeToken { get; init; }
}

/// <summary>A topic asks us to confirm a subscription, or tells that one ended.</summary>
/// <param name="Type"><c>SubscriptionConfirmation</c> or <c>UnsubscribeConfirmation</c>.</param>
/// <param name="TopicArn">The topic.</param>
/// <param name="SubscribeUrl">Fetching it (GET) confirms; null when it does not lead to the provider.</param>
/// <param name="TopicConfigured">Whether the topic is among the configured ones; without that never confirm.</param>
public sealed record SnsSubscription(string Type, string TopicArn, Uri? SubscribeUrl, bool TopicConfigured);
