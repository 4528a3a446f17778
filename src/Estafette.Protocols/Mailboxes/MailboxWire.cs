using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Estafette.Protocols.Smtp;

namespace Estafette.Protocols.Mailboxes;

/// <summary>Octets to and from a mailbox server: a buffer, lines, TLS, and one deadline for each step.</summary>
/// <remarks>
/// Every conversation runs inside <see cref="WithinAsync{T}"/>. Its deadline and the caller's token end whatever is pending; after that, and after any
/// break, the connection is not used again, since nobody knows where the next answer begins.
/// </remarks>
internal sealed class MailboxWire : IAsyncDisposable
{
    private const int BufferBytes = 16 * 1024;

    private readonly MailboxOptions _options;
    private readonly CancellationTokenSource _over;
    private readonly byte[] _in = new byte[BufferBytes];
    private readonly bool _isLoopback;
    private Stream _stream;
    private int _start;
    private int _stop;
    private int _busy;

    private MailboxWire(MailboxOptions options, Socket socket)
    {
        _options = options;
        _over = new CancellationTokenSource(Timeout.InfiniteTimeSpan, options.TimeProvider);
        _isLoopback = socket.RemoteEndPoint is IPEndPoint { Address: var address } && IPAddress.IsLoopback(address);
        _stream = new NetworkStream(socket, ownsSocket: true);
    }

    public bool IsEncrypted => _stream is SslStream;

    public bool IsBroken { get; private set; }

    /// <summary>A password may be sent as it is.</summary>
    public bool MayShowPassword => IsEncrypted || _isLoopback || _options.AllowPlainTextAuth;

    /// <summary>Octets received and not read yet.</summary>
    public int Buffered => _stop - _start;

    /// <summary>Opens the TCP connection.</summary>
    public static async ValueTask<MailboxWire> ConnectAsync(MailboxOptions options, CancellationToken ct)
    {
        var (socket, failure) = await SmtpDial.ConnectAsync(
            new SmtpClientOptions
            {
                Host = options.Host,
                Port = options.Port,
                SourceAddress = options.SourceAddress,
                AddressAllowed = options.AddressAllowed,
                Timeouts = new() { Connect = options.Timeouts.Connect },
                TimeProvider = options.TimeProvider,
            },
            ct
        );
        if (socket is not null)
        {
            return new MailboxWire(options, socket);
        }

        ct.ThrowIfCancellationRequested();
        throw new MailboxException(
            failure!.Kind switch
            {
                SmtpFailureKind.Timeout => MailboxFailure.Timeout,
                SmtpFailureKind.Policy => MailboxFailure.Policy,
                _ => MailboxFailure.Unreachable,
            },
            failure.Text
        );
    }

    /// <summary>Runs one conversation within its time.</summary>
    /// <exception cref="MailboxException">Whatever went wrong; only Refused leaves the connection good.</exception>
    /// <exception cref="OperationCanceledException">The caller's token; the connection is closed.</exception>
    public async ValueTask<T> WithinAsync<T>(TimeSpan limit, string doing, Func<ValueTask<T>> talk, CancellationToken ct)
    {
        if (Interlocked.Exchange(ref _busy, 1) != 0)
        {
            throw new InvalidOperationException("This connection to a mailbox is in use; one operation at a time.");
        }

        try
        {
            if (IsBroken)
            {
                throw Failed(MailboxFailure.Closed, doing, "the connection is closed; make a new one");
            }

            _over.CancelAfter(limit);
            await using var registration = ct.UnsafeRegister(static over => ((CancellationTokenSource)over!).Cancel(), _over);
            var result = await talk();
            return result;
        }
        catch (MailboxException e) when (e.Failure == MailboxFailure.Refused)
        {
            throw;
        }
        catch (MailboxException)
        {
            await BreakAsync();
            throw;
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            await BreakAsync();
            ct.ThrowIfCancellationRequested();
            throw _over.IsCancellationRequested
                ? Failed(MailboxFailure.Timeout, doing, "no answer in time; try later")
                : Failed(MailboxFailure.Closed, doing, "the server closed the connection; try later");
        }
        catch
        {
            await BreakAsync();
            throw;
        }
        finally
        {
            if (!IsBroken)
            {
                _over.CancelAfter(Timeout.InfiniteTimeSpan);
            }

            Volatile.Write(ref _busy, 0);
        }
    }

