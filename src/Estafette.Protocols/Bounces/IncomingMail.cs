using Estafette.Protocols.Mime;

namespace Estafette.Protocols.Bounces;

/// <summary>A message under judgment: its header fields and texts in the forms the readers need, each made once when it is asked for.</summary>
internal sealed class IncomingMail(MimePart root)
{
    private const int MaxReferences = 50;
    private const int MaxExtraFields = 100;
    private const int MaxParts = 200;
    private const int MaxValue = 1000;

    private string? _text;
    private string? _foldedSubject;
    private string? _foldedSender;
    private OwnWords? _own;
    private List<MimePart>? _parts;
    private List<string>? _returnAddresses;

    internal MimePart Root => root;

    /// <summary>The message and its parts, without what is inside attached messages.</summary>
    internal IReadOnlyList<MimePart> Parts => _parts ??= Outer(root);

    /// <summary>The readable text of the message, at most 64 K characters.</summary>
    internal string Text => _text ??= ReportText.Of(Parts);

    /// <summary>What the writer said, without what is quoted.</summary>
    internal OwnWords Own => _own ??= OwnWords.Of(Text);

    /// <summary>Subject in the form of the rules.</summary>
    internal string FoldedSubject => _foldedSubject ??= ReplyText.Fold(Short(root.Field("Subject")) ?? "");

    /// <summary>From with its address left whole, in lower case: display name and mailbox both tell a machine.</summary>
    internal string FoldedSender => _foldedSender ??= ReplyText.Fold((Short(root.Field("From")) ?? "").Replace('@', ' '));

    /// <summary>Addresses of ours this came to, most trusted first.</summary>
    internal IReadOnlyList<string> ReturnAddresses => _returnAddresses ??= FindReturnAddresses();

    /// <summary>Whether it answers something: by its subject or its thread fields.</summary>
    internal bool IsAnswer => BounceSigns.IsAnswer(FoldedSubject) || Has("In-Reply-To") || Has("References");

    /// <summary>Whether it went to a list of people: such a mail is never about one of ours.</summary>
    internal bool IsListMail => Has("List-Id") || Has("List-Unsubscribe") || Has("List-Post");

    internal bool Has(string field) => root.RawField(field) is not null;

    internal string? Field(string name) => Short(root.Field(name));

    /// <summary>A result with everything that identifies the message and its original.</summary>
    /// <param name="headerText">Header of the original where it stands in the text instead of a part; null to look for a part.</param>
    internal ReturnedMail Describe(ReturnedKind kind, string? headerText = null)
    {
        var original = headerText is null ? OriginalPart(Parts) : ReportText.ReadHeader(headerText);
        var about = original is null ? ReturnedOriginal.Nothing : Original(original);
        return new ReturnedMail
        {
            Kind = kind,
            ReturnAddresses = ReturnAddresses,
            Tokens =
            [
                .. ReturnAddresses
                    .Append(about.ReturnPath ?? "")
                    .Where(a => a.Length > 0)
                    .Select(MailAddresses.LocalPart)
                    .Distinct(StringComparer.Ordinal),
            ],
            From = MailAddresses.First(Field("From")),
            Subject = Field("Subject"),
            InReplyTo = MessageIds(Field("In-Reply-To")).FirstOrDefault(),
            References = [.. MessageIds(root.Field("References")).Take(MaxReferences)],
            Original = about,
        };
    }

    private static ReturnedOriginal Original(MimePart header) =>
        new()
        {
            MessageId = MessageIds(Short(header.Field("Message-ID"))).FirstOrDefault(),
            From = MailAddresses.First(Short(header.Field("From"))),
            To = [.. MailAddresses.All(Short(header.Field("To"))).Take(20)],
            ReturnPath = MailAddresses.First(Short(header.Field("Return-Path"))),
            Subject = Short(header.Field("Subject")),
            FeedbackId = Short(header.Field("Feedback-ID")),
            ListUnsubscribe = Short(header.Field("List-Unsubscribe")),
            ExtraFields =
            [
                .. header
                    .Fields.Where(f => f.Name.StartsWith("X-", StringComparison.OrdinalIgnoreCase))
                    .Take(MaxExtraFields)
                    .Select(f => KeyValuePair.Create(f.Name, Short(f.Value)!)),
            ],
        };

    private static MimePart? OriginalPart(IReadOnlyList<MimePart> parts)
    {
        foreach (var part in parts)
        {
            switch (part.ContentType)
            {
                case "message/rfc822" or "message/global" when part.Children.Count > 0:
                    return part.Children[0];
                case "message/rfc822" or "message/global" or "text/rfc822-headers" or "message/rfc822-headers" or "message/global-headers":
                    return ReportText.ReadHeader(ReportText.Decode(part));
            }
        }
        return null;
    }

    private List<string> FindReturnAddresses()
    {
        var addresses = new List<string>();
        foreach (
            var name in (ReadOnlySpan<string>)
                ["X-Original-To", "Delivered-To", "Envelope-To", "X-Envelope-To", "X-Rcpt-To", "Apparently-To", "To"]
        )
        {
            foreach (var field in root.Fields.Where(f => f.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Take(10))
                addresses.AddRange(MailAddresses.All(Short(field.Value)).Take(20));
        }
        // The clause "for <address>" of the last host, which is ours (RFC 5321 §4.4).
        if (Field("Received") is { } received && received.LastIndexOf(" for ", StringComparison.Ordinal) is >= 0 and var at)
            addresses.AddRange(MailAddresses.All(received[(at + 5)..].Split(';')[0]).Take(1));
        return [.. addresses.Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    private static IEnumerable<string> MessageIds(string? value)
    {
        var at = 0;
        while (value is not null && value.IndexOf('<', at) is >= 0 and var start && value.IndexOf('>', start) is >= 0 and var end)
        {
            if (end > start + 1 && end - start < 500)
                yield return value[(start + 1)..end];
            at = end + 1;
        }
    }

    private static List<MimePart> Outer(MimePart root)
    {
        var parts = new List<MimePart>();
        var waiting = new Stack<MimePart>();
        waiting.Push(root);
        while (waiting.TryPop(out var part) && parts.Count < MaxParts)
        {
            parts.Add(part);
            if (!part.ContentType.StartsWith("multipart/", StringComparison.Ordinal))
                continue;
            for (var i = part.Children.Count - 1; i >= 0; i--)
                waiting.Push(part.Children[i]);
        }
        return parts;
    }

    private static string? Short(string? value) => value is { Length: > MaxValue } ? value[..MaxValue] : value;
}
