using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Estafette.Protocols.Dns;

namespace Estafette.Testing.Dns;

/// <summary>A bad day of a fake server.</summary>
public enum FakeDnsMischief
{
    /// <summary>None.</summary>
    None,

    /// <summary>Takes every question and says nothing.</summary>
    Silent,

    /// <summary>Sends a false answer with another id before the true one.</summary>
    WrongId,

    /// <summary>Sends a false answer about another name before the true one.</summary>
    WrongQuestion,

    /// <summary>Sends a false answer from another port before the true one.</summary>
    WrongSource,

    /// <summary>Sends nothing but false answers with other ids over UDP, and the true one over TCP.</summary>
    FloodOfForgeries,

    /// <summary>Says over UDP that the answer is cut.</summary>
    Truncated,

    /// <summary>Cuts the answer over TCP too.</summary>
    TruncatedEverywhere,

    /// <summary>Says over UDP that the answer is cut and closes each TCP connection at once.</summary>
    ClosesTcp,

    /// <summary>Answers with names that point at each other.</summary>
    CompressionLoop,

    /// <summary>Answers over UDP with more octets than were offered.</summary>
    Huge,

    /// <summary>Answers with octets that mean nothing after the question.</summary>
    Garbage,

    /// <summary>REFUSED.</summary>
    Refuses,

    /// <summary>SERVFAIL.</summary>
    Fails,

    /// <summary>FORMERR without the question, when the query has an OPT record.</summary>
    DoesNotKnowEdns,

    /// <summary>Points to the servers of another zone, as a server does that is no resolver.</summary>
    Refers,
}

/// <summary>A DNS server on loopback, UDP and TCP on one port, that answers from the records given and has bad days on demand.</summary>
/// <remarks>It follows no alias: what it gives is exactly the records of the name and type, and the alias of the name if there is one.</remarks>
public sealed class FakeDnsServer : IAsyncDisposable
{
    private readonly Socket _udp;
    private readonly Socket _tcp;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, ConcurrentQueue<(DnsRecordType Type, byte[] Record)>> _records = new(
        StringComparer.OrdinalIgnoreCase
    );
    private readonly ConcurrentQueue<FakeDnsQuery> _queries = new();
    private readonly Task _serving;
    private int _toDrop;

    private FakeDnsServer(Socket udp, Socket tcp)
    {
        _udp = udp;
        _tcp = tcp;
        EndPoint = (IPEndPoint)udp.LocalEndPoint!;
        _serving = Task.WhenAll(ServeUdpAsync(), ServeTcpAsync());
    }

