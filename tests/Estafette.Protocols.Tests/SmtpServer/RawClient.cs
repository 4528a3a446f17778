using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Estafette.Protocols.Tests.SmtpServer;

/// <summary>Octets to and replies from a server, with nothing in between that would keep a test from being rude.</summary>
internal sealed class RawClient : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly Socket _socket;
    private readonly CancellationTokenSource _limit = new(Limit);
    private Stream _stream;
    private byte[] _in = [];

    private RawClient(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
    }

    public static async Task<RawClient> ConnectAsync(int port, bool greets)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        var client = new RawClient(socket);
        if (greets)
        {
            (await client.ReadAsync()).ShouldStartWith("220 mx.test");
        }

        return client;
    }

    public int LocalPort => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    public async Task SendAsync(string text) => await _stream.WriteAsync(Encoding.UTF8.GetBytes(text), _limit.Token);

    public async Task SendAsync(byte[] bytes) => await _stream.WriteAsync(bytes, _limit.Token);

    public void EndInput() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Sends and reads one reply.</summary>
    public async Task<string> AskAsync(string line)
    {
        await SendAsync(line + "\r\n");
        return await ReadAsync();
    }

    /// <summary>Sends each line when the reply to the one before has come.</summary>
    public async Task SayAsync(params string[] lines)
    {
        foreach (var line in lines)
        {
            (await AskAsync(line))[0].ShouldBeOneOf('2', '3');
        }
    }

    /// <summary>One reply, its lines joined by line feeds; empty when the server has closed.</summary>
    public async Task<string> ReadAsync()
    {
        var reply = new StringBuilder();
        while (true)
        {
            var end = Array.IndexOf(_in, (byte)'\n');
            if (end >= 0)
            {
                var line = Encoding.UTF8.GetString(_in, 0, end).TrimEnd('\r');
                _in = _in[(end + 1)..];
                reply.Append(reply.Length > 0 ? "\n" : "").Append(line);
                if (line.Length < 4 || line[3] != '-')
                {
                    return reply.ToString();
                }
            }
            else if (!await FillAsync())
            {
                return reply.ToString();
            }
        }
    }

    /// <summary>All replies until the server closes.</summary>
    public async Task<List<string>> ReadToEndAsync()
    {
        var all = new List<string>();
        while (await ReadAsync() is { Length: > 0 } reply)
        {
            all.Add(reply);
        }

        return all;
    }

    public async Task<SslStream> StartTlsAsync()
    {
        var tls = new SslStream(_stream);
        _stream = tls;
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
            },
            _limit.Token
        );
        return tls;
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _limit.Dispose();
    }

    private async Task<bool> FillAsync()
    {
        var piece = new byte[4096];
        try
        {
            var count = await _stream.ReadAsync(piece, _limit.Token);
            _in = [.. _in, .. piece[..count]];
            return count > 0;
        }
        catch (IOException)
        {
            // Cut instead of closed.
            return false;
        }
    }
}
