using System.Text;

namespace Estafette.Protocols.Smtp;

/// <summary>Who a message is from and to on the wire, apart from its headers (RFC 5321 §2.3.1); one recipient.</summary>
/// <remarks>
/// Domain parts are A-labels already. An announced envelope is recognised by reference, so use one object for one message.
/// </remarks>
public sealed class SmtpEnvelope
{
    /// <summary>Longest address taken, in octets: a path has 256 (RFC 5321 §4.5.3.1.3), with room for SMTPUTF8 local parts.</summary>
    public const int MaxAddressBytes = 512;

    /// <summary>Makes the envelope of one message.</summary>
    /// <param name="mailFrom">Return path without angle brackets; empty for the null reverse-path (RFC 5321 §4.5.5).</param>
    /// <param name="rcptTo">The recipient without angle brackets.</param>
    /// <param name="size">Octets of the message before dot-stuffing (RFC 1870 §3); 0 when unknown.</param>
    public SmtpEnvelope(string mailFrom, string rcptTo, long size = 0)
    {
        MailFrom = mailFrom;
        RcptTo = rcptTo;
        Size = size;
    }

    /// <summary>Return path without angle brackets; empty for the null reverse-path (RFC 5321 §4.5.5).</summary>
    public string MailFrom { get; }

    /// <summary>The recipient without angle brackets.</summary>
    public string RcptTo { get; }

    /// <summary>Octets of the message before dot-stuffing (RFC 1870 §3); 0 when unknown.</summary>
    public long Size { get; }

    /// <summary>An address or a header holds characters beyond ASCII, so the server must offer SMTPUTF8 (RFC 6531 §3.4).</summary>
    public bool RequiresSmtpUtf8 { get; init; }

    /// <summary>The body holds octets above 127, so the server must offer 8BITMIME (RFC 6152 §3).</summary>
    public bool Is8Bit { get; init; }

    /// <summary>
    /// Asks for a report of delivery, delay and failure to the return path, with the header alone (RFC 3461 §4.1, §4.3), when the server offers it; a null
    /// reverse-path never asks.
    /// </summary>
    public bool AsksReports { get; init; }

    /// <summary>Anything the caller wants to find again in its <see cref="ISmtpFinalDot"/>; not used here.</summary>
    public object? Tag { get; init; }

    /// <summary>Says why an address cannot stand between angle brackets in a command, null when it can.</summary>
    /// <remarks>
    /// This is no check of the address; it keeps a hostile one from ending the command and beginning another (RFC 5321 §4.1.2: no control
    /// characters; space and angle brackets only inside a quoted local part).
    /// </remarks>
    internal static string? FindFault(string address, bool allowUtf8)
    {
        if (address.Length > MaxAddressBytes || Encoding.UTF8.GetByteCount(address) > MaxAddressBytes)
        {
            return "is longer than 512 octets";
        }

        var quoted = false;
        for (var i = 0; i < address.Length; i++)
        {
            var c = address[i];
            if (c < ' ' || c is >= '\x7f' and < '\xa0')
            {
                return "holds a control character";
            }

            if (c > '\x7f' && !allowUtf8)
            {
                return "holds a character beyond ASCII although SMTPUTF8 was not asked for";
            }

            if (char.IsSurrogate(c))
            {
                if (!Rune.TryGetRuneAt(address, i++, out _))
                {
                    return "holds half a character";
                }

                continue;
            }

            if (quoted && c == '\\')
            {
                i++;
                if (i == address.Length || address[i] is < ' ' or > '~')
                {
                    return "holds a broken quoted pair";
                }
            }
            else if (c == '"')
            {
                quoted = !quoted;
            }
            else if (!quoted && c is ' ' or '<' or '>')
            {
                return "holds a space or an angle bracket outside quotes";
            }
        }

        return quoted ? "holds an open quote" : null;
    }
}

/// <summary>Called just before the octets of a final dot are given to the socket; from then on the message is in doubt until its reply.</summary>
public interface ISmtpFinalDot
{
    /// <summary>Notes durably that this message has begun, and says whether it may go on.</summary>
    /// <remarks>Runs on the sending thread, so keep it short. An exception closes the connection and reaches the caller of SendAsync.</remarks>
    /// <returns>False withholds the message: nothing is delivered and the connection is closed.</returns>
    bool MayFinish(SmtpEnvelope envelope);
}
