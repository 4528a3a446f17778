using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Estafette.Protocols.Smtp;

/// <summary>From an open socket to a connection ready for its first message: TLS, greeting, EHLO, STARTTLS, AUTH.</summary>
internal sealed class SmtpHandshake(SmtpClientOptions options, SmtpWire wire, Action<SmtpTranscriptLine>? transcript)
{
    // RFC 5321 §4.5.3.1.4: a command line has at most 512 octets with its CRLF.
    private const int MaxCommandBytes = 512;

    // Taken while the socket is certainly open: a deadline or a token may dispose it at any time.
    private readonly EndPoint? _localEnd = wire.Socket.LocalEndPoint;
    private readonly EndPoint? _remoteEnd = wire.Socket.RemoteEndPoint;
    private SslPolicyErrors _certificateErrors;

    public SmtpCapabilities Capabilities { get; private set; } = SmtpCapabilities.None;

    /// <summary>Runs the steps in order; null when the connection is ready.</summary>
    public async ValueTask<SmtpFailure?> RunAsync() =>
        CheckOptions()
        ?? (options.Tls == SmtpTls.ImplicitTls ? await EncryptAsync() : null)
        ?? await GreetAsync()
        ?? await IntroduceAsync()
        ?? await StartTlsAsync()
        ?? await SignInAsync();

    private string LocalName =>
        options.LocalName
        ?? _localEnd switch
        {
            // RFC 5321 §4.1.3: address literals.
            IPEndPoint { AddressFamily: AddressFamily.InterNetworkV6 } v6 when !v6.Address.IsIPv4MappedToIPv6 => $"[IPv6:{v6.Address}]",
            IPEndPoint v4 => $"[{v4.Address.MapToIPv4()}]",
            _ => "[127.0.0.1]",
        };

    private bool IsLoopback => _remoteEnd is IPEndPoint { Address: var address } && IPAddress.IsLoopback(address);

    private SmtpFailure? CheckOptions()
    {
        var bad = options.LocalName is { } name && (name.Length is 0 or > 255 || name.Any(c => c is <= ' ' or > '~'));
        return bad ? Fail(SmtpPhase.Ehlo, SmtpFailureKind.Policy, "the EHLO name is no host name; correct the local name") : null;
    }

    private async ValueTask<SmtpFailure?> GreetAsync()
    {
        wire.StartPhase(options.Timeouts.Banner);
        var (reply, failure) = await ReadAsync(SmtpPhase.Banner);
        return failure ?? (reply!.Code == 220 ? null : Refused(SmtpPhase.Banner, reply));
    }

    private async ValueTask<SmtpFailure?> IntroduceAsync()
    {
        wire.StartPhase(options.Timeouts.Ehlo);
        var (reply, failure) = await CommandAsync(SmtpPhase.Ehlo, $"EHLO {LocalName}");
        if (failure is null && reply!.IsPermanent)
        {
            // RFC 5321 §3.2: a server that does not know EHLO is spoken to with HELO.
            Capabilities = SmtpCapabilities.None;
            (reply, failure) = await CommandAsync(SmtpPhase.Ehlo, $"HELO {LocalName}");
            return failure ?? (reply!.IsPositive ? null : Refused(SmtpPhase.Ehlo, reply));
        }

        if (failure is null && reply!.IsPositive)
        {
            Capabilities = SmtpCapabilities.Parse(reply);
            return null;
        }

        return failure ?? Refused(SmtpPhase.Ehlo, reply!);
    }

    private async ValueTask<SmtpFailure?> StartTlsAsync()
    {
        if (options.Tls is SmtpTls.None or SmtpTls.ImplicitTls)
        {
            return null;
        }

        if (!Capabilities.StartTls)
        {
            return options.Tls == SmtpTls.StartTlsOptional
                ? null
                : Fail(
                    SmtpPhase.StartTls,
                    SmtpFailureKind.Tls,
                    "it does not offer STARTTLS, which is required; use its TLS port or allow plain text"
                );
        }

        wire.StartPhase(options.Timeouts.Tls);
        var (reply, failure) = await CommandAsync(SmtpPhase.StartTls, "STARTTLS");
        if (failure is not null)
        {
            return failure;
        }

        if (reply!.Code != 220)
        {
            // RFC 3207 §4: the client decides whether to go on without.
            return options.Tls == SmtpTls.StartTlsOptional && reply.Code != 421 ? null : Refused(SmtpPhase.StartTls, reply);
        }

        if (wire.Buffered > 0)
        {
            // Octets sent in plain text after the 220 would be read as if TLS had protected them (CVE-2011-0411).
            return Fail(
                SmtpPhase.StartTls,
                SmtpFailureKind.Protocol,
                "it sent plain text after its answer to STARTTLS; the line is not to be trusted"
            );
        }

        // RFC 3207 §4.2: what was learnt before TLS is forgotten.
        Capabilities = SmtpCapabilities.None;
        return await EncryptAsync() ?? await IntroduceAsync();
    }

    private async ValueTask<SmtpFailure?> EncryptAsync()
    {
        wire.StartPhase(options.Timeouts.Tls);
        var error = await wire.StartTlsAsync(TlsOptions());
        wire.EndPhase();
        if (error is null)
        {
            transcript?.Invoke(new SmtpTranscriptLine(false, "[TLS]"));
            return null;
        }

        var why =
            _certificateErrors != SslPolicyErrors.None
                ? $"its certificate is not valid ({_certificateErrors}); correct the certificate or accept it in the settings of the server"
                : $"the TLS handshake failed ({error.InnerException?.Message ?? error.Message}); check port and TLS mode";
        return wire.IsAborted ? Broken(SmtpPhase.StartTls, wire.BrokenBecause()) : Fail(SmtpPhase.StartTls, SmtpFailureKind.Tls, why);
    }

