using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Estafette.Core.Accounts;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Submission;
using Estafette.Testing;
using Estafette.Tests.Api;
using Estafette.Tests.Api.V3;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Estafette.Tests.Submission;

/// <summary>Messages handed over by SMTP, from the greeting to the message on the wire.</summary>
public sealed class SubmissionTests
{
    private const string Message =
        "From: Boutique <shop@asso.example>\r\nTo: ana@r.test\r\nBcc: hidden@r.test\r\nReturn-Path: <x@y.test>\r\nSubject: =?utf-8?Q?=C3=A9t=C3=A9?=\r\nX-Own:  as  it is\r\n\r\nBonjour.\r\n..deux\r\n";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Message_goes_out_unchanged_to_each_recipient_without_its_bcc(DatabaseKind kind)
    {
        await using var api = await StartAsync(kind);
        using var smtp = await SmtpAsync(api, isTls: false);
        await smtp.SignInAsync(await api.KeyAsync(api.Customer, [ApiScopes.MessagesSend]));
        (await smtp.SendAsync("shop@asso.example", ["ana@r.test", "hidden@r.test"], Message)).ShouldStartWith("250 2.0.0 Accepted as ");
        foreach (var address in (string[])["ana@r.test", "hidden@r.test"])
        {
            var mail = await MailSendTests.CapturedAsync(api, address);
            mail.SourceText.ShouldStartWith("Received: from ");
            mail.SourceText.ShouldContain("X-Own:  as  it is\r\n\r\nBonjour.\r\n..deux\r\n");
            mail.SourceText.ShouldContain("\r\nMessage-ID: <");
            mail.SourceText.ShouldContain("\r\nDate: ");
            mail.SourceText.ShouldNotContain("hidden@r.test");
            mail.SourceText.ShouldNotContain("Return-Path");
            mail.Row.Subject.ShouldBe("été");
        }
    }

    [Fact]
    public async Task Nobody_relays_without_a_key_that_may_send_and_passwords_cannot_be_tried_without_end()
    {
        await using var api = await StartAsync();
        using (var open = await SmtpAsync(api, isTls: true))
            (await open.AskAsync("MAIL FROM:<a@b.test>")).ShouldStartWith("530");
        using (var plain = await SmtpAsync(api, isTls: false, startsTls: false))
        {
            (await plain.AskAsync("MAIL FROM:<a@b.test>")).ShouldStartWith("530");
            (await plain.AskAsync("AUTH PLAIN " + Plain("api", "x")))[..1].ShouldBe("5");
        }
        var reader = await api.KeyAsync(api.Customer, [ApiScopes.CampaignsRead]);
        using (var refused = await SmtpAsync(api, isTls: true))
            (await refused.AskAsync("AUTH PLAIN " + Plain("api", reader))).ShouldStartWith("535");
        var limiter = api.Web.Services.GetRequiredService<AttemptLimiter>();
        for (var i = 0; i < AttemptLimiter.PerAddress; i++)
            limiter.Count(AttemptLimiter.Address(IPAddress.Loopback));
        var key = await api.KeyAsync(api.Customer, [ApiScopes.MessagesSend]);
        using var late = await SmtpAsync(api, isTls: true);
        (await late.AskAsync("AUTH PLAIN " + Plain("api", key))).ShouldStartWith("454");
    }

    [Fact]
    public async Task Key_that_was_revoked_during_the_session_sends_nothing_more()
    {
        await using var api = await StartAsync();
        using var smtp = await SmtpAsync(api, isTls: true);
        await smtp.SignInAsync(await api.KeyAsync(api.Customer, [ApiScopes.MessagesSend]));
        (await smtp.SendAsync("a@asso.example", ["ana@r.test"], Message)).ShouldStartWith("250");
        await using var db = await MailSendTests.DbAsync(api);
        await db.Set<ApiKey>().ExecuteUpdateAsync(s => s.SetProperty(k => k.RevokedAt, TimeProvider.System.GetUtcNow()), Token);
        (await smtp.SendAsync("a@asso.example", ["ana@r.test"], Message)).ShouldStartWith("530");
        (await db.Of<DeliveryRecord>(api.Customer).CountAsync(d => d.Address == "ana@r.test", Token)).ShouldBe(1);
    }

    [Theory]
    [InlineData("Subject: x")]
    [InlineData("From: a@asso.example\r\nFrom: ceo@bank.example")]
    [InlineData("From: a@asso.example, ceo@bank.example")]
    [InlineData("From: \"x\" <a@asso.example> <ceo@bank.example>")]
    [InlineData("From: (ceo@bank.example")]
    public async Task Message_needs_one_sender(string head)
    {
        await using var api = await StartAsync();
        using var smtp = await SmtpAsync(api, isTls: true);
        await smtp.SignInAsync(await api.KeyAsync(api.Customer, [ApiScopes.MessagesSend]));
        (await smtp.SendAsync("a@asso.example", ["ana@r.test"], head + "\r\n\r\nx\r\n")).ShouldStartWith("550 5.6.0");
    }

