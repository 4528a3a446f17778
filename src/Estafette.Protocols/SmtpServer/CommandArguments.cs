using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Estafette.Protocols.Smtp;

namespace Estafette.Protocols.SmtpServer;

/// <summary>Reads what stands behind MAIL and RCPT: a path and parameters (RFC 5321 §4.1.2, §4.1.1.11).</summary>
internal static class CommandArguments
{
    // RFC 5321 §4.5.3.1.3: 256 octets with the angle brackets; §4.5.3.1.1: a local part of 64; §4.5.3.1.2: a domain of 255.
    private const int MaxPathBytes = 256;
    private const int MaxLocalBytes = 64;
    private const int MaxDomainBytes = 255;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>A host name, address literal or whatever else the client calls itself, without spaces; null when unusable.</summary>
    public static string? ReadHello(ReadOnlySpan<byte> arguments)
    {
        var name = arguments.Trim((byte)' ');
        return name.Length is 0 or > MaxDomainBytes || name.ContainsAnyExceptInRange((byte)'!', (byte)'~')
            ? null
            : Encoding.ASCII.GetString(name);
    }

    /// <summary>Reads <c>FROM:&lt;path&gt; parameters</c>; null when the keyword or the brackets are missing.</summary>
    /// <remarks>A space after the colon is no part of the grammar and often sent; it is passed over.</remarks>
    public static (string Path, string[] Parameters)? Split(ReadOnlySpan<byte> arguments, ReadOnlySpan<byte> keyword)
    {
        if (arguments.Length < keyword.Length || !Ascii.EqualsIgnoreCase(arguments[..keyword.Length], keyword) || !Utf8.IsValid(arguments))
        {
            return null;
        }

        var rest = arguments[keyword.Length..].TrimStart((byte)' ');
        var end = FindEnd(rest);
        if (end < 0 || (end + 1 < rest.Length && rest[end + 1] != ' '))
        {
            return null;
        }

        var parameters = Strict.GetString(rest[(end + 1)..]).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return (Strict.GetString(rest[1..end]), parameters);
    }

    /// <summary>Index of the bracket that closes the path, quotes and escapes respected; -1 when none does.</summary>
    private static int FindEnd(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text[0] != '<')
        {
            return -1;
        }

        var quoted = false;
        for (var i = 1; i < text.Length; i++)
        {
            switch (text[i])
            {
                case (byte)'\\' when quoted:
                    i++;
                    break;
                case (byte)'"':
                    quoted = !quoted;
                    break;
                case (byte)'>' when !quoted:
                    return i;
                case (byte)'<' when !quoted:
                    return -1;
                default:
                    break;
            }
        }

