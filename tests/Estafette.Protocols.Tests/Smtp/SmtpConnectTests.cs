using System.Net;
using System.Net.Sockets;
using Estafette.Protocols.Smtp;
using Estafette.Testing.Smtp;

namespace Estafette.Protocols.Tests.Smtp;

/// <summary>Everything that can happen before the first message.</summary>
public sealed class SmtpConnectTests
{
    private static readonly byte[] Message = "Subject: x\r\n\r\nx\r\n"u8.ToArray();

    [Theory]
    [InlineData(SmtpTls.StartTlsRequired)]
    [InlineData(SmtpTls.StartTlsOptional)]
    [InlineData(SmtpTls.ImplicitTls)]
    public async Task Message_goes_over_TLS_with_trusted_certificate(SmtpTls tls)
    {
        using var certificate = TestCertificate.Create();
        await using var server = FakeSmtpServer.Start(new() { Certificate = certificate, ImplicitTls = tls == SmtpTls.ImplicitTls });

        var result = await SmtpConnection.ConnectAsync(To(server) with { Host = "localhost", Tls = tls, TrustedRoots = [certificate] });

        result.Failure.ShouldBeNull();
        await using var connection = result.Connection!;
        connection.IsEncrypted.ShouldBeTrue();
        connection.Capabilities.Pipelining.ShouldBeTrue();
        (await connection.SendAsync(new("a@x.test", "b@y.test"), Message)).Outcome.ShouldBe(SmtpOutcome.Accepted);
        server.Messages.Single().Encrypted.ShouldBeTrue();
    }

    [Fact]
    public async Task Self_signed_certificate_is_refused_unless_accepted()
    {
        using var certificate = TestCertificate.Create();
        await using var server = FakeSmtpServer.Start(new() { Certificate = certificate });
        var options = To(server) with { Tls = SmtpTls.StartTlsRequired };

        var strict = await SmtpConnection.ConnectAsync(options);
        var lenient = await SmtpConnection.ConnectAsync(options with { AcceptInvalidCertificate = true });

        strict.Failure!.Phase.ShouldBe(SmtpPhase.StartTls);
        strict.Failure.Kind.ShouldBe(SmtpFailureKind.Tls);
        strict.Failure.Text.ShouldContain("certificate is not valid");
        lenient.Succeeded.ShouldBeTrue();
        await lenient.Connection.DisposeAsync();
    }

    [Fact]
    public async Task Certificate_of_another_name_is_refused()
    {
        using var certificate = TestCertificate.Create();
        await using var server = FakeSmtpServer.Start(new() { Certificate = certificate });

        var result = await SmtpConnection.ConnectAsync(
            To(server) with
            {
                Tls = SmtpTls.StartTlsRequired,
                TrustedRoots = [certificate],
                TlsHost = "mx.other.test",
            }
        );

        result.Failure!.Kind.ShouldBe(SmtpFailureKind.Tls);
        result.Failure.Text.ShouldContain("RemoteCertificateNameMismatch");
    }

    [Fact]
    public async Task TLS_spoken_to_a_plain_port_is_told_as_TLS()
    {
        await using var server = FakeSmtpServer.Start();

        var result = await SmtpConnection.ConnectAsync(To(server) with { Tls = SmtpTls.ImplicitTls });

        result.Failure!.Phase.ShouldBe(SmtpPhase.StartTls);
        result.Failure.Kind.ShouldBe(SmtpFailureKind.Tls);
    }

    [Theory]
    [InlineData("PLAIN", SmtpAuthMechanisms.All)]
    [InlineData("LOGIN", SmtpAuthMechanisms.All)]
    [InlineData("CRAM-MD5", SmtpAuthMechanisms.All)]
    [InlineData("PLAIN LOGIN CRAM-MD5", SmtpAuthMechanisms.Login)]
    public async Task Name_and_password_are_accepted(string offered, SmtpAuthMechanisms allowed)
    {
        await using var server = FakeSmtpServer.Start(
            new()
            {
                Username = "jos\u00e9",
                Password = "p\u00e4ss \"w\"",
                AuthMechanisms = offered,
            }
        );

        var result = await SmtpConnection.ConnectAsync(
            To(server) with
            {
                Username = "jos\u00e9",
                Password = "p\u00e4ss \"w\"",
                AuthMechanisms = allowed,
            }
        );

        result.Failure.ShouldBeNull();
        await result.Connection!.DisposeAsync();
    }

