using System.Net;
using Estafette.Core.Accounts;
using Estafette.Core.Deliverability;
using Estafette.Core.Platform;
using Estafette.Core.Tracking;
using Estafette.Protocols.Smtp;
using Estafette.Protocols.SmtpServer;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Estafette.Core.Inbound.Mail;

/// <summary>
/// Receives mail to the return domain: bounces, complaints, opt-outs, letters to abuse@ and postmaster@. Nothing is relayed, and nobody is answered
/// by mail. A message is taken once it is applied and kept, so that a crash before lets the far end repeat it.
/// </summary>
internal sealed partial class InboundDoor(
    InboundOptions options,
    DnsOptions dns,
    ReadInbound reader,
    TrackingTokens tokens,
    DataOptions data,
    StartGate gate,
    TimeProvider clock,
    ILogger<InboundDoor> logger
) : BackgroundService, ISmtpReceiver
{
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(15);

    /// <summary>Where it listens; null when it does not.</summary>
    public IPEndPoint? EndPoint { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.EndPoint is not { } point)
            return;
        await gate.PassAsync(stoppingToken);
        await tokens.EnsureLoadedAsync(stoppingToken);
        var name = options.HostName ?? dns.ReturnDomain ?? "localhost";
        var source = new DoorCertificateSource(
            $"{InboundOptions.Section}:{nameof(InboundOptions.Certificate)}",
            options.Certificate,
            options.Key,
            () => [name]
        );
        var certificate = new DoorCertificate(source, data, clock, logger);
        // Files that cannot be used are told now, not at the first handshake.
        certificate.Current();
        var listener = SmtpListener.Start(
            new SmtpServerOptions
            {
                EndPoint = point,
                HostName = name,
                // Offered, not asked for (RFC 3207 §4): a bounce without TLS is still a bounce.
                Certificate = _ => certificate.Current(),
                // Bounces of old servers have bare line ends; what is read here is never sent on.
                BareLineEnds = BareLineEnds.Normalize,
                Limits = new SmtpServerLimits
                {
                    MessageBytes = options.MaxKiB * 1024L,
                    ConnectionsPerAddress = options.ConnectionsPerAddress,
                },
                SpillFolder = data.Directory,
            },
            this,
            clock
        );
        await using var owned = listener;
        EndPoint = listener.EndPoint;
        await Task.Delay(Timeout.InfiniteTimeSpan, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await listener.StopAsync(StopWithin);
    }

    public ValueTask<SmtpReply?> AcceptRecipientAsync(SmtpTransaction transaction, SmtpRecipient recipient, CancellationToken ct)
    {
        var at = recipient.Address.LastIndexOf('@');
        var (local, domain) = at < 0 ? (recipient.Address, "") : (recipient.Address[..at], recipient.Address[(at + 1)..]);
        var isOurs = domain.Length == 0 || domain.Equals(dns.ReturnDomain, StringComparison.OrdinalIgnoreCase);
        if (!isOurs)
            return new(new SmtpReply(550, "5.7.1 We do not relay"));
        var address = ReturnAddress.Read(local, tokens);
        // Whoever guesses addresses learns nothing but that; a token of a key we lost is a bounce we cannot use either.
        return address.Purpose == ReturnPurpose.None || (address.Purpose != ReturnPurpose.People && address.Delivery is null)
            ? new(new SmtpReply(550, "5.1.1 No such mailbox here"))
            : new((SmtpReply?)null);
    }

    public async ValueTask<SmtpReply> ReceiveAsync(SmtpReceivedMessage message, CancellationToken ct)
    {
        var envelope = new InboundEnvelope(
            message.Transaction.MailFrom,
            [.. message.Transaction.Recipients.Select(r => r.Address)],
            message.Transaction.Peer.Remote.Address.ToString(),
            await message.ToArrayAsync(ct),
            message.At
        );
        var outcome = await reader.RunAsync(envelope, ct);
        Received(logger, outcome);
        return new SmtpReply(250, "2.0.0 Taken");
    }

    public void Faulted(SmtpPeer peer, Exception exception) => Failed(logger, exception);

    [LoggerMessage(3101, LogLevel.Debug, "Mail came back: {Outcome}")]
    private static partial void Received(ILogger logger, FarEndOutcome outcome);

    [LoggerMessage(3102, LogLevel.Error, "Receiving mail failed; the far end will repeat it")]
    private static partial void Failed(ILogger logger, Exception exception);
}