        return -1;
    }

    /// <summary>The mailbox of a path, its source route dropped (RFC 5321 §4.1.1.3 and appendix C); null when malformed.</summary>
    public static string? ReadMailbox(string path)
    {
        if (path.StartsWith('@'))
        {
            var colon = path.IndexOf(':');
            if (colon < 0 || !path[..colon].Split(',').All(hop => hop.StartsWith('@') && IsDomain(hop.AsSpan(1))))
            {
                return null;
            }

            path = path[(colon + 1)..];
        }

        var at = LocalPartLength(path);
        return
            at > 0
            && at < path.Length
            && path[at] == '@'
            && Encoding.UTF8.GetByteCount(path.AsSpan(0, at)) <= MaxLocalBytes
            && Encoding.UTF8.GetByteCount(path) <= MaxPathBytes - 2
            && IsDomain(path.AsSpan(at + 1))
            ? path
            : null;
    }

    /// <summary>Length of a dot-string or quoted string at the start; 0 when there is none.</summary>
    private static int LocalPartLength(string path)
    {
        if (!path.StartsWith('"'))
        {
            var at = path.IndexOf('@');
            var local = at < 0 ? default : path.AsSpan(0, at);
            var isGood = at > 0 && local[0] != '.' && local[^1] != '.' && !local.Contains("..", StringComparison.Ordinal);
            return isGood && !local.ContainsAnyExcept(AtomCharacters) ? at
                : isGood && IsUtf8Atom(local) ? at
                : 0;
        }

        for (var i = 1; i < path.Length; i++)
        {
            if (path[i] == '\\')
            {
                i++;
            }
            else if (path[i] == '"')
            {
                return i + 1;
            }

            if (i >= path.Length || char.IsControl(path[i]))
            {
                return 0;
            }
        }

        return 0;
    }

    private static readonly System.Buffers.SearchValues<char> AtomCharacters = System.Buffers.SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~."
    );

    private static bool IsUtf8Atom(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (c < 0x80 ? !AtomCharacters.Contains(c) : char.IsControl(c) || char.IsWhiteSpace(c))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsDomain(ReadOnlySpan<char> domain)
    {
        if (domain.Length is 0 or > MaxDomainBytes)
        {
            return false;
        }

        if (domain[0] == '[')
        {
            // RFC 5321 §4.1.3: an address literal.
            return domain.Length > 2 && domain[^1] == ']' && !domain[1..^1].ContainsAnyExcept(LiteralCharacters);
        }

        foreach (var range in domain.Split('.'))
        {
            var label = domain[range];
            if (label.Length is 0 or > 63 || label[0] == '-' || label[^1] == '-')
            {
                return false;
            }

            foreach (var c in label)
            {
                // The underscore is no part of a host name and common in those of senders.
                if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_') && (c < 0x80 || char.IsControl(c) || char.IsWhiteSpace(c)))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static readonly System.Buffers.SearchValues<char> LiteralCharacters = System.Buffers.SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-"
    );

    /// <summary>Puts the parameters of MAIL into the transaction; null when all are good.</summary>
    public static SmtpReply? ReadMailParameters(string[] parameters, SmtpTransaction transaction)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var parameter in parameters)
        {
            var (name, value) = Halves(parameter);
            if (!seen.Add(name))
            {
                return ServerReplies.BadParameter;
            }

            if (!MailParameters.TryGetValue(name, out var take))
            {
                return ServerReplies.UnknownParameter;
            }

            if (!take(transaction, value))
            {
                return ServerReplies.BadParameter;
            }
        }

        return null;
    }

    private static readonly Dictionary<string, Func<SmtpTransaction, string, bool>> MailParameters = new(StringComparer.OrdinalIgnoreCase)
    {
        // RFC 1870 §3: up to 20 digits.
        ["SIZE"] = (t, v) =>
            v.Length <= 20
            && ulong.TryParse(v, NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            && (t.AnnouncedBytes = (long)Math.Min(size, long.MaxValue)) >= 0,
        ["BODY"] = (t, v) =>
            (t.Is8Bit = v.Equals("8BITMIME", StringComparison.OrdinalIgnoreCase)) || v.Equals("7BIT", StringComparison.OrdinalIgnoreCase),
        ["SMTPUTF8"] = (t, v) => v.Length == 0 && (t.IsUtf8 = true),
        // RFC 4954 §5: whom the client vouches for; we trust nobody's word, which is the same as AUTH=<>.
        ["AUTH"] = (_, v) => v.Length > 0,
        ["RET"] = (t, v) => (t.Return = v.ToUpperInvariant()) is "FULL" or "HDRS",
        ["ENVID"] = (t, v) => v.Length is > 0 and <= 100 && (t.EnvelopeId = v) is not null,
    };

    /// <summary>Puts the parameters of RCPT into the recipient; null when one is not good, with the reply to that.</summary>
    public static (SmtpRecipient? Recipient, SmtpReply? Refusal) ReadRecipient(string address, string[] parameters)
    {
        var recipient = new SmtpRecipient(address);
        foreach (var parameter in parameters)
        {
            var (name, value) = Halves(parameter);
            var isNotify = name.Equals("NOTIFY", StringComparison.OrdinalIgnoreCase);
            if (!isNotify && !name.Equals("ORCPT", StringComparison.OrdinalIgnoreCase))
            {
                return (null, ServerReplies.UnknownParameter);
            }

            if (
                (isNotify ? recipient.Notify : recipient.OriginalRecipient) is not null
                || !(isNotify ? IsNotify(value) : IsOriginal(value))
            )
            {
                return (null, ServerReplies.BadParameter);
            }

            recipient = isNotify ? recipient with { Notify = value.ToUpperInvariant() } : recipient with { OriginalRecipient = value };
        }

        return (recipient, null);
    }

    // RFC 3461 §4.1: NEVER alone, or some of the others.
    private static bool IsNotify(string value) =>
        value.Equals("NEVER", StringComparison.OrdinalIgnoreCase)
        || value.Split(',').All(v => v.ToUpperInvariant() is "SUCCESS" or "FAILURE" or "DELAY");

    // RFC 3461 §4.2: address type, semicolon, xtext.
    private static bool IsOriginal(string value) => value.Length <= 500 && value.IndexOf(';') > 0;

    private static (string Name, string Value) Halves(string parameter)
    {
        var equal = parameter.IndexOf('=');
        return equal < 0 ? (parameter, "") : (parameter[..equal], parameter[(equal + 1)..]);
    }
}
