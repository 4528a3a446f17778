using System.Text;
using Estafette.Testing.Smtp;

namespace Estafette.Tests.Delivery;

/// <summary>What a received message says, read from its octets.</summary>
internal static class Wire
{
    public static string MessageId(ReceivedMessage message) => Header(message, "Message-ID")!;

    /// <summary>Unfolded value of a header field, or null.</summary>
    public static string? Header(ReceivedMessage message, string name)
    {
        var text = Encoding.UTF8.GetString(message.Bytes);
        var head = text[..text.IndexOf("\r\n\r\n", StringComparison.Ordinal)].Replace("\r\n ", " ").Replace("\r\n\t", "\t");
        return head.Split("\r\n")
            .FirstOrDefault(l => l.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
            ?[(name.Length + 1)..].Trim();
    }
}
