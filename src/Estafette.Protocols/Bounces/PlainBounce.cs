using System.Text;

namespace Estafette.Protocols.Bounces;

/// <summary>Recognises and reads bounces of no standard form: qmail, Exim, Sendmail, Exchange, Notes and everything home-made.</summary>
/// <remarks>
/// A bounce needs two signs of three (sender, subject, opening words), or a field only bounces have, or a machine's sender together with a refusal
/// whose words are understood. Its lines are then read with bounce-lines.tsv: lines that name a recipient, and lines where the copy of our
/// message begins. What stands between one recipient and the next belongs to the first of them.
/// </remarks>
internal static class PlainBounce
{
    private const int MaxLines = 1000;
    private const int MaxRecipients = 200;
    private const int MaxDiagnostic = 2000;
    private const int MaxReport = 6000;

    private sealed class Found(string address)
    {
        internal string Address => address;
        internal StringBuilder Text { get; } = new();
    }

    internal static ReturnedMail? Read(IncomingMail mail)
    {
        // A newsletter may speak of failed deliveries; no server puts these fields on a bounce.
        if (mail.IsListMail)
            return null;
        var isMarked = mail.Has("X-Failed-Recipients") || IsReport(mail);
        var isMachine = IsMachine(mail);
        var subject = BounceSigns.IsAnswer(mail.FoldedSubject) ? null : BounceSigns.Subject.Match(mail.FoldedSubject);
        if (!isMarked && !isMachine && subject is null)
            return null;
        var opening = BounceSigns.Opening.Match(mail.Own.Opening);
        var signs = (isMachine ? 1 : 0) + (subject is null ? 0 : 1) + (opening is null ? 0 : 1);
        if (!isMarked && signs < 2 && !(isMachine && IsRefusal(mail)))
            return null;
        if (DeliveryStatusReport.ReadText(mail, mail.Text) is { } report)
            return report;
        var meaning = (opening ?? subject)?.Meaning ?? "bounce other";
        var isDelay = meaning.StartsWith("delayed", StringComparison.Ordinal);
        return Judge(
            mail,
            isDelay ? ReturnedKind.Delayed : ReturnedKind.Bounce,
            meaning[(meaning.IndexOf(' ', StringComparison.Ordinal) + 1)..]
        );
    }

    private static ReturnedMail Judge(IncomingMail mail, ReturnedKind kind, string format)
    {
        var found = new List<Found>();
        var report = new StringBuilder();
        var copy = ReadLines(mail, found, report);
        var described = mail.Describe(kind, copy);
        if (described.Original == ReturnedOriginal.Nothing && copy is not null)
            described = mail.Describe(kind);
        var text = report.ToString();
        foreach (var address in MailAddresses.All(mail.Field("X-Failed-Recipients")).Take(MaxRecipients))
            Of(found, address);
        if (found.Count == 0 && FirstOther(mail, text) is { } named)
            Of(found, named);
        if (found.Count == 0 && described.Original.To is [var only])
            Of(found, only);
        return described with
        {
            Recipients =
                found.Count == 0
                    ? [Recipient(null, "", text, kind)]
                    : [.. found.Select(f => Recipient(f.Address, f.Text.ToString(), text, kind))],
            Format = format,
        };
    }

    private static ReturnedRecipient Recipient(string? address, string own, string report, ReturnedKind kind)
    {
        var verdict = ReplyClassifier.Classify(null, null, own);
        if (verdict.Reason == BounceReason.Other)
        {
            var whole = ReplyClassifier.Classify(verdict.Code, verdict.Status, report);
            verdict =
                whole.Reason == BounceReason.Other && own.Length > 0 ? verdict with { Code = whole.Code, Status = whole.Status } : whole;
        }
        var diagnostic = (own.Length > 0 ? own : report).Trim();
        var bounceClass = kind == ReturnedKind.Bounce ? DeliveryStatusReport.FinalClass(verdict) : verdict.Class;
        return new ReturnedRecipient
        {
            Address = address,
            Class = bounceClass,
            Reason = verdict.Reason,
            Action = kind == ReturnedKind.Bounce ? BounceWords.ActionOf(bounceClass) : BounceAction.None,
            Status = verdict.Status,
            Code = verdict.Code,
            Diagnostic = diagnostic.Length > MaxDiagnostic ? diagnostic[..MaxDiagnostic] : diagnostic,
            Rule = verdict.Rule,
        };
    }

