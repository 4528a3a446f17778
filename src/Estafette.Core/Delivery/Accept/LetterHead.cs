using System.Text.Json;
using System.Text.Json.Serialization;
using Estafette.Protocols.Addresses;
using Estafette.Protocols.Mime;

namespace Estafette.Core.Delivery.Accept;

/// <summary>
/// What the header fields of one accepted message say besides the sender and the one recipient: who else is addressed, where answers go, the caller's own
/// fields, a subject of its own. Stored as JSON with the delivery.
/// </summary>
internal sealed record LetterHead
{
    /// <summary>Everybody in To; empty: the recipient alone.</summary>
    [JsonPropertyName("to")]
    public IReadOnlyList<LetterAddress> To { get; init; } = [];

    [JsonPropertyName("cc")]
    public IReadOnlyList<LetterAddress> Cc { get; init; } = [];

    [JsonPropertyName("reply")]
    public IReadOnlyList<LetterAddress> ReplyTo { get; init; } = [];

    /// <summary>Names and values, checked when they were accepted.</summary>
    [JsonPropertyName("fields")]
    public IReadOnlyDictionary<string, string> Fields { get; init; } = new Dictionary<string, string>();

    /// <summary>Takes the place of the content's subject.</summary>
    [JsonPropertyName("subject")]
    public string? Subject { get; init; }

    [JsonIgnore]
    public string? FirstReplyTo => ReplyTo.Count > 0 ? ReplyTo[0].Email : null;

    private static readonly JsonSerializerOptions Compact = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault };

    public static LetterHead? Read(string? json) => json is null ? null : JsonSerializer.Deserialize<LetterHead>(json);

    public string ToJson() => JsonSerializer.Serialize(this, Compact);

    /// <summary>The name under which somebody is addressed.</summary>
    public string? NameOf(EmailAddress address) => To.FirstOrDefault(t => t.Email == address.Address)?.Name;

    /// <summary>The same without an address; null when nobody of that address is named.</summary>
    public LetterHead? Without(string address)
    {
        return To.Concat(Cc).Concat(ReplyTo).Any(IsIt)
            ? this with
            {
                To = [.. To.Where(a => !IsIt(a))],
                Cc = [.. Cc.Where(a => !IsIt(a))],
                ReplyTo = [.. ReplyTo.Where(a => !IsIt(a))],
            }
            : null;

        bool IsIt(LetterAddress other) => string.Equals(other.Email, address, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Writes To, Cc, Reply-To and the caller's own fields.</summary>
    public void Write(MimeBuffer output, EmailAddress recipient)
    {
        var to = Mailboxes(To);
        MimeHeaders.WriteMailboxes(output, "To", to.Count > 0 ? to : [new DisplayMailbox(null, recipient)]);
        if (Mailboxes(Cc) is { Count: > 0 } cc)
            MimeHeaders.WriteMailboxes(output, "Cc", cc);
        if (Mailboxes(ReplyTo) is { Count: > 0 } reply)
            MimeHeaders.WriteMailboxes(output, "Reply-To", reply);
        foreach (var (name, value) in Fields)
            if (MailHeaderRules.IsIdentifierList(name))
                MimeHeaders.WriteToken(output, name, value);
            else
                MimeHeaders.WriteText(output, name, value);
    }

    private static List<DisplayMailbox> Mailboxes(IReadOnlyList<LetterAddress> addresses)
    {
        var mailboxes = new List<DisplayMailbox>(addresses.Count);
        foreach (var (email, name) in addresses)
            if (EmailAddress.TryParse(email, out var address, out _))
                mailboxes.Add(new DisplayMailbox(name, address));
        return mailboxes;
    }
}

/// <summary>An address with the name it is shown with.</summary>
internal sealed record LetterAddress(
    [property: JsonPropertyName("e")] string Email,
    [property: JsonPropertyName("n"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Name
);