    /// <summary>The exception for something that went wrong here.</summary>
    public MailboxException Failed(MailboxFailure failure, string doing, string why) =>
        new(failure, $"{doing} at {_options.Host}:{_options.Port}: {why}");

    /// <summary>Puts TLS under everything that follows.</summary>
    public async ValueTask StartTlsAsync()
    {
        if (Buffered > 0)
        {
            // Plain text after the answer would be read as if TLS had protected it (CVE-2011-0411).
            throw Failed(MailboxFailure.Protocol, "Starting TLS", "it sent plain text behind its answer; the line is not to be trusted");
        }

        var errors = SslPolicyErrors.None;
        var tls = new SslStream(_stream);
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = _options.TlsHost ?? _options.Host,
                    CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                    CertificateChainPolicy = _options.TrustedRoots is { } roots ? OnlyTrusting(roots) : null,
                    RemoteCertificateValidationCallback = (_, _, _, found) =>
                    {
                        errors = found;
                        return found == SslPolicyErrors.None || _options.AcceptInvalidCertificate;
                    },
                },
                _over.Token
            );
            _stream = tls;
        }
        catch (Exception e) when (e is AuthenticationException || (e is IOException && !_over.IsCancellationRequested))
        {
            await tls.DisposeAsync();
            throw Failed(
                MailboxFailure.Tls,
                "Starting TLS",
                errors == SslPolicyErrors.None
                    ? $"the handshake failed ({e.InnerException?.Message ?? e.Message}); check port and TLS mode"
                    : $"its certificate is not valid ({errors}); correct it or accept it in the settings"
            );
        }
    }

    private static X509ChainPolicy OnlyTrusting(X509Certificate2Collection roots)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(roots);
        return policy;
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes) => _stream.WriteAsync(bytes, _over.Token);

    /// <summary>The next line without its line end, of at most so many octets.</summary>
    public async ValueTask<byte[]> ReadLineAsync(int maxBytes)
    {
        ArrayBufferWriter<byte>? earlier = null;
        while (true)
        {
            var here = _in.AsMemory(_start, Buffered);
            var end = here.Span.IndexOf((byte)'\n');
            var piece = end < 0 ? here : here[..end];
            if ((earlier?.WrittenCount ?? 0) + piece.Length > maxBytes)
            {
                throw Failed(MailboxFailure.Protocol, "Reading an answer", $"it is longer than {maxBytes} octets");
            }

            earlier?.Write(piece.Span);
            _start += end < 0 ? piece.Length : end + 1;
            if (end >= 0)
            {
                var line = earlier is null ? piece : earlier.WrittenMemory;
                return (line.Span.EndsWith("\r"u8) ? line[..^1] : line).ToArray();
            }

            if (earlier is null)
            {
                earlier = new ArrayBufferWriter<byte>(BufferBytes);
                earlier.Write(piece.Span);
            }

            await FillAsync();
        }
    }

    /// <summary>The next octets, at least one and at most so many; valid until the next read.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadPieceAsync(long maxBytes)
    {
        if (Buffered == 0)
        {
            await FillAsync();
        }

        var piece = _in.AsMemory(_start, (int)Math.Min(maxBytes, Buffered));
        _start += piece.Length;
        return piece;
    }

    /// <summary>All octets received and not read yet, or the next to come; <see cref="Skip"/> says how many were used.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> PeekAsync()
    {
        if (Buffered == 0)
        {
            await FillAsync();
        }

        return _in.AsMemory(_start, Buffered);
    }

    public void Skip(int bytes) => _start += bytes;

    public CancellationToken Over => _over.Token;

    /// <summary>Closes; may be called again.</summary>
    public async ValueTask DisposeAsync()
    {
        await BreakAsync();
        _over.Dispose();
    }

    private async ValueTask FillAsync()
    {
        _start = 0;
        _stop = 0;
        _stop = await _stream.ReadAsync(_in, _over.Token);
        if (_stop == 0)
        {
            throw new EndOfStreamException();
        }
    }

    private ValueTask BreakAsync()
    {
        IsBroken = true;
        return _stream.DisposeAsync();
    }
}
