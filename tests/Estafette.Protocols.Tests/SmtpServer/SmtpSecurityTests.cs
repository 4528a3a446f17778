using System.Text;
using Estafette.Protocols.Smtp;
using Estafette.Protocols.SmtpServer;
using Estafette.Testing;
using Estafette.Testing.Smtp;

namespace Estafette.Protocols.Tests.SmtpServer;

/// <summary>TLS and signing in.</summary>
public sealed class SmtpSecurityTests
{
    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static ServerUnderTest WithoutTls() =>
        ServerUnderTest.Start(o =>
            o with
            {
                Auth = SmtpServerAuth.Required,
                AuthWithoutTlsOnLoopback = true,
                Timeouts = new() { AuthFailure = TimeSpan.Zero },
            }
        );

    [Fact]
    public async Task STARTTLS_forgets_everything_said_before()
    {
        using var certificate = TestCertificate.Create();
        await using var server = ServerUnderTest.Start(o => ServerUnderTest.WithTls(o, certificate));
        await using var client = await server.ConnectAsync();
        (await client.AskAsync("EHLO x")).ShouldContain("STARTTLS");

        // What follows STARTTLS in the same segment was not protected.
        await client.SendAsync("STARTTLS\r\nEHLO evil\r\nMAIL FROM:<evil@x.test>\r\n");
        (await client.ReadAsync()).ShouldStartWith("220");
        await client.StartTlsAsync();

        (await client.AskAsync("MAIL FROM:<a@x.test>")).ShouldStartWith("503");
        (await client.AskAsync("EHLO y")).ShouldNotContain("STARTTLS");
        (await client.AskAsync("STARTTLS")).ShouldStartWith("503");
        await client.SayAsync("MAIL FROM:<a@x.test>", "RCPT TO:<b@y.test>", "DATA", "x\r\n.");
        var kept = server.Messages.Single();
        kept.Transaction.Peer.HelloName.ShouldBe("y");
        kept.Transaction.Peer.Tls.ShouldStartWith("Tls1");
        kept.Received.ShouldContain("with ESMTPS id");
    }

    [Fact]
    public async Task STARTTLS_is_refused_inside_a_transaction_and_mail_without_TLS_where_it_is_required()
    {
        using var certificate = TestCertificate.Create();
        await using var lenient = ServerUnderTest.Start(o => ServerUnderTest.WithTls(o, certificate));
        await using var strict = ServerUnderTest.Start(o => ServerUnderTest.WithTls(o, certificate) with { TlsRequired = true });
        await using var one = await lenient.ConnectAsync();
        await using var other = await strict.ConnectAsync();

        await one.SayAsync("EHLO x", "MAIL FROM:<a@x.test>");
        (await one.AskAsync("STARTTLS")).ShouldStartWith("503");
        await other.SayAsync("EHLO x");
        (await other.AskAsync("MAIL FROM:<a@x.test>")).ShouldStartWith("530 5.7.0");
    }