    /// <summary>Gathers recipients and the text of the report; returns the header of our message where a copy follows in the text.</summary>
    private static string? ReadLines(IncomingMail mail, List<Found> found, StringBuilder report)
    {
        var text = mail.Text;
        Found? current = null;
        var at = 0;
        for (var count = 0; at < text.Length && count < MaxLines; count++)
        {
            var end = text.IndexOf('\n', at);
            end = end < 0 ? text.Length : end;
            var line = text.AsSpan(at, end - at).TrimEnd();
            if (BounceLines.BeginsCopy(line, out var isPartOfCopy))
                return text[(isPartOfCopy ? at : Math.Min(end + 1, text.Length))..];
            at = end + 1;
            if (BounceLines.Recipient(line) is { } address && !IsOurs(mail, address))
            {
                current = Of(found, address);
                if (line.Trim(" \t<>:\"'").SequenceEqual(address))
                    continue;
            }
            Append(report, line, MaxReport);
            if (current is not null)
                Append(current.Text, line, MaxDiagnostic);
        }
        return null;
    }

    private static void Append(StringBuilder text, ReadOnlySpan<char> line, int max)
    {
        line = line.Trim();
        if (line.Length > 0 && text.Length < max)
            text.Append(line[..Math.Min(line.Length, max)]).Append('\n');
    }

    private static Found Of(List<Found> found, string address)
    {
        if (found.Find(f => f.Address.Equals(address, StringComparison.OrdinalIgnoreCase)) is { } known)
            return known;
        var added = new Found(address);
        if (found.Count < MaxRecipients)
            found.Add(added);
        return added;
    }

    private static string? FirstOther(IncomingMail mail, string text) =>
        MailAddresses.All(text).Take(50).FirstOrDefault(a => !IsOurs(mail, a));

    /// <summary>Addresses that are named in a bounce without having failed: ours, the writer's, the helper's.</summary>
    private static bool IsOurs(IncomingMail mail, string address) =>
        mail.ReturnAddresses.Contains(address, StringComparer.OrdinalIgnoreCase)
        || address.Equals(MailAddresses.First(mail.Field("From")), StringComparison.OrdinalIgnoreCase)
        || MailAddresses.LocalPart(address).ToLowerInvariant()
            is "postmaster"
                or "mailer-daemon"
                or "mailerdaemon"
                or "abuse"
                or "hostmaster";

    private static bool IsMachine(IncomingMail mail) =>
        BounceSigns.Sender.Match(mail.FoldedSender) is not null || mail.Field("Return-Path")?.Trim() == "<>";

    private static bool IsReport(IncomingMail mail) =>
        string.Equals(mail.Root.TypeParameter("report-type"), "delivery-status", StringComparison.OrdinalIgnoreCase);

    private static bool IsRefusal(IncomingMail mail)
    {
        if (mail.IsListMail || BounceSigns.AutomaticSubject.Match(mail.FoldedSubject) is not null)
            return false;
        var (code, status) = ReplyCodes.Find(mail.Text);
        return (code ?? 0) >= 400
            && (status is not null || mail.Own.Opening.Contains('@', StringComparison.Ordinal))
            && ReplyClassifier.Classify(code, status, mail.Text.Length > MaxReport ? mail.Text[..MaxReport] : mail.Text).Reason
                != BounceReason.Other;
    }
}
