using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Estafette.Api.Authentication;
using Estafette.Core.Platform;
using Estafette.Protocols.SmtpServer;

namespace Estafette.Submission;

/// <summary>Listens for messages of programs, as configured: with STARTTLS, with TLS from the first octet, or not at all.</summary>
internal sealed class SubmissionDoor(
    SubmissionOptions options,
    SubmissionReceiver receiver,
    DataOptions data,
    StartGate gate,
    TimeProvider clock
) : BackgroundService
{
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(20);
    private readonly Lock _lock = new();
    private (SslStreamCertificateContext Context, DateTime WrittenAt)? _certificate;

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
            Certificate = _ => CertificateNow(),
            ImplicitTls = isTls,
            TlsRequired = true,
            Auth = SmtpServerAuth.Required,
            Limits = new SmtpServerLimits { MessageBytes = (long)options.MaxMegabytes << 20, Recipients = options.MaxRecipients },
        };

    /// <summary>The certificate as it is in its file now; our own is made once.</summary>
    private SslStreamCertificateContext? CertificateNow()
    {
        var written = options.Certificate is { } file ? File.GetLastWriteTimeUtc(file) : default;
        lock (_lock)
        {
            if (_certificate is { } known && known.WrittenAt == written)
                return known.Context;
            var context = options.Certificate is null
                ? SslStreamCertificateContext.Create(CertificateAuthority.IssueServer(data, [receiver.HostName], clock), null, true)
                : Read(options.Certificate, options.Key ?? options.Certificate);
            _certificate = (context, written);
            return context;
        }
    }

    private static SslStreamCertificateContext Read(string certificate, string key)
    {
        using var pem = X509Certificate2.CreateFromPemFile(certificate, key);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(certificate);
        // The TLS stack takes keys that were read from a file.
        var whole = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
        return SslStreamCertificateContext.Create(whole, chain, offline: true);
    }
}
