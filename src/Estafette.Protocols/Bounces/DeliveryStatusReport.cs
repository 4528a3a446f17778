using System.Globalization;

namespace Estafette.Protocols.Bounces;

/// <summary>Reads delivery status notifications (RFC 3464), their internationalised form (RFC 6533) and the usual damages of both.</summary>
/// <remarks>
/// Action decides: failed, delayed, or delivered/relayed/expanded; where it is missing, the first digit of Status. Only failed recipients are
/// classified for action. A failed recipient with a passing cause (4.x.x, no connection, expired) is soft: the far server has given up. Greylisting
/// and rates stay transient even then, for they are never the recipient's fault.
/// The text of the report is asked when the diagnostic says nothing, and only for a single recipient.
/// </remarks>
internal static class DeliveryStatusReport
{
    private const int MaxDiagnostic = 2000;
    private const int MaxFields = 20_000;

    private enum Outcome
    {
        Failed,
        Delayed,
        Delivered,
    }

    internal static ReturnedMail? Read(IncomingMail mail)
    {
        foreach (var part in mail.Parts)
        {
            if (part.ContentType is "message/delivery-status" or "message/global-delivery-status")
            {
                var groups = Groups(ReportText.Decode(part));
                return groups.Exists(IsRecipient) ? Judge(mail, groups, "dsn") : null;
            }
        }
        return null;
    }

    /// <summary>A report whose fields stand in the text: made by gateways that know no multipart, or broken on the way.</summary>
    internal static ReturnedMail? ReadText(IncomingMail mail, string text)
    {
        var at = text.IndexOf("Final-Recipient:", StringComparison.OrdinalIgnoreCase);
        if (at < 0 || !text.AsSpan(at).Contains("Action:", StringComparison.OrdinalIgnoreCase))
            return null;
        var start = text.IndexOf("Reporting-MTA:", StringComparison.OrdinalIgnoreCase);
        var groups = Groups(text[(start >= 0 && start < at ? start : at)..]);
        return groups.Exists(IsRecipient) ? Judge(mail, groups, "dsn-text") : null;
    }

    private static ReturnedMail Judge(IncomingMail mail, List<Dictionary<string, string>> groups, string format)
    {
        var about = groups.Find(g => !IsRecipient(g)) ?? groups[0];
        var described = mail.Describe(ReturnedKind.Bounce);
        var outcomes = new List<Outcome>();
        var recipients = new List<ReturnedRecipient>();
        var blocks = groups.FindAll(IsRecipient);
        foreach (var block in blocks)
        {
            if (recipients.Count == ReturnedMessage.MaxRecipients)
                break;
            var outcome = OutcomeOf(block);
            outcomes.Add(outcome);
            recipients.Add(Recipient(mail, described, block, outcome, isOnly: blocks.Count == 1));
        }
        return described with
        {
            Kind =
                outcomes.Contains(Outcome.Failed) ? ReturnedKind.Bounce
                : outcomes.Contains(Outcome.Delayed) ? ReturnedKind.Delayed
                : ReturnedKind.Delivered,
            Recipients = recipients,
            EnvelopeId = about
                .GetValueOrDefault("original-envelope-id")
                ?.Replace("+2B", "+", StringComparison.Ordinal)
                .Replace("+3D", "=", StringComparison.Ordinal),
            ReportingMta = Host(about.GetValueOrDefault("reporting-mta")),
            ArrivalDate = MailDate.Read(about.GetValueOrDefault("arrival-date")),
            OriginalSender = MailAddresses.OfField(
                about.GetValueOrDefault("x-postfix-sender")
                    ?? about.GetValueOrDefault("x-original-sender")
                    ?? about.GetValueOrDefault("x-sender")
            ),
            Format = format,
        };
    }

    private static ReturnedRecipient Recipient(
        IncomingMail mail,
        ReturnedMail described,
        Dictionary<string, string> block,
        Outcome outcome,
        bool isOnly
    )
    {
        var final =
            MailAddresses.OfField(block.GetValueOrDefault("final-recipient"))
            ?? MailAddresses.OfField(block.GetValueOrDefault("x-actual-recipient"));
        var address =
            MailAddresses.OfField(block.GetValueOrDefault("original-recipient"))
            ?? final
            ?? (isOnly && described.Original.To is [var only] ? only : null);
        var diagnostic = Diagnostic(block);
        var recipient = new ReturnedRecipient
        {
            Address = address,
            FinalAddress = final is null || final.Equals(address, StringComparison.OrdinalIgnoreCase) ? null : final,
            RemoteMta = Host(block.GetValueOrDefault("remote-mta")),
            Diagnostic = diagnostic,
            Status = ReplyCodes.Status(block.GetValueOrDefault("status") ?? ""),
        };
        if (outcome == Outcome.Delivered)
            return recipient;
        var verdict = Verdict(mail, recipient.Status, diagnostic, isOnly);
        return recipient with
        {
            Class = outcome == Outcome.Failed ? FinalClass(verdict) : verdict.Class,
            Reason = verdict.Reason,
            Action = outcome == Outcome.Failed ? BounceWords.ActionOf(FinalClass(verdict)) : BounceAction.None,
            Status = verdict.Status,
            Code = verdict.Code,
            Rule = verdict.Rule,
        };
    }