    private SslClientAuthenticationOptions TlsOptions() =>
        new()
        {
            TargetHost = options.TlsHost ?? options.Host,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            CertificateChainPolicy = options.TrustedRoots is { } roots ? OnlyTrusting(roots) : null,
            RemoteCertificateValidationCallback = (_, _, _, errors) =>
            {
                _certificateErrors = errors;
                return errors == SslPolicyErrors.None || options.AcceptInvalidCertificate;
            },
        };

    private static X509ChainPolicy OnlyTrusting(X509Certificate2Collection roots)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(roots);
        return policy;
    }

    private async ValueTask<SmtpFailure?> SignInAsync()
    {
        if (options.Username is not { } username)
        {
            return null;
        }

        if (!Capabilities.OffersAuth)
        {
            return Fail(SmtpPhase.Auth, SmtpFailureKind.Policy, "it does not offer AUTH; remove the user name or use its submission port");
        }

        var mayShow = wire.IsEncrypted || options.AllowPlainTextAuth || IsLoopback;
        var mechanism = SmtpAuthentication.Choose(Capabilities.Auth, options.AuthMechanisms, mayShow, wire.IsEncrypted);
        if (mechanism == SmtpAuthMechanisms.None)
        {
            return Fail(
                SmtpPhase.Auth,
                SmtpFailureKind.Policy,
                mayShow
                    ? "it offers none of the allowed AUTH mechanisms; allow another one"
                    : "signing in would show the password on an unencrypted line; use TLS"
            );
        }

        wire.StartPhase(options.Timeouts.Auth);
        var (reply, failure) = await AuthenticateAsync(mechanism, username, options.Password ?? "");
        return failure ?? (reply!.Code == 235 ? null : Refused(SmtpPhase.Auth, reply));
    }

    private ValueTask<(SmtpReply? Reply, SmtpFailure? Failure)> AuthenticateAsync(
        SmtpAuthMechanisms mechanism,
        string username,
        string password
    )
    {
        if (mechanism == SmtpAuthMechanisms.CramMd5)
        {
            return AnswerAsync("AUTH CRAM-MD5", challenge => SmtpAuthentication.CramMd5(username, password, challenge));
        }

        if (mechanism == SmtpAuthMechanisms.Login)
        {
            return AnswerAsync("AUTH LOGIN", _ => SmtpAuthentication.Base64(username), _ => SmtpAuthentication.Base64(password));
        }

        var initial = SmtpAuthentication.Plain(username, password);
        return "AUTH PLAIN ".Length + initial.Length + 2 <= MaxCommandBytes
            ? CommandAsync(SmtpPhase.Auth, $"AUTH PLAIN {initial}", "AUTH PLAIN ****")
            // RFC 4954 §4: an initial response too long for the command line waits for an empty challenge.
            : AnswerAsync("AUTH PLAIN", _ => initial);
    }

    private async ValueTask<(SmtpReply? Reply, SmtpFailure? Failure)> AnswerAsync(string command, params Func<string, string?>[] answers)
    {
        var (reply, failure) = await CommandAsync(SmtpPhase.Auth, command);
        foreach (var answer in answers)
        {
            if (failure is not null || reply!.Code != 334)
            {
                break;
            }

            // RFC 4954 §4: "*" gives the exchange up.
            (reply, failure) = await CommandAsync(SmtpPhase.Auth, answer(reply!.Text) ?? "*", "****");
        }

        return (reply, failure);
    }

    private async ValueTask<(SmtpReply? Reply, SmtpFailure? Failure)> CommandAsync(SmtpPhase phase, string command, string? shown = null)
    {
        transcript?.Invoke(new SmtpTranscriptLine(false, shown ?? command));
        wire.Queue(command);
        wire.Queue("\r\n"u8);
        var broken = await wire.FlushAsync();
        // A server that closes may have said why before.
        return broken is SmtpFailureKind.None or SmtpFailureKind.Closed ? await ReadAsync(phase) : (null, Broken(phase, broken));
    }

    private async ValueTask<(SmtpReply? Reply, SmtpFailure? Failure)> ReadAsync(SmtpPhase phase)
    {
        var frame = await wire.ReadReplyAsync();
        if (frame.Failure != SmtpFailureKind.None)
        {
            return (null, Broken(phase, frame.Failure));
        }

        var reply = wire.Reply(frame);
        SmtpTranscripts.Say(transcript, reply);
        return (reply, null);
    }

    private SmtpFailure Refused(SmtpPhase phase, SmtpReply reply) =>
        reply.Code >= 400
            ? new SmtpFailure(phase, SmtpFailureKind.Refused, $"{Doing(phase)}: refused with {reply}", reply)
            : new SmtpFailure(
                phase,
                SmtpFailureKind.Protocol,
                $"{Doing(phase)}: {reply} is no answer to that; is this an SMTP server?",
                reply
            );

    private SmtpFailure Broken(SmtpPhase phase, SmtpFailureKind kind) => new(phase, kind, SmtpTranscripts.Explain(Doing(phase), kind));

    private SmtpFailure Fail(SmtpPhase phase, SmtpFailureKind kind, string why) => new(phase, kind, $"{Doing(phase)}: {why}");

    private string Doing(SmtpPhase phase) =>
        phase switch
        {
            SmtpPhase.Banner => $"Waiting for the greeting of {options.Host}:{options.Port}",
            SmtpPhase.StartTls => $"Starting TLS with {options.Host}:{options.Port}",
            SmtpPhase.Auth => $"Signing in to {options.Host}:{options.Port}",
            _ => $"Greeting {options.Host}:{options.Port}",
        };
}