    [Fact]
    public async Task Client_that_fails_the_handshake_is_closed()
    {
        using var certificate = TestCertificate.Create();
        await using var server = ServerUnderTest.Start(o => ServerUnderTest.WithTls(o, certificate));
        await using var client = await server.ConnectAsync();
        await client.SayAsync("EHLO x", "STARTTLS");

        await client.SendAsync("MAIL FROM:<a@x.test>\r\n");

        (await client.ReadToEndAsync()).ShouldAllBe(r => !r.StartsWith("250", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Renewed_certificate_serves_the_next_connection()
    {
        using var old = TestCertificate.Create();
        using var renewed = TestCertificate.Create();
        var current = System.Net.Security.SslStreamCertificateContext.Create(old, null, offline: true);
        await using var server = ServerUnderTest.Start(o => o with { Certificate = _ => current, ImplicitTls = true });

        var first = await ThumbprintAsync(server);
        current = System.Net.Security.SslStreamCertificateContext.Create(renewed, null, offline: true);
        var second = await ThumbprintAsync(server);

        first.ShouldBe(old.GetCertHashString());
        second.ShouldBe(renewed.GetCertHashString());
    }

    private static async Task<string> ThumbprintAsync(ServerUnderTest server)
    {
        await using var client = await server.ConnectAsync(greets: false);
        var tls = await client.StartTlsAsync();
        (await client.ReadAsync()).ShouldStartWith("220");
        return tls.RemoteCertificate!.GetCertHashString();
    }

    [Fact]
    public async Task Goodbyes_of_the_server_reach_a_client_under_TLS()
    {
        using var certificate = TestCertificate.Create();
        var brief = new SmtpServerTimeouts { Command = TimeSpan.FromSeconds(1) };
        await using var stopping = ServerUnderTest.Start(o => ServerUnderTest.WithTls(o, certificate) with { ImplicitTls = true });
        await using var hasty = ServerUnderTest.Start(o =>
            ServerUnderTest.WithTls(o, certificate) with
            {
                ImplicitTls = true,
                Timeouts = brief,
            }
        );
        await using var one = await stopping.ConnectAsync(greets: false);
        await using var other = await hasty.ConnectAsync(greets: false);
        await one.StartTlsAsync();
        await other.StartTlsAsync();
        (await one.ReadAsync()).ShouldStartWith("220");

        var stopped = stopping.Listener.StopAsync(TimeSpan.FromSeconds(30));

        (await one.ReadToEndAsync()).ShouldHaveSingleItem().ShouldStartWith("421 4.3.2");
        (await other.ReadToEndAsync()).Last().ShouldStartWith("421 4.4.2");
        await one.DisposeAsync();
        await stopped;
    }

    [Fact]
    public async Task Password_is_asked_for_only_under_TLS()
    {
        using var certificate = TestCertificate.Create();
        await using var server = ServerUnderTest.Start(o =>
            ServerUnderTest.WithTls(o, certificate) with
            {
                Auth = SmtpServerAuth.Required,
            }
        );
        await using var client = await server.ConnectAsync();

        (await client.AskAsync("EHLO x")).ShouldNotContain("AUTH");
        (await client.AskAsync("MAIL FROM:<a@x.test>")).ShouldStartWith("530");
        (await client.AskAsync("AUTH PLAIN " + Base64("\0u\0secret"))).ShouldStartWith("538");
        await client.SayAsync("STARTTLS");
        await client.StartTlsAsync();
        (await client.AskAsync("EHLO x")).ShouldContain("AUTH PLAIN LOGIN");
        (await client.AskAsync("AUTH PLAIN " + Base64("\0u\0secret"))).ShouldStartWith("235");
        await client.SayAsync("MAIL FROM:<a@x.test>", "RCPT TO:<b@y.test>", "DATA", "x\r\n.");

        server.Messages.Single().Transaction.Peer.Identity.ShouldBe("u");
        server.Messages.Single().Received.ShouldContain("with ESMTPSA id");
    }

    [Fact]
    public async Task Name_and_password_come_in_every_usual_way()
    {
        await using var server = WithoutTls();
        string[][] ways =
        [
            ["AUTH PLAIN " + Base64("\0jos\u00e9\0secret")],
            ["AUTH PLAIN", Base64("\0jos\u00e9\0secret")],
            ["auth plain " + Base64("jos\u00e9\0jos\u00e9\0secret")],
            ["AUTH LOGIN", Base64("jos\u00e9"), Base64("secret")],
            ["AUTH LOGIN " + Base64("jos\u00e9"), Base64("secret")],
        ];

        foreach (var way in ways)
        {
            await using var client = await server.ConnectAsync();
            await client.SayAsync("EHLO x");
            foreach (var line in way[..^1])
            {
                (await client.AskAsync(line)).ShouldStartWith("334 ");
            }

            (await client.AskAsync(way[^1])).ShouldBe("235 2.7.0 Signed in");
            (await client.AskAsync("AUTH PLAIN")).ShouldStartWith("503");
        }
    }

    [Theory]
    [InlineData("AUTH", "504")]
    [InlineData("AUTH CRAM-MD5", "504")]
    [InlineData("AUTH PLAIN !!!", "501")]
    [InlineData("AUTH PLAIN =", "501")]
    [InlineData("AUTH PLAIN|*", "501")]
    [InlineData("AUTH LOGIN|*", "501")]
    [InlineData("AUTH LOGIN|dQ==|*", "501")]
    [InlineData("AUTH PLAIN AHUA/w==", "501")]
    [InlineData("AUTH PLAIN b3RoZXIAdQBzZWNyZXQ=", "501")]
    [InlineData("AUTH PLAIN AHUAd3Jvbmc=", "535")]
    public async Task Malformed_and_wrong_credentials_are_refused_and_the_session_goes_on(string lines, string code)
    {
        await using var server = WithoutTls();
        await using var client = await server.ConnectAsync();
        await client.SayAsync("EHLO x");
        var all = lines.Split('|');
        await client.SayAsync(all[..^1]);

        (await client.AskAsync(all[^1])).ShouldStartWith(code);

        (await client.AskAsync("MAIL FROM:<a@x.test>")).ShouldStartWith("530");
    }

    [Fact]
    public async Task Third_wrong_password_ends_the_session()
    {
        await using var server = WithoutTls();
        await using var client = await server.ConnectAsync();
        await client.SayAsync("EHLO x");

        for (var i = 0; i < 3; i++)
        {
            (await client.AskAsync("AUTH PLAIN " + Base64("\0u\0wrong"))).ShouldStartWith("535");
        }

        (await client.ReadToEndAsync()).Single().ShouldStartWith("421");
    }

    [Fact]
    public async Task Refusal_waits_for_its_delay_and_a_receiver_without_accounts_is_temporary()
    {
        var clock = new FakeTimeProvider();
        await using var server = ServerUnderTest.Start(
            o => o with { Auth = SmtpServerAuth.Optional, AuthWithoutTlsOnLoopback = true },
            clock
        );
        await using var client = await server.ConnectAsync();
        await client.SayAsync("EHLO x");
        server.Receiver.Authenticate = (_, _) => throw new TimeoutException("no database");
        (await client.AskAsync("AUTH PLAIN " + Base64("\0u\0secret"))).ShouldStartWith("454");
        server.Receiver.Authenticate = (_, _) => SmtpAuthResult.Refused(TimeSpan.FromSeconds(7));

        var timers = clock.WaitingTimers;
        var refusal = client.AskAsync("AUTH PLAIN " + Base64("\0u\0wrong"));
        await Eventually.TrueAsync(() => clock.WaitingTimers > timers);
        clock.Advance(TimeSpan.FromSeconds(6));
        refusal.IsCompleted.ShouldBeFalse();
        clock.Advance(TimeSpan.FromSeconds(2));

        (await refusal).ShouldStartWith("535");
    }

    [Fact]
    public async Task Long_password_fits_and_a_longer_line_closes()
    {
        await using var server = WithoutTls();
        server.Receiver.Authenticate = (_, password) => password.Length == 9000 ? SmtpAuthResult.Accepted("u") : SmtpAuthResult.Refused();
        await using var client = await server.ConnectAsync();
        await using var other = await server.ConnectAsync();
        await client.SayAsync("EHLO x");
        await other.SayAsync("EHLO x");

        (await client.AskAsync("AUTH PLAIN " + Base64("\0u\0" + new string('p', 9000)))).ShouldStartWith("235");
        await other.SendAsync("AUTH PLAIN " + new string('A', 13000) + "\r\n");

        (await other.ReadToEndAsync()).Single().ShouldStartWith("500 5.5.2");
    }

    [Theory]
    [InlineData(SmtpTls.StartTlsRequired, SmtpAuthMechanisms.Plain)]
    [InlineData(SmtpTls.ImplicitTls, SmtpAuthMechanisms.Login)]
    public async Task Our_own_client_submits(SmtpTls tls, SmtpAuthMechanisms mechanism)
    {
        using var certificate = TestCertificate.Create();
        await using var server = ServerUnderTest.Start(o =>
            ServerUnderTest.WithTls(o, certificate) with
            {
                Auth = SmtpServerAuth.Required,
                ImplicitTls = tls == SmtpTls.ImplicitTls,
            }
        );
        var connected = await SmtpConnection.ConnectAsync(
            new()
            {
                Host = "localhost",
                SourceAddress = System.Net.IPAddress.Loopback,
                Port = server.Listener.EndPoint.Port,
                Tls = tls,
                TrustedRoots = [certificate],
                Username = "u",
                Password = "secret",
                AuthMechanisms = mechanism,
            }
        );
        connected.Failure.ShouldBeNull();
        await using var connection = connected.Connection!;
        var text = "Subject: x\r\n\r\n.dot\r\n..dots\r\n.\r\nend\r\n"u8.ToArray();
        var envelopes = Enumerable.Range(0, 5).Select(i => new SmtpEnvelope("a@x.test", $"b{i}@y.test", text.Length)).ToArray();

        for (var i = 0; i < envelopes.Length; i++)
        {
            (await connection.SendAsync(envelopes[i], text, envelopes.ElementAtOrDefault(i + 1))).Outcome.ShouldBe(SmtpOutcome.Accepted);
        }

        await connection.QuitAsync();
        server.Messages.Select(m => m.To.Single()).ShouldBe(envelopes.Select(e => e.RcptTo));
        server.Messages.ShouldAllBe(m => m.Text == Encoding.ASCII.GetString(text));
    }
}
