using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Estafette.Protocols.SmtpServer;

/// <summary>The trace field that a server puts before a message it takes (RFC 5321 §4.4).</summary>
public static class ReceivedHeader
{
    /// <summary>The whole field with its line ends, lines under 78 octets unless a name is longer.</summary>
    /// <param name="message">The message.</param>
    /// <param name="hostName">Our name.</param>
    /// <param name="id">Our number of the message, of letters and digits.</param>
    /// <remarks>
    /// The recipient is named only when it is alone: a field that all see must not betray who else got the message (RFC 5321 §7.6). Whoever signed
    /// in is not named, only that somebody did.
    /// </remarks>
    public static string Format(SmtpReceivedMessage message, string hostName, string id)
    {
        var transaction = message.Transaction;
        var peer = transaction.Peer;
        var field = new StringBuilder("Received: from ").Append(Safe(peer.HelloName)).Append(" (").Append(Literal(peer.Remote)).Append(')');
        if (peer.Tls is { } tls)
        {
            field.Append("\r\n\t(").Append(Safe(tls)).Append(')');
        }

        field.Append("\r\n\tby ").Append(hostName).Append(" with ").Append(Protocol(transaction)).Append(" id ").Append(id);
        if (transaction.Recipients is [{ Address: var only }] && Ascii.IsValid(only))
        {
            field.Append("\r\n\tfor <").Append(only).Append('>');
        }

        return field
            .Append(";\r\n\t")
            .Append(message.At.ToUniversalTime().ToString("ddd, d MMM yyyy HH:mm:ss +0000", CultureInfo.InvariantCulture))
            .Append("\r\n")
            .ToString();
    }

    // RFC 3848, RFC 6531 §4.3.
    private static string Protocol(SmtpTransaction transaction)
    {
        var peer = transaction.Peer;
        return !peer.IsExtended
            ? "SMTP"
            : (transaction.IsUtf8 ? "UTF8SMTP" : "ESMTP") + (peer.IsEncrypted ? "S" : "") + (peer.Identity is null ? "" : "A");
    }

    private static string Literal(IPEndPoint end) =>
        end.AddressFamily == AddressFamily.InterNetworkV6 ? $"[IPv6:{end.Address}]" : $"[{end.Address}]";

    /// <summary>What a client called itself must not close the comment or begin another clause.</summary>
    private static string Safe(string text) =>
        string.Create(
            text.Length,
            text,
            static (to, from) =>
            {
                for (var i = 0; i < to.Length; i++)
                {
                    to[i] = char.IsAsciiLetterOrDigit(from[i]) || from[i] is '.' or '-' or ':' or '[' or ']' or '_' or ' ' ? from[i] : '?';
                }
            }
        );
}
