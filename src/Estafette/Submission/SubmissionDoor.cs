using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Protocols.SmtpServer;

namespace Estafette.Submission;

/// <summary>Listens for messages of programs, as configured: with STARTTLS, with TLS from the first octet, or not at all.</summary>
internal sealed class SubmissionDoor(
    SubmissionOptions options,
    SubmissionReceiver receiver,
    DataOptions data,
    StartGate gate,
    TimeProvider clock,
    ILogger<SubmissionDoor> logger
) : BackgroundService
{
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(20);
    private readonly DoorCertificate _certificate = new(
        new DoorCertificateSource(
            $"{SubmissionOptions.Section}:{nameof(SubmissionOptions.Certificate)}",
            options.Certificate,
            options.Key,
            () => [receiver.HostName]
        ),
        data,
        clock,
        logger
    );

    /// <summary>Where it listens, once it does; for tests.</summary>
    public IReadOnlyList<System.Net.IPEndPoint> EndPoints { get; private set; } = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await gate.PassAsync(stoppingToken);
        var listeners = new List<SmtpListener>();
        if (options.Listen is { Length: > 0 } open)
            listeners.Add(SmtpListener.Start(OptionsFor(open, isTls: false), receiver, clock));
        if (options.ListenTls is { Length: > 0 } tls)
            listeners.Add(SmtpListener.Start(OptionsFor(tls, isTls: true), receiver, clock));
        EndPoints = [.. listeners.Select(l => l.EndPoint)];
        await Task.Delay(Timeout.Infinite, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(listeners.Select(l => l.StopAsync(StopWithin)));
    }

    private SmtpServerOptions OptionsFor(string listen, bool isTls) =>
        new()
        {
            EndPoint = SubmissionOptions.EndPointOf(listen)!,
            HostName = receiver.HostName,
            Certificate = _ => _certificate.Current(),
            ImplicitTls = isTls,
            TlsRequired = true,
            Auth = SmtpServerAuth.Required,
            Limits = new SmtpServerLimits { MessageBytes = (long)options.MaxMegabytes << 20, Recipients = options.MaxRecipients },
        };
}