    [Fact]
    public async Task Very_long_password_waits_for_the_empty_challenge()
    {
        var password = new string('p', 600);
        await using var server = FakeSmtpServer.Start(
            new()
            {
                Username = "u",
                Password = password,
                AuthMechanisms = "PLAIN",
            }
        );

        var result = await SmtpConnection.ConnectAsync(To(server) with { Username = "u", Password = password });

        result.Succeeded.ShouldBeTrue();
        server.Commands.ShouldContain("AUTH PLAIN");
        await result.Connection.DisposeAsync();
    }

    [Fact]
    public async Task Wrong_password_is_a_refusal_of_AUTH_and_never_shown()
    {
        await using var server = FakeSmtpServer.Start(new() { Username = "u", Password = "right" });
        var shown = new List<string>();

        var result = await SmtpConnection.ConnectAsync(
            To(server) with
            {
                Username = "u",
                Password = "wrong-secret",
            },
            line => shown.Add(line.ToString())
        );

        result.Failure!.Phase.ShouldBe(SmtpPhase.Auth);
        result.Failure.Kind.ShouldBe(SmtpFailureKind.Refused);
        result.Failure.Reply!.Code.ShouldBe(535);
        shown.ShouldContain("C: ****");
        (string.Join('\n', shown) + result.Failure.Text + To(server) with { Password = "wrong-secret" }).ShouldNotContain("wrong-secret");
    }

    [Fact]
    public void Password_is_never_shown_on_an_open_line_but_CRAM_MD5_may_be_used()
    {
        const SmtpAuthMechanisms Open = SmtpAuthMechanisms.Plain | SmtpAuthMechanisms.Login;

        SmtpAuthentication.Choose(Open, SmtpAuthMechanisms.All, mayShowPassword: false, encrypted: false).ShouldBe(SmtpAuthMechanisms.None);
        SmtpAuthentication
            .Choose(SmtpAuthMechanisms.All, SmtpAuthMechanisms.All, mayShowPassword: false, encrypted: false)
            .ShouldBe(SmtpAuthMechanisms.CramMd5);
        SmtpAuthentication
            .Choose(SmtpAuthMechanisms.CramMd5, Open, mayShowPassword: true, encrypted: true)
            .ShouldBe(SmtpAuthMechanisms.None);
    }

    [Fact]
    public async Task Server_without_AUTH_is_told_before_anything_is_shown()
    {
        await using var server = FakeSmtpServer.Start();

        var result = await SmtpConnection.ConnectAsync(To(server) with { Username = "u", Password = "p" });

        result.Failure!.Phase.ShouldBe(SmtpPhase.Auth);
        result.Failure.Kind.ShouldBe(SmtpFailureKind.Policy);
    }

    [Theory]
    [InlineData(FakeSmtpMoment.Greeting, SmtpPhase.Banner)]
    [InlineData(FakeSmtpMoment.Ehlo, SmtpPhase.Ehlo)]
    [InlineData(FakeSmtpMoment.StartTls, SmtpPhase.StartTls)]
    [InlineData(FakeSmtpMoment.Auth, SmtpPhase.Auth)]
    public async Task Each_step_before_the_first_message_tells_its_phase(FakeSmtpMoment moment, SmtpPhase phase)
    {
        using var certificate = TestCertificate.Create();
        var behaviour = new FakeSmtpBehaviour { Certificate = certificate, Username = "u" };
        (FakeSmtpAnswer Answer, SmtpFailureKind Kind)[] table =
        [
            (FakeSmtpAnswer.ReplyAndClose("421 4.3.2 not now"), SmtpFailureKind.Refused),
            (FakeSmtpAnswer.Close, SmtpFailureKind.Closed),
            (FakeSmtpAnswer.Silence, SmtpFailureKind.Timeout),
            (FakeSmtpAnswer.Slowly("220 " + new string('x', 2000), TimeSpan.FromMilliseconds(20)), SmtpFailureKind.Timeout),
            (FakeSmtpAnswer.Reply("HTTP/1.1 400 Bad Request"), SmtpFailureKind.Protocol),
            (FakeSmtpAnswer.Reply("354 what?"), SmtpFailureKind.Protocol),
        ];
        foreach (var (answer, kind) in table)
        {
            await using var server = FakeSmtpServer.Start(behaviour.With(FakeSmtpScripts.At(moment, answer)));
            var options = To(server) with
            {
                Tls = SmtpTls.StartTlsRequired,
                AcceptInvalidCertificate = true,
                Username = "u",
                Timeouts = Short,
            };

            var result = await SmtpConnection.ConnectAsync(options);

            var wrongWord = phase == SmtpPhase.StartTls && kind == SmtpFailureKind.Protocol;
            result.Failure!.Phase.ShouldBe(phase, kind.ToString());
            result.Failure.Kind.ShouldBe(kind, wrongWord ? "a strange reply" : answer.ToString());
        }
    }

