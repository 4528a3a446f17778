using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Estafette.Protocols.Dns;

/// <summary>What asking one resolver came to: an answer, or why there is none.</summary>
/// <param name="Reply">The answer, or null.</param>
/// <param name="Problem">Why there is none, in words; null with an answer.</param>
/// <param name="IsSilence">Nothing came in time, so that asking again may help.</param>
internal readonly record struct DnsAttempt(DnsReply? Reply, string? Problem, bool IsSilence = false);

/// <summary>Asks one resolver one question: over UDP, over TCP when the answer was cut, without EDNS when that was not understood.</summary>
/// <remarks>
/// Each query has its own socket, whose port the kernel draws at random, and a random id (RFC 5452 §9.2). The socket is connected, so the kernel
/// drops what comes from another address or port, and reports a port where nobody listens. A datagram with another id or question is passed
/// over; after <see cref="MaxForged"/> of them somebody is guessing, and the question goes over TCP, which cannot be forged from the side.
/// </remarks>
internal static class DnsExchange
{
    /// <summary>Octets of an answer over UDP that we offer to take: they pass everywhere without fragments (DNS flag day 2020).</summary>
    public const int OfferedBytes = 1232;

    /// <summary>Datagrams that are no answer to our question before TCP is used.</summary>
    public const int MaxForged = 20;

    private const int BufferBytes = 4096;

    /// <param name="cancellation">Ends the wait; then the result is silence.</param>
    public static async Task<DnsAttempt> AskAsync(IPEndPoint resolver, DnsQuestion question, bool edns, CancellationToken cancellation)
    {
        try
        {
            var attempt = await AskUdpAsync(resolver, question, edns, cancellation);
            // RFC 6891 §7: a server from before EDNS says FORMERR or NOTIMP.
            if (edns && attempt.Reply?.Code is DnsReply.FormatError or DnsReply.NotImplemented)
                attempt = await AskUdpAsync(resolver, question, edns: false, cancellation);
            if (attempt.Reply is { IsTruncated: true })
                attempt = await AskTcpAsync(resolver, question, cancellation);
            return Judge(resolver, attempt);
        }
        catch (OperationCanceledException)
        {
            return new DnsAttempt(null, $"{resolver} did not answer in time", IsSilence: true);
        }
        catch (SocketException e)
        {
            return new DnsAttempt(null, $"{resolver} cannot be reached: {e.Message}");
        }
    }

    private static DnsAttempt Judge(IPEndPoint resolver, DnsAttempt attempt) =>
        attempt.Reply switch
        {
            null => attempt,
            { IsTruncated: true } => new DnsAttempt(null, $"{resolver} cut its answer over TCP"),
            { IsReferral: true } => new DnsAttempt(null, $"{resolver} is no resolver and does not hold the name"),
            { Code: DnsReply.NoError or DnsReply.NameError } => attempt,
            var reply => new DnsAttempt(null, $"{resolver} answered {CodeName(reply.Code)}"),
        };

    // RFC 1035 §4.1.1 and RFC 2136 §2.2
    private static string CodeName(int code) =>
        code switch
        {
            1 => "FORMERR",
            2 => "SERVFAIL",
            4 => "NOTIMP",
            5 => "REFUSED",
            _ => $"code {code}",
        };

    private static async Task<DnsAttempt> AskUdpAsync(IPEndPoint resolver, DnsQuestion question, bool edns, CancellationToken cancellation)
    {
        using var socket = new Socket(resolver.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(resolver, cancellation);
        var id = NewId();
        await socket.SendAsync(question.Query(id, edns), SocketFlags.None, cancellation);
        var buffer = new byte[BufferBytes];
        for (var forged = 0; forged < MaxForged; forged++)
        {
            var length = await socket.ReceiveAsync(buffer, SocketFlags.None, cancellation);
            var reading = DnsReplyReader.Read(buffer.AsSpan(0, length), id, question, out var reply);
            if (reading == DnsReading.Read)
                return new DnsAttempt(reply, null);
            // The kernel throws away what does not fit.
            if (reading == DnsReading.Malformed && length == BufferBytes)
                break;
            if (reading == DnsReading.Malformed)
                return new DnsAttempt(null, $"{resolver} gave an answer that cannot be read");
        }
        return await AskTcpAsync(resolver, question, cancellation);
    }

    // RFC 7766 §8: two octets of length before each message.
    private static async Task<DnsAttempt> AskTcpAsync(IPEndPoint resolver, DnsQuestion question, CancellationToken cancellation)
    {
        using var socket = new Socket(resolver.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.NoDelay = true;
        await socket.ConnectAsync(resolver, cancellation);
        var id = NewId();
        var query = question.Query(id, edns: false);
        var framed = new byte[query.Length + 2];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)query.Length);
        query.CopyTo(framed, 2);
        await SendAllAsync(socket, framed, cancellation);

        var prefix = new byte[2];
        if (!await ReadAllAsync(socket, prefix, cancellation))
            return new DnsAttempt(null, $"{resolver} closed the connection without an answer");
        var message = new byte[BinaryPrimitives.ReadUInt16BigEndian(prefix)];
        if (!await ReadAllAsync(socket, message, cancellation))
            return new DnsAttempt(null, $"{resolver} closed the connection within its answer");
        return DnsReplyReader.Read(message, id, question, out var reply) == DnsReading.Read
            ? new DnsAttempt(reply, null)
            : new DnsAttempt(null, $"{resolver} gave an answer over TCP that cannot be read");
    }

    private static async Task SendAllAsync(Socket socket, ReadOnlyMemory<byte> data, CancellationToken cancellation)
    {
        while (!data.IsEmpty)
            data = data[await socket.SendAsync(data, SocketFlags.None, cancellation)..];
    }

    private static async Task<bool> ReadAllAsync(Socket socket, Memory<byte> data, CancellationToken cancellation)
    {
        while (!data.IsEmpty)
        {
            var read = await socket.ReceiveAsync(data, SocketFlags.None, cancellation);
            if (read == 0)
                return false;
            data = data[read..];
        }
        return true;
    }

    private static ushort NewId() => (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1);
}
