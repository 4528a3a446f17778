namespace Estafette.Protocols.Bounces;

/// <summary>Reads spam reports of feedback loops (RFC 5965) and the older form of Microsoft's, which is the message alone.</summary>
/// <remarks>
/// Only abuse and fraud are complaints; virus, other, not-spam (RFC 6430) and auth-failure (RFC 6591) ask nothing of a list, so their kind is none.
/// The recipient is often redacted: then its address is null, and the tokens in the original tell who complained.
/// </remarks>
internal static class FeedbackReport
{
    internal static ReturnedMail? Read(IncomingMail mail)
    {
        foreach (var part in mail.Parts)
        {
            if (part.ContentType == "message/feedback-report")
                return Judge(mail, ReportText.Decode(part));
        }
        return ReadMicrosoft(mail);
    }

    private static ReturnedMail Judge(IncomingMail mail, string text)
    {
        // One block; blank lines inside it are a frequent fault.
        var fields = DeliveryStatusReport.Groups(text).SelectMany(g => g).DistinctBy(f => f.Key).ToDictionary(f => f.Key, f => f.Value);
        var type = (fields.GetValueOrDefault("feedback-type") ?? "abuse").Trim().ToLowerInvariant();
        var isComplaint = type is "abuse" or "fraud" or "complaint";
        var described = mail.Describe(isComplaint ? ReturnedKind.Complaint : ReturnedKind.None);
        return described with
        {
            Recipients = isComplaint ? Recipients(text, described) : [],
            FeedbackType = type,
            SourceIp = fields.GetValueOrDefault("source-ip"),
            OriginalSender = MailAddresses.OfField(fields.GetValueOrDefault("original-mail-from")),
            EnvelopeId = fields.GetValueOrDefault("original-envelope-id"),
            ReportingMta = Last(fields.GetValueOrDefault("reporting-mta")),
            ArrivalDate = MailDate.Read(fields.GetValueOrDefault("arrival-date") ?? fields.GetValueOrDefault("received-date")),
            Format = "arf",
        };
    }

    // RFC 5965 §3.2: Original-Rcpt-To may come several times; Removal-Recipient is what some receivers write.
    private static IReadOnlyList<ReturnedRecipient> Recipients(string text, ReturnedMail described)
    {
        var addresses = new List<string?>();
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (
                addresses.Count < ReturnedMessage.MaxRecipients
                && (
                    line.StartsWith("Original-Rcpt-To:", StringComparison.OrdinalIgnoreCase)
                    || line.StartsWith("Removal-Recipient:", StringComparison.OrdinalIgnoreCase)
                )
                && MailAddresses.OfField(line[(line.IndexOf(':') + 1)..].ToString()) is { } address
                && !addresses.Contains(address, StringComparer.OrdinalIgnoreCase)
            )
                addresses.Add(address);
        }
        if (addresses.Count == 0)
            addresses.Add(
                described.Original.To is [var only] && !only.Contains("redacted", StringComparison.OrdinalIgnoreCase) ? only : null
            );
        return [.. addresses.Select(a => new ReturnedRecipient { Address = a })];
    }

    private static ReturnedMail? ReadMicrosoft(IncomingMail mail)
    {
        var attached = mail.Parts.FirstOrDefault(p => p.ContentType == "message/rfc822" && p.Children.Count > 0)?.Children[0] ?? mail.Root;
        if (attached.RawField("X-HmXmrOriginalRecipient") is not { } address)
            return null;
        return mail.Describe(ReturnedKind.Complaint) with
        {
            Recipients = [new ReturnedRecipient { Address = MailAddresses.First(address) }],
            FeedbackType = "abuse",
            Format = "jmrp",
        };
    }

    private static string? Last(string? value) => value?[(value.IndexOf(';', StringComparison.Ordinal) + 1)..].Trim();
}
