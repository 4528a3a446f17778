using System.Text;

namespace Estafette.Protocols.Callbacks;

/// <summary>The envelope in which a topic (Amazon SNS, and services that speak its protocol) delivers over HTTP.</summary>
internal sealed record SnsMessage(JsonTree Envelope)
{
    public const string Notification = "Notification";
    public const string Confirmation = "SubscriptionConfirmation";
    public const string Ended = "UnsubscribeConfirmation";

    private static readonly string[] _notificationFields = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"];
    private static readonly string[] _subscriptionFields =
    [
        "Message",
        "MessageId",
        "SubscribeURL",
        "Timestamp",
        "Token",
        "TopicArn",
        "Type",
    ];

    public string Type => Envelope["Type"].Text ?? "";

    public string TopicArn => Envelope["TopicArn"].Text ?? "";

    public bool IsSubscription => Type is Confirmation or Ended;

    /// <summary>The envelope in a body, or null when the body is something else, such as raw delivery.</summary>
    public static SnsMessage? In(JsonTree body) =>
        body["Type"].Text is Notification or Confirmation or Ended && body["TopicArn"].Text is not null ? new SnsMessage(body) : null;

    /// <summary>The text that is signed: each field of a fixed list that is present, name and value on lines of their own.</summary>
    public byte[] SignedText()
    {
        var text = new StringBuilder();
        foreach (var name in IsSubscription ? _subscriptionFields : _notificationFields)
        {
            if (Envelope[name] is { Kind: System.Text.Json.JsonValueKind.String } field)
                text.Append(name).Append('\n').Append(field.Text).Append('\n');
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