    [Fact]
    public async Task Closed_port_and_unknown_name_are_unreachable()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)taken.LocalEndPoint!).Port;

        var closed = await SmtpConnection.ConnectAsync(new() { Host = "127.0.0.1", Port = port });
        var unknown = await SmtpConnection.ConnectAsync(new() { Host = "no-such-host.invalid", Timeouts = Short });

        (closed.Failure!.Phase, closed.Failure.Kind).ShouldBe((SmtpPhase.Connect, SmtpFailureKind.Unreachable));
        unknown.Failure!.Phase.ShouldBe(SmtpPhase.Dns);
    }

    [Fact]
    public async Task Address_guard_is_asked_about_the_address_that_would_be_used()
    {
        await using var server = FakeSmtpServer.Start();
        var asked = new List<IPAddress>();

        var result = await SmtpConnection.ConnectAsync(
            To(server) with
            {
                Host = "::ffff:127.0.0.1",
                AddressAllowed = address =>
                {
                    asked.Add(address);
                    return false;
                },
            }
        );

        asked.ShouldBe([IPAddress.Loopback]);
        (result.Failure!.Phase, result.Failure.Kind).ShouldBe((SmtpPhase.Connect, SmtpFailureKind.Policy));
        server.Connections.ShouldBe(0);
    }

    [Fact]
    public async Task Source_address_is_bound()
    {
        await using var server = FakeSmtpServer.Start();

        var result = await SmtpConnection.ConnectAsync(To(server) with { SourceAddress = IPAddress.Parse("127.0.0.9") });

        result.Succeeded.ShouldBeTrue();
        await result.Connection.DisposeAsync();
        server.Commands.ShouldContain("EHLO [127.0.0.9]");
    }

    [Fact]
    public async Task Name_that_would_add_a_command_is_not_said()
    {
        await using var server = FakeSmtpServer.Start();

        var result = await SmtpConnection.ConnectAsync(To(server) with { LocalName = "x\r\nRSET" });

        result.Failure!.Kind.ShouldBe(SmtpFailureKind.Policy);
    }

    [Fact]
    public async Task Cancelling_ends_a_connection_that_is_never_greeted()
    {
        await using var server = FakeSmtpServer.Start(
            new FakeSmtpBehaviour().With(FakeSmtpScripts.At(FakeSmtpMoment.Greeting, FakeSmtpAnswer.Silence))
        );
        using var cancel = new CancellationTokenSource();

        var connecting = SmtpConnection.ConnectAsync(To(server), ct: cancel.Token);
        await cancel.CancelAsync();

        (await connecting).Failure!.Kind.ShouldBe(SmtpFailureKind.Cancelled);
    }

    private static readonly SmtpTimeouts Short = new()
    {
        Banner = TimeSpan.FromMilliseconds(300),
        Ehlo = TimeSpan.FromMilliseconds(300),
        Tls = TimeSpan.FromMilliseconds(1500),
        Auth = TimeSpan.FromMilliseconds(300),
    };

    private static SmtpClientOptions To(FakeSmtpServer server) =>
        new()
        {
            Host = "127.0.0.1",
            Port = server.Port,
            Tls = SmtpTls.None,
        };
}
