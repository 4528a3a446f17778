using System.Net;
using System.Net.Sockets;
using System.Text;
using Estafette.Core.Inbound;
using Estafette.Core.Inbound.Mail;
using Estafette.Core.Platform;
using Estafette.Protocols.Imap;
using Estafette.Protocols.Mailboxes;
using Estafette.Testing.Dovecot;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Inbound;

/// <summary>Bounces fetched from a real Dovecot.</summary>
[Trait("Category", "RealServers")]
public sealed class MailboxPollerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static MailboxPollOptions OptionsFor(DovecotServer dovecot) =>
        new()
        {
            Host = "127.0.0.1",
            Port = dovecot.ImapsPort,
            AcceptInvalidCertificate = true,
            User = "alice@y.test",
            Password = "secret",
        };

    private static MailboxPoller PollerOf(Sent sent, MailboxPollOptions options, MailboxState? state = null)
    {
        var services = sent.Api.Web.Services;
        return new MailboxPoller(
            options,
            services.GetRequiredService<InboundOptions>(),
            services.GetRequiredService<ReadInbound>(),
            state ?? new MailboxState(),
            services.GetRequiredService<LoopContext>()
        );
    }

    /// <summary>A bounce as it lies in a mailbox: the envelope is gone, the address it came to stands in the message.</summary>
    private static byte[] Bounce(Sent sent, string recipient, int padding = 0)
    {
        var report = Sent.Dsn(recipient, "failed", "5.1.1", "550 5.1.1 User unknown")
            .Replace("return@bounce.example", sent.ReturnOf(recipient), StringComparison.Ordinal)
            .Replace(
                "This is the mail system at host far.example.",
                "This is the mail system.\n" + string.Concat(Enumerable.Repeat("A long explanation of nothing at all.\n", padding)),
                StringComparison.Ordinal
            );
        return Encoding.ASCII.GetBytes(report.ReplaceLineEndings("\r\n"));
    }

    private static async Task<long> KeptAsync(Sent sent)
    {
        var store = sent.Api.Web.Services.GetRequiredService<Store>();
        await using var connection = await store.OpenAsync(Token);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM inbound_messages";
        return Convert.ToInt64(await command.ExecuteScalarAsync(Token), System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task Bounce_in_the_mailbox_reaches_its_message_once_also_when_the_line_is_cut_in_the_middle()
    {
        await using var dovecot = await DovecotServer.StartAsync();
        await using var sent = await Sent.StartAsync(DatabaseKind.Sqlite, "gone@a.example", "lost@a.example");
        var options = OptionsFor(dovecot);
        var (small, large) = (Bounce(sent, "gone@a.example"), Bounce(sent, "lost@a.example", padding: 10_000));
        await using (var mailbox = await ImapClient.ConnectAsync(options.ToMailbox(TimeProvider.System), Token))
        {
            await mailbox.AppendAsync("INBOX", small, ct: Token);
            await mailbox.AppendAsync("INBOX", large, ct: Token);
            await mailbox.LogoutAsync(Token);
        }

        await using (var line = new CutLine(dovecot.ImapsPort, afterBytes: 100_000))
        {
            var state = new MailboxState();
            var cut = PollerOf(sent, options with { Port = line.Port }, state);
            (await cut.LookAsync(Token)).ShouldBeFalse();
            state.Last!.Problem.ShouldNotBeNullOrEmpty();
        }
        (await sent.StatusAsync("gone@a.example")).ShouldBe("hardbounced", "what came through counts");
        (await sent.StatusAsync("lost@a.example")).ShouldBe("sent");

        var whole = PollerOf(sent, options);
        (await whole.ReadAsync(Token)).ShouldBe(1, "only what was not read yet");
        (await sent.StatusAsync("lost@a.example")).ShouldBe("hardbounced");
        (await whole.ReadAsync(Token)).ShouldBe(0);
        (await KeptAsync(sent)).ShouldBe(2);

        // A copy is the same report, told twice.
        await using (var mailbox = await ImapClient.ConnectAsync(options.ToMailbox(TimeProvider.System), Token))
            await mailbox.AppendAsync("INBOX", small, ct: Token);
        (await whole.ReadAsync(Token)).ShouldBe(1);
        (await KeptAsync(sent)).ShouldBe(2);
        await sent.FiguresAreTrueAsync();
    }

    [Fact]
    public async Task Wrong_password_is_told_in_words_and_never_shown()
    {
        await using var dovecot = await DovecotServer.StartAsync();
        await using var sent = await Sent.StartAsync(DatabaseKind.Sqlite, "a@a.example");
        var state = new MailboxState();
        var wrong = PollerOf(sent, OptionsFor(dovecot) with { Password = "not-the-secret" }, state);
        (await wrong.LookAsync(Token)).ShouldBeFalse("the loop goes on");
        state.Last!.Problem!.ShouldContain("127.0.0.1");
        state.Last.Problem!.ShouldNotContain("not-the-secret");
        var refused = await Should.ThrowAsync<MailboxException>(() => wrong.ReadAsync(Token));
        refused.Failure.ShouldBe(MailboxFailure.SignInRefused);
        state.Last.Problem.ShouldBe(refused.Message);
        (await PollerOf(sent, OptionsFor(dovecot), state).LookAsync(Token)).ShouldBeFalse();
        state.Last.Problem.ShouldBeNull();
    }

    /// <summary>A line to a server that breaks after so many bytes have come back.</summary>
    private sealed class CutLine : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Task _work;

        public CutLine(int target, long afterBytes)
        {
            _listener.Start();
            _work = RunAsync(target, afterBytes);
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        private async Task RunAsync(int target, long left)
        {
            using var caller = await _listener.AcceptTcpClientAsync();
            using var server = new TcpClient();
            await server.ConnectAsync(IPAddress.Loopback, target);
            var up = caller.GetStream().CopyToAsync(server.GetStream());
            var buffer = new byte[4096];
            int read;
            while (left > 0 && (read = await server.GetStream().ReadAsync(buffer)) > 0)
            {
                await caller.GetStream().WriteAsync(buffer.AsMemory(0, (int)Math.Min(read, left)));
                left -= read;
            }
            // Without a good-bye.
            caller.Client.Close(0);
            server.Client.Close(0);
            await up.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }

        public async ValueTask DisposeAsync()
        {
            await _work;
            _listener.Dispose();
        }
    }
}
