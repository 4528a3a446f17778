using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Estafette.Protocols.Smtp;

/// <summary>Enhanced mail system status code <c>class.subject.detail</c> (RFC 3463 §2).</summary>
/// <param name="Class">2 success, 4 persistent transient failure, 5 permanent failure.</param>
/// <param name="Subject">0 to 999: addressing, mailbox, system, network, protocol, content, policy.</param>
/// <param name="Detail">0 to 999, read together with the subject.</param>
public readonly record struct SmtpEnhancedStatus(int Class, int Subject, int Detail)
{
    /// <summary>The dotted form, e.g. <c>5.1.1</c>.</summary>
    public override string ToString() => $"{Class}.{Subject}.{Detail}";

    /// <summary>Reads a status at the start of a reply text, where RFC 2034 §4 puts it; null when there is none.</summary>
    public static SmtpEnhancedStatus? TryParse(ReadOnlySpan<char> text)
    {
        if (text.Length < 5 || text[0] is not ('2' or '4' or '5') || text[1] != '.')
        {
            return null;
        }

        var at = 2;
        if (!TryNumber(text, ref at, out var subject) || at >= text.Length || text[at] != '.')
        {
            return null;
        }

        at++;
        if (!TryNumber(text, ref at, out var detail) || (at < text.Length && text[at] is not (' ' or '\t' or '\n')))
        {
            return null;
        }

        return new SmtpEnhancedStatus(text[0] - '0', subject, detail);
    }

    private static bool TryNumber(ReadOnlySpan<char> text, ref int at, out int value)
    {
        value = 0;
        var start = at;
        while (at < text.Length && at - start < 3 && char.IsAsciiDigit(text[at]))
        {
            value = (value * 10) + (text[at++] - '0');
        }

        return at > start;
    }
}

/// <summary>One complete answer of an SMTP server, possibly of several lines (RFC 5321 §4.2).</summary>
public sealed class SmtpReply
{
    /// <summary>Makes a reply from its parts; used for replies that this program gives in the place of a server.</summary>
    public SmtpReply(int code, string text)
    {
        Code = code;
        Text = text;
        EnhancedStatus = SmtpEnhancedStatus.TryParse(text);
    }

    /// <summary>Three digits, 200 to 599 (RFC 5321 §4.2.1).</summary>
    public int Code { get; }

    /// <summary>Status of RFC 3463 from the first line, null when the server gave none.</summary>
    public SmtpEnhancedStatus? EnhancedStatus { get; }

    /// <summary>All lines without their reply codes, joined by line feeds; control characters are replaced, so it is safe to store.</summary>
    public string Text { get; }

    /// <summary>The command was done (2yz).</summary>
    public bool IsPositive => Code is >= 200 and < 300;

    /// <summary>The server waits for more input (3yz).</summary>
    public bool IsIntermediate => Code is >= 300 and < 400;

    /// <summary>Refused for now (4yz); the same command may succeed later.</summary>
    public bool IsTransient => Code is >= 400 and < 500;

    /// <summary>Refused for good (5yz).</summary>
    public bool IsPermanent => Code >= 500;

    /// <summary>True when the class of the enhanced status is not that of the code; the code wins (RFC 2034 §4 forbids it).</summary>
    public bool EnhancedStatusContradicts => EnhancedStatus is { } status && status.Class != Code / 100;

    /// <summary>The reply as on the wire, one line of text for each line, e.g. <c>550 5.1.1 unknown user</c>.</summary>
    public override string ToString()
    {
        if (!Text.Contains('\n'))
        {
            return Text.Length == 0 ? $"{Code}" : $"{Code} {Text}";
        }

        var lines = Text.Split('\n');
        var all = new StringBuilder();
        for (var i = 0; i < lines.Length; i++)
        {
            all.Append(Code).Append(i == lines.Length - 1 ? ' ' : '-').Append(lines[i]).Append(i == lines.Length - 1 ? "" : "\n");
        }

        return all.ToString();
    }

    /// <summary>Builds the reply from bytes that <see cref="SmtpReplyScanner"/> has accepted.</summary>
    internal static SmtpReply FromWire(int code, ReadOnlySpan<byte> raw)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(raw.Length);
        var length = 0;
        while (!raw.IsEmpty)
        {
            var end = raw.IndexOf((byte)'\n');
            var line = raw[..end];
            raw = raw[(end + 1)..];
            if (line.EndsWith("\r"u8))
            {
                line = line[..^1];
            }

            line = line.Length > 4 ? line[4..] : default;
            line.CopyTo(bytes.AsSpan(length));
            length += line.Length;
            if (!raw.IsEmpty)
            {
                bytes[length++] = (byte)'\n';
            }
        }

        var text = Decode(bytes.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(bytes);
        return new SmtpReply(code, text);
    }

    private static string Decode(ReadOnlySpan<byte> bytes)
    {
        // RFC 6531 §3.5 lets replies be UTF-8; old servers write Latin-1.
        var text = (Utf8.IsValid(bytes) ? Encoding.UTF8 : Encoding.Latin1).GetString(bytes);
        return text.AsSpan().ContainsAny(Controls) ? Clean(text) : text;
    }

    private static string Clean(string text) =>
        string.Create(
            text.Length,
            text,
            static (to, from) =>
            {
                for (var i = 0; i < to.Length; i++)
                {
                    to[i] = Controls.Contains(from[i]) ? ' ' : from[i];
                }
            }
        );

    // Every C0 control but line feed, which joins the lines; DEL; and C1.
    private static readonly SearchValues<char> Controls = SearchValues.Create([
        .. Enumerable.Range(0, 0xA0).Where(c => c != '\n' && (c < 0x20 || c >= 0x7F)).Select(c => (char)c),
    ]);
}