    /// <summary>Class of a refusal after which the far server no longer tries.</summary>
    internal static BounceClass FinalClass(ReplyVerdict verdict) =>
        verdict.Class == BounceClass.Transient
        && verdict.Reason
            is not (
                BounceReason.Greylisted
                or BounceReason.RateLimited
                or BounceReason.TooManyConnections
                or BounceReason.Tls
                or BounceReason.Protocol
            )
            ? BounceClass.Soft
            : verdict.Class;

    private static ReplyVerdict Verdict(IncomingMail mail, string? status, string diagnostic, bool isOnly)
    {
        var (code, said) = ReplyCodes.Find(diagnostic);
        // 5.0.0 is what servers write when they do not know; the status in the reply itself is better.
        if (said is not null && (status is null || status.EndsWith(".0", StringComparison.Ordinal)))
            status = said;
        var verdict = ReplyClassifier.Classify(code, status, diagnostic);
        if (!isOnly || !IsVague(verdict, diagnostic))
            return verdict;
        var words = ReplyClassifier.Classify(code, status, mail.Text.Length > 4096 ? mail.Text[..4096] : mail.Text);
        return words.Rule.StartsWith("reply-rules", StringComparison.Ordinal) ? words : verdict;
    }

    private static bool IsVague(ReplyVerdict verdict, string diagnostic) =>
        verdict.Reason == BounceReason.Other
        || (
            string.IsNullOrWhiteSpace(diagnostic)
            && verdict.Reason
                is BounceReason.Policy
                    or BounceReason.Network
                    or BounceReason.Routing
                    or BounceReason.SystemBusy
                    or BounceReason.Content
                    or BounceReason.Protocol
        );

    private static Outcome OutcomeOf(Dictionary<string, string> block)
    {
        var action = block.GetValueOrDefault("action") ?? "";
        if (action.StartsWith("fail", StringComparison.OrdinalIgnoreCase))
            return Outcome.Failed;
        if (action.StartsWith("delay", StringComparison.OrdinalIgnoreCase))
            return Outcome.Delayed;
        if (
            action.StartsWith("deliver", StringComparison.OrdinalIgnoreCase)
            || action.StartsWith("relay", StringComparison.OrdinalIgnoreCase)
            || action.StartsWith("expand", StringComparison.OrdinalIgnoreCase)
        )
            return Outcome.Delivered;
        return block.GetValueOrDefault("status")?.StartsWith('2') == true ? Outcome.Delivered : Outcome.Failed;
    }

    private static string Diagnostic(Dictionary<string, string> block)
    {
        var text =
            block.GetValueOrDefault("diagnostic-code")
            ?? block.GetValueOrDefault("x-supplementary-info")
            ?? block.GetValueOrDefault("x-notes")
            ?? "";
        var semicolon = text.IndexOf(';', StringComparison.Ordinal);
        // The type in front ("smtp;", "X-Postfix;"), which some leave out.
        if (semicolon is > 0 and < 30 && !text.AsSpan(0, semicolon).Contains(' '))
            text = text[(semicolon + 1)..];
        // A remark of the Status field: "5.1.1 (bad destination mailbox address)".
        if (
            text.Length == 0
            && block.GetValueOrDefault("status") is { } status
            && status.IndexOf(' ', StringComparison.Ordinal) is > 0 and var at
        )
            text = status[at..];
        text = text.Trim();
        return text.Length > MaxDiagnostic ? text[..MaxDiagnostic] : text;
    }

    private static string? Host(string? value)
    {
        if (value is null)
            return null;
        var semicolon = value.IndexOf(';', StringComparison.Ordinal);
        var host = value[(semicolon + 1)..].Trim();
        return host.Length == 0 ? null : host;
    }

    private static bool IsRecipient(Dictionary<string, string> group) =>
        group.ContainsKey("final-recipient") || group.ContainsKey("original-recipient") || group.ContainsKey("action");

    /// <summary>Blocks of fields between blank lines, unfolded; a field that comes again begins a block when it names a recipient.</summary>
    internal static List<Dictionary<string, string>> Groups(string text)
    {
        var groups = new List<Dictionary<string, string>>();
        var group = New();
        var name = "";
        var count = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (line.IsWhiteSpace())
            {
                Close();
                continue;
            }
            if (line[0] is ' ' or '\t')
            {
                if (group.TryGetValue(name, out var before) && before.Length < 2 * MaxDiagnostic)
                    group[name] = string.Concat(before, " ", line.Trim());
                continue;
            }
            var colon = line.IndexOf(':');
            if (colon is <= 0 or > 80 || ++count > MaxFields)
                continue;
            name = line[..colon].Trim().ToString().ToLowerInvariant();
            if (name is "final-recipient" or "original-recipient" && group.ContainsKey(name))
            {
                Close();
                name = line[..colon].Trim().ToString().ToLowerInvariant();
            }
            group.TryAdd(name, line[(colon + 1)..].Trim().ToString());
        }
        Close();
        return groups;

        void Close()
        {
            if (group.Count > 0)
                groups.Add(group);
            group = New();
            name = "";
        }

        static Dictionary<string, string> New() => new(StringComparer.Ordinal);
    }
}

/// <summary>Dates of mail fields (RFC 5322 §3.3).</summary>
internal static class MailDate
{
    internal static DateTimeOffset? Read(string? value)
    {
        if (value is null)
            return null;
        var remark = value.IndexOf('(', StringComparison.Ordinal);
        var text = (remark < 0 ? value : value[..remark]).Trim();
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? date : null;
    }
}
