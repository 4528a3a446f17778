using System.Text;
using Estafette.Protocols.Smtp;
using Estafette.Testing.Postfix;

namespace Estafette.Protocols.Tests.Smtp;

/// <summary>One Postfix for all tests of the class.</summary>
public sealed class PostfixFixture : IAsyncLifetime
{
    public PostfixServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await PostfixServer.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

/// <summary>The client against a real Postfix.</summary>
[Trait("Category", "RealServers")]
public sealed class SmtpPostfixTests(PostfixFixture postfix) : IClassFixture<PostfixFixture>
{
    [Fact]
    public async Task Messages_arrive_over_STARTTLS_octet_for_octet_and_refusals_are_told()
    {
        await using var connection = await ConnectAsync(SmtpTls.StartTlsRequired);
        (string To, int Code)[] plan =
        [
            ("plain@y.test", 250),
            ("full@y.test", 452),
            ("dots@y.test", 250),
            ("nobody@y.test", 550),
            ("full@y.test", 452),
            ("large@y.test", 250),
            ("last@y.test", 250),
        ];
        var envelopes = plan.Select(p => new SmtpEnvelope("sender@x.test", p.To, Text(p.To).Length)).ToArray();
        var before = Directory.Exists(postfix.Server.Inbox) ? Directory.GetFiles(postfix.Server.Inbox).Length : 0;

        for (var i = 0; i < plan.Length; i++)
        {
            var result = await connection.SendAsync(envelopes[i], Text(plan[i].To), envelopes.ElementAtOrDefault(i + 1));

            result.Reply!.Code.ShouldBe(plan[i].Code, result.ToString());
            result.Outcome.ShouldBe(plan[i].Code == 250 ? SmtpOutcome.Accepted : SmtpOutcome.Refused);
            result.Phase.ShouldBe(plan[i].Code == 250 ? SmtpPhase.Dot : SmtpPhase.Rcpt);
        }

        await connection.QuitAsync();
        connection.IsEncrypted.ShouldBeTrue();
        var mails = await postfix.Server.WaitForMailAsync(before + 4);
        foreach (var (to, _) in plan.Where(p => p.Code == 250))
        {
            var mail = mails.Single(m => Encoding.ASCII.GetString(m).Contains($"Delivered-To: {to}\n", StringComparison.Ordinal));
            Sent(mail).ShouldBe(Encoding.ASCII.GetString(Text(to)).Replace("\r\n", "\n", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Refusals_carry_their_enhanced_status_and_leave_the_connection_good()
    {
        await using var connection = await ConnectAsync(SmtpTls.None);

        var full = await connection.SendAsync(new("sender@x.test", "full@y.test"), Text("full@y.test"));
        var nobody = await connection.SendAsync(new("sender@x.test", "nobody@y.test"), Text("nobody@y.test"));

        full.Reply!.EnhancedStatus.ShouldBe(new SmtpEnhancedStatus(4, 2, 2));
        nobody.Reply!.EnhancedStatus.ShouldBe(new SmtpEnhancedStatus(5, 1, 1));
        (await connection.NoopAsync()).ShouldBeNull();
    }

    private static byte[] Text(string to)
    {
        var text = new StringBuilder(
            $"From: sender@x.test\r\nTo: {to}\r\nSubject: octets\r\nMessage-ID: <{to}>\r\nDate: Sun, 22 Nov 2026 00:00:00 +0000\r\n\r\n"
        );
        for (var i = 0; i < (to.StartsWith("large", StringComparison.Ordinal) ? 4000 : 3); i++)
        {
            text.Append("a line\r\n.\r\n..two dots\r\n.one dot\r\n\r\n");
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }

    /// <summary>The stored message without the trace fields that Postfix put before it.</summary>
    private static string Sent(byte[] stored)
    {
        var text = Encoding.ASCII.GetString(stored);
        return text[text.IndexOf("From: sender@x.test\n", StringComparison.Ordinal)..];
    }

    private async Task<SmtpConnection> ConnectAsync(SmtpTls tls)
    {
        var options = new SmtpClientOptions
        {
            Host = "localhost",
            SourceAddress = System.Net.IPAddress.Loopback,
            Port = postfix.Server.Port,
            Tls = tls,
            TrustedRoots = [postfix.Server.Certificate],
            LocalName = "client.test",
        };
        var result = await SmtpConnection.ConnectAsync(options);
        result.Failure.ShouldBeNull();
        return result.Connection!;
    }
}
