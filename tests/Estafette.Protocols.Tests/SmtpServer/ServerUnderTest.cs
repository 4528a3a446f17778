using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Estafette.Protocols.Smtp;
using Estafette.Protocols.SmtpServer;
using Estafette.Testing;

namespace Estafette.Protocols.Tests.SmtpServer;

/// <summary>What a receiver of a test was given, in text.</summary>
internal sealed record Kept(string From, string[] To, string Text, SmtpTransaction Transaction, string Received, bool WasInMemory);

/// <summary>A receiver that keeps everything; each answer can be replaced.</summary>
internal sealed class KeepingReceiver : ISmtpReceiver
{
    public ConcurrentQueue<Kept> Messages { get; } = new();

    public ConcurrentQueue<Exception> Faults { get; } = new();

    public Func<SmtpPeer, SmtpReply?> Greet { get; set; } = _ => null;

    public Func<string, string, SmtpAuthResult> Authenticate { get; set; } =
        (user, password) => password == "secret" ? SmtpAuthResult.Accepted(user) : SmtpAuthResult.Refused();

    public Func<SmtpRecipient, SmtpReply?> Recipient { get; set; } =
        r => r.Address.StartsWith("nobody@", StringComparison.Ordinal) ? new SmtpReply(550, "5.1.1 No such mailbox") : null;

    public Func<SmtpReceivedMessage, CancellationToken, Task<SmtpReply>> Receive { get; set; } =
        (_, _) => Task.FromResult(new SmtpReply(250, "2.0.0 Kept"));

    public ValueTask<SmtpReply?> GreetAsync(SmtpPeer peer, CancellationToken ct) => new(Greet(peer));

    public ValueTask<SmtpAuthResult> AuthenticateAsync(SmtpPeer peer, string user, string password, CancellationToken ct) =>
        new(Authenticate(user, password));

    public ValueTask<SmtpReply?> AcceptRecipientAsync(SmtpTransaction transaction, SmtpRecipient recipient, CancellationToken ct) =>
        new(Recipient(recipient));

    public async ValueTask<SmtpReply> ReceiveAsync(SmtpReceivedMessage message, CancellationToken ct)
    {
        var text = Encoding.Latin1.GetString(await message.ToArrayAsync(ct));
        var reply = await Receive(message, ct);
        var t = message.Transaction;
        Messages.Enqueue(
            new(
                t.MailFrom,
                [.. t.Recipients.Select(r => r.Address)],
                text,
                t,
                ReceivedHeader.Format(message, "mx.test", "1"),
                message.Memory is not null
            )
        );
        return reply;
    }

    public void Faulted(SmtpPeer peer, Exception exception) => Faults.Enqueue(exception);
}

/// <summary>A server on a free loopback port with a receiver that keeps.</summary>
internal sealed class ServerUnderTest : IAsyncDisposable
{
    private static readonly SmtpServerOptions Defaults = new() { EndPoint = new(IPAddress.Loopback, 0), HostName = "mx.test" };

    private readonly FakeTimeProvider? _clock;

    private ServerUnderTest(SmtpListener listener, KeepingReceiver receiver, FakeTimeProvider? clock)
    {
        Listener = listener;
        Receiver = receiver;
        _clock = clock;
    }

    public SmtpListener Listener { get; }

    public KeepingReceiver Receiver { get; }

    public IReadOnlyList<Kept> Messages => [.. Receiver.Messages];

    public static ServerUnderTest Start(Func<SmtpServerOptions, SmtpServerOptions>? change = null, FakeTimeProvider? clock = null)
    {
        var receiver = new KeepingReceiver();
        var options = change is null ? Defaults : change(Defaults);
        return new(SmtpListener.Start(options, receiver, (TimeProvider?)clock ?? TimeProvider.System), receiver, clock);
    }

    /// <summary>Options with a certificate that serves every name.</summary>
    public static SmtpServerOptions WithTls(SmtpServerOptions options, X509Certificate2 certificate)
    {
        var context = SslStreamCertificateContext.Create(certificate, null, offline: true);
        return options with { Certificate = _ => context };
    }

    public Task<RawClient> ConnectAsync(bool greets = true) => RawClient.ConnectAsync(Listener.EndPoint.Port, greets);

    public async ValueTask DisposeAsync()
    {
        var stopped = Listener.StopAsync(_clock is null ? TimeSpan.FromSeconds(5) : TimeSpan.Zero);
        while (_clock is not null && !stopped.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromMinutes(1));
            await Task.Yield();
        }

        await stopped;
    }
}
