using System.Text;
using Estafette.Protocols.Addresses;
using Estafette.Protocols.Mime;

namespace Estafette.Submission;

/// <summary>
/// A message as a program handed it over, and as it goes out: Bcc and Return-Path taken out, Received, and where they are missing Date and Message-ID put
/// before it. Not one other octet changes, so that a signature of the author stays valid.
/// </summary>
internal sealed class SubmittedMessage
{
    /// <summary>A message that has been through so many servers goes in a circle (RFC 5321 §6.3).</summary>
    public const int MaxHops = 50;

    private static readonly string[] TakenOut = ["Bcc", "Resent-Bcc", "Return-Path"];

    private readonly byte[] _message;
    private readonly MimePart _root;

    private SubmittedMessage(byte[] message, MimePart root, EmailAddress from) => (_message, _root, From) = (message, root, from);

    /// <summary>The one address of the From field.</summary>
    public EmailAddress From { get; }

    public string Subject => string.Concat((_root.Field("Subject") ?? "").Where(c => !char.IsControl(c)));

    /// <summary>Reads a message; null and an SMTP text when it cannot be taken.</summary>
    public static SubmittedMessage? Read(byte[] message, out string refusal)
    {
        refusal = "";
        MimePart root;
        try
        {
            root = MimeReader.Read(message);
        }
        catch (MimeFormatException)
        {
            refusal = "5.6.0 The message cannot be read";
            return null;
        }
        var froms = root.Fields.Where(f => f.Name.Equals("From", StringComparison.OrdinalIgnoreCase)).ToList();
        if (froms.Count != 1 || AddressOf(froms[0].RawValue) is not { } from)
            refusal = "5.6.0 The message needs one From field with one address (RFC 5322 section 3.6.2)";
        else if (root.Fields.Count(f => f.Name.Equals("Received", StringComparison.OrdinalIgnoreCase)) > MaxHops)
            refusal = "5.4.6 The message goes in a circle";
        else
            return new(message, root, from);
        return null;
    }

    /// <summary>The message as it goes out.</summary>
    public byte[] Complete(string received, string messageId, DateTimeOffset now)
    {
        using var output = new MimeBuffer(_message.Length + 1024);
        output.WriteUtf8(received);
        if (_root.RawField("Message-ID") is null)
            MimeHeaders.WriteMessageId(output, "Message-ID", messageId);
        if (_root.RawField("Date") is null)
            MimeHeaders.WriteDate(output, "Date", now);
        var end = EndOfHeader(_message);
        var at = 0;
        while (at < end)
        {
            var next = EndOfField(at, end);
            if (!IsTakenOut(_message.AsSpan(at, next - at)))
                output.Write(_message.AsSpan(at, next - at));
            at = next;
        }
        output.Write(_message.AsSpan(end));
        return output.ToArray();
    }

    private static bool IsTakenOut(ReadOnlySpan<byte> field)
    {
        var colon = field.IndexOf((byte)':');
        if (colon < 0)
            return false;
        var name = Encoding.Latin1.GetString(field[..colon]).Trim();
        return TakenOut.Contains(name, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Where the blank line begins; the whole message when it has none.</summary>
    private static int EndOfHeader(ReadOnlySpan<byte> message)
    {
        if (message.StartsWith("\r\n"u8))
            return 0;
        var found = message.IndexOf("\r\n\r\n"u8);
        return found < 0 ? message.Length : found + 2;
    }

    /// <summary>The end of a field with its folded lines (RFC 5322 §2.2.3).</summary>
    private int EndOfField(int at, int end)
    {
        while (true)
        {
            var line = _message.AsSpan(at, end - at).IndexOf("\r\n"u8);
            if (line < 0)
                return end;
            at += line + 2;
            if (at >= end || _message[at] is not ((byte)' ' or (byte)'\t'))
                return at;
        }
    }

    /// <summary>The one mailbox of an address field (RFC 5322 §3.4), null when there is none, or more than one: a reader could show any of them.</summary>
    internal static EmailAddress? AddressOf(string value)
    {
        var plain = new StringBuilder(value.Length);
        var (depth, isQuoted) = (0, false);
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (c == '\\' && (isQuoted || depth > 0))
                i++;
            else if (c == '"' && depth == 0)
                isQuoted = !isQuoted;
            else if (!isQuoted && c == '(')
                depth++;
            else if (!isQuoted && c == ')' && depth > 0)
                depth--;
            else if (!isQuoted && depth == 0)
                plain.Append(c);
        }
        var text = plain.ToString().ReplaceLineEndings("").Trim();
        if (isQuoted || depth > 0 || text.AsSpan().IndexOfAny(",;:") >= 0)
            return null;
        var open = text.IndexOf('<', StringComparison.Ordinal);
        if (open >= 0)
        {
            if (text.LastIndexOf('<') != open || text.IndexOf('>', StringComparison.Ordinal) != text.Length - 1)
                return null;
            text = text[(open + 1)..^1];
        }
        return EmailAddress.TryParse(text, out var address, out _) ? address : null;
    }
}