    /// <summary>Starts a server; it answers when this returns.</summary>
    public static FakeDnsServer Start()
    {
        for (var attempt = 1; ; attempt++)
        {
            var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                udp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                tcp.Bind(udp.LocalEndPoint!);
                tcp.Listen(16);
                return new FakeDnsServer(udp, tcp);
            }
            catch (SocketException) when (attempt < 20)
            {
                // The port is free for UDP and taken for TCP.
                udp.Dispose();
                tcp.Dispose();
            }
        }
    }

    /// <summary>Address and port.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>How it acts now.</summary>
    public FakeDnsMischief Mischief { get; set; }

    /// <summary>Makes the answer in the place of the records; null for silence.</summary>
    public Func<FakeDnsQuery, byte[]?>? Script { get; set; }

    /// <summary>Queries so far, in order.</summary>
    public IReadOnlyList<FakeDnsQuery> Queries => [.. _queries];

    /// <summary>Adds a record; its value is written as in <see cref="DnsRecord.Value"/>.</summary>
    public FakeDnsServer Add(string name, DnsRecordType type, string value, int preference = 0, uint timeToLive = 60)
    {
        var record = FakeDnsQuery.Record(name, type, value, preference, timeToLive);
        _records.GetOrAdd(name, static _ => []).Enqueue((type, record));
        return this;
    }

    /// <summary>Says nothing to the next queries.</summary>
    public void DropNext(int queries) => Volatile.Write(ref _toDrop, queries);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _udp.Dispose();
        _tcp.Dispose();
        await _serving;
        _stop.Dispose();
    }

    private async Task ServeUdpAsync()
    {
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                var received = await _udp.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), _stop.Token);
                foreach (var (answer, fromElsewhere) in Answers(buffer.AsSpan(0, received.ReceivedBytes), overTcp: false))
                {
                    using var elsewhere = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
                    var socket = fromElsewhere ? elsewhere : _udp;
                    await socket.SendToAsync(answer, SocketFlags.None, received.RemoteEndPoint, _stop.Token);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The server is being stopped.
        }
    }

    private async Task ServeTcpAsync()
    {
        try
        {
            while (true)
            {
                using var socket = await _tcp.AcceptAsync(_stop.Token);
                if (Mischief != FakeDnsMischief.ClosesTcp)
                    await ServeConnectionAsync(socket);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The server is being stopped.
        }
    }

    private async Task ServeConnectionAsync(Socket socket)
    {
        await using var stream = new NetworkStream(socket);
        var prefix = new byte[2];
        try
        {
            await stream.ReadExactlyAsync(prefix, _stop.Token);
            var query = new byte[BinaryPrimitives.ReadUInt16BigEndian(prefix)];
            await stream.ReadExactlyAsync(query, _stop.Token);
            foreach (var (answer, _) in Answers(query, overTcp: true))
            {
                BinaryPrimitives.WriteUInt16BigEndian(prefix, (ushort)answer.Length);
                await stream.WriteAsync((byte[])[.. prefix, .. answer], _stop.Token);
            }
        }
        catch (IOException)
        {
            // The client went away.
        }
    }

    private List<(byte[] Answer, bool FromElsewhere)> Answers(ReadOnlySpan<byte> message, bool overTcp)
    {
        if (FakeDnsQuery.Read(message, overTcp) is not { } query)
            return [];
        _queries.Enqueue(query);
        if (Interlocked.Decrement(ref _toDrop) >= 0)
            return [];
        if (Script is { } script)
            return script(query) is { } made ? [(made, false)] : [];
        var truth = Truth(query);
        byte[][] lie = [FakeDnsQuery.Record(query.Name, DnsRecordType.A, "192.0.2.66")];
        var otherId = (ushort)(query.Id + 1);
        return Mischief switch
        {
            FakeDnsMischief.Silent => [],
            FakeDnsMischief.WrongId => [(query.Answer(lie, id: otherId), false), (truth, false)],
            FakeDnsMischief.WrongQuestion => [(query.AnswerAbout("other.test", lie), false), (truth, false)],
            FakeDnsMischief.WrongSource => [(query.Answer(lie), true), (truth, false)],
            FakeDnsMischief.FloodOfForgeries when !overTcp => [.. Enumerable.Repeat((query.Answer(lie, id: otherId), false), 25)],
            FakeDnsMischief.Truncated or FakeDnsMischief.ClosesTcp when !overTcp => [(query.Answer([], flags: 0x86), false)],
            FakeDnsMischief.TruncatedEverywhere => [(query.Answer([], flags: 0x86), false)],
            FakeDnsMischief.CompressionLoop =>
            [
                (
                    query.Answer([
                        [0xC0, (byte)(12 + query.Name.Length + 6), .. lie[0][(query.Name.Length + 2)..]],
                    ]),
                    false
                ),
            ],
            FakeDnsMischief.Huge when !overTcp => [(query.Answer([.. Enumerable.Repeat(lie[0], 400)]), false)],
            FakeDnsMischief.Garbage => [([.. query.Answer([lie[0][..5]]), 0xFF, 0xFF, 0xFF, 0xFF], false)],
            FakeDnsMischief.Refuses => [(query.Answer([], code: 5), false)],
            FakeDnsMischief.Fails => [(query.Answer([], code: 2), false)],
            FakeDnsMischief.DoesNotKnowEdns when query.OfferedBytes > 0 => [(WithoutQuestion(query), false)],
            FakeDnsMischief.Refers => [(Referral(query), false)],
            _ => [(truth, false)],
        };
    }

    private byte[] Truth(FakeDnsQuery query)
    {
        var soa = FakeDnsQuery.Soa("test");
        if (!_records.TryGetValue(query.Name, out var all))
        {
            var above = _records.Keys.Any(name => name.EndsWith("." + query.Name, StringComparison.OrdinalIgnoreCase));
            return query.Answer([], [soa], code: above ? 0 : 3);
        }
        byte[][] found = [.. all.Where(r => r.Type == query.Type || r.Type == DnsRecordType.Cname).Select(r => r.Record)];
        return query.Answer(found, found.Length == 0 ? [soa] : []);
    }

    private static byte[] WithoutQuestion(FakeDnsQuery query)
    {
        var answer = query.Answer([], code: 1)[..12];
        answer[5] = 0;
        return answer;
    }

    private static byte[] Referral(FakeDnsQuery query)
    {
        var answer = query.Answer([], [FakeDnsQuery.Record("test", DnsRecordType.Ns, "ns.test")], flags: 0x80);
        answer[3] = 0;
        return answer;
    }
}
