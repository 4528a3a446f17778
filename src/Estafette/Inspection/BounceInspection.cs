using System.Globalization;
using System.Text;
using Estafette.Protocols.Bounces;

namespace Estafette.Inspection;

/// <summary>Reads a message that came back, or the bare reply of a server.</summary>
internal static class BounceInspection
{
    private const int MaxDiagnostic = 2000;

    // A text with one of these at the start of a line of its header is a message; "550: no such user" and "Error: refused" are none.
    private static readonly string[] Fields =
    [
        "From",
        "To",
        "Subject",
        "Date",
        "Received",
        "Return-Path",
        "Message-ID",
        "MIME-Version",
        "Content-Type",
        "Delivered-To",
        "Reply-To",
        "In-Reply-To",
        "Auto-Submitted",
        "X-Failed-Recipients",
        "DKIM-Signature",
        "X-Original-To",
        "X-Received",
        "ARC-Seal",
        "Sender",
        "Cc",
    ];

    public static BounceResult Read(InspectionRequest request)
    {
        if (!IsMessage(request.Input.Span))
            return ReadReply(Encoding.UTF8.GetString(request.Input.Span).Trim());
        var mail = ReturnedMessage.Read(request.Input);
        return new BounceResult(mail.Kind.ToString().ToLowerInvariant(), [.. mail.Recipients.Select(r => Recipient(mail.Kind, r))]);
    }

    private static BouncedRecipient Recipient(ReturnedKind kind, ReturnedRecipient recipient) =>
        new(
            recipient.Address,
            WordOf(recipient.Class),
            recipient.Status,
            recipient.Code,
            recipient.Reason?.Word(),
            // Who complains or asks for no more mail gets none, although nothing was refused.
            WordOf(kind is ReturnedKind.Complaint or ReturnedKind.Unsubscribe ? BounceAction.Suppress : recipient.Action),
            recipient.Diagnostic
        );

    private static BounceResult ReadReply(string reply)
    {
        var shown = reply.Length > MaxDiagnostic ? reply[..MaxDiagnostic] : reply;
        var verdict = ReplyClassifier.Classify(null, null, reply);
        if (SuccessCode(reply) is { } success)
            return new BounceResult("delivered", [new(null, null, verdict.Status, success, null, WordOf(BounceAction.None), shown)]);
        return verdict is { Reason: BounceReason.Other, Code: null, Status: null }
            ? new BounceResult("none", [])
            : new BounceResult(
                "bounce",
                [new(null, WordOf(verdict.Class), verdict.Status, verdict.Code, verdict.Reason.Word(), WordOf(verdict.Action), shown)]
            );
    }

    private static int? SuccessCode(string reply) =>
        reply.Length >= 3
        && reply[0] == '2'
        && (reply.Length == 3 || reply[3] is ' ' or '-')
        && int.TryParse(reply.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var code)
            ? code
            : null;

    private static string? WordOf(BounceClass found) => found == BounceClass.None ? null : found.ToString().ToLowerInvariant();

    private static string WordOf(BounceAction action) => action.ToString().ToLowerInvariant();

    private static bool IsMessage(ReadOnlySpan<byte> bytes)
    {
        bytes = bytes.TrimStart("\uFEFF\r\n"u8);
        while (!bytes.IsEmpty)
        {
            var end = bytes.IndexOf((byte)'\n');
            var line = (end < 0 ? bytes : bytes[..end]).TrimEnd((byte)'\r');
            if (line.IsEmpty)
                return false;
            if (line.IndexOf((byte)':') is > 0 and < 30 and var colon && IsField(line[..colon]))
                return true;
            bytes = end < 0 ? default : bytes[(end + 1)..];
        }
        return false;
    }

    private static bool IsField(ReadOnlySpan<byte> name)
    {
        name = name.TrimEnd((byte)' ');
        foreach (var field in Fields)
            if (System.Text.Ascii.EqualsIgnoreCase(name, field))
                return true;
        return false;
    }
}