    [Fact]
    public async Task Sender_of_somebody_else_is_refused()
    {
        await using var api = await StartAsync(DatabaseKind.Sqlite, ("Dns:BypassChecks", "false"), ("Dns:Resolvers", "127.0.0.1:1"));
        using var smtp = await SmtpAsync(api, isTls: true);
        await smtp.SignInAsync(await api.KeyAsync(api.Customer, [ApiScopes.MessagesSend]));
        (await smtp.SendAsync("a@asso.example", ["ana@r.test"], "From: ceo@bank.example\r\n\r\nx\r\n")).ShouldStartWith("550 5.7.1");
    }

    [Theory]
    [InlineData("a@x.test", "a@x.test")]
    [InlineData("\"Doe, Jane <jane@y.test>\" <a@x.test>", "a@x.test")]
    [InlineData("Jane (the, \"boss\" \\) <b@y.test>) <a@x.test>", "a@x.test")]
    [InlineData("Group: a@x.test;", null)]
    [InlineData("<a@x.test> b@y.test", null)]
    [InlineData("\"open <a@x.test>", null)]
    public void Sender_is_read_as_readers_read_it(string field, string? address) =>
        (SubmittedMessage.AddressOf(field)?.Address).ShouldBe(address);

    private static Task<ApiHost> StartAsync(DatabaseKind kind = DatabaseKind.Sqlite, params (string Key, string Value)[] settings) =>
        ApiHost.StartAsync(
            kind,
            [
                ("Submission:Listen", "127.0.0.1:0"),
                ("Submission:ListenTls", "127.0.0.1:0"),
                ("Submission:HostName", "mail.test"),
                .. settings,
            ]
        );

    private static string Plain(string user, string password) => Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{user}\0{password}"));

    private static async Task<Client> SmtpAsync(ApiHost api, bool isTls, bool startsTls = true)
    {
        var door = api.Web.Services.GetServices<IHostedService>().OfType<SubmissionDoor>().Single();
        await Eventually.TrueAsync(() => door.EndPoints.Count == 2);
        return await Client.ConnectAsync(door.EndPoints[isTls ? 1 : 0], isTls, startsTls);
    }

    /// <summary>Speaks to the door a line at a time.</summary>
    private sealed class Client(TcpClient tcp, Stream stream) : IDisposable
    {
        private Stream _stream = stream;

        public static async Task<Client> ConnectAsync(IPEndPoint door, bool isTls, bool startsTls)
        {
            var tcp = new TcpClient();
            await tcp.ConnectAsync(door, Token);
            var client = new Client(tcp, tcp.GetStream());
            if (isTls)
                await client.EncryptAsync();
            (await client.ReadAsync()).ShouldStartWith("220");
            (await client.AskAsync("EHLO client.test")).ShouldStartWith("250");
            if (isTls || !startsTls)
                return client;
            (await client.AskAsync("STARTTLS")).ShouldStartWith("220");
            await client.EncryptAsync();
            (await client.AskAsync("EHLO client.test")).ShouldStartWith("250");
            return client;
        }

        public async Task SignInAsync(string key) => (await AskAsync("AUTH PLAIN " + Plain("api", key))).ShouldStartWith("235");

        public async Task<string> SendAsync(string from, string[] to, string message)
        {
            (await AskAsync($"MAIL FROM:<{from}>")).ShouldStartWith("250");
            foreach (var recipient in to)
                (await AskAsync($"RCPT TO:<{recipient}>")).ShouldStartWith("250");
            (await AskAsync("DATA")).ShouldStartWith("354");
            var stuffed = message.Replace("\r\n.", "\r\n..", StringComparison.Ordinal);
            return await AskAsync(stuffed + ".");
        }

        public async Task<string> AskAsync(string line)
        {
            await _stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\r\n"), Token);
            return await ReadAsync();
        }

        public void Dispose()
        {
            _stream.Dispose();
            tcp.Dispose();
        }

        private async Task EncryptAsync()
        {
            var tls = new SslStream(
                _stream,
                false,
                (_, certificate, _, _) => certificate!.Subject.Contains("mail.test", StringComparison.Ordinal)
            );
            await tls.AuthenticateAsClientAsync("mail.test");
            _stream = tls;
        }

        private async Task<string> ReadAsync()
        {
            var reply = new StringBuilder();
            while (true)
            {
                var line = new StringBuilder();
                var one = new byte[1];
                while (await _stream.ReadAsync(one, Token) == 1 && one[0] != '\n')
                    line.Append((char)one[0]);
                reply.Append(line.ToString().TrimEnd('\r')).Append('\n');
                if (line.Length < 4 || line[3] != '-')
                    return reply.ToString();
            }
        }
    }
}
