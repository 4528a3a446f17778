using System.Net;
using System.Security.Cryptography;
using System.Text;
using Estafette.Protocols.Smtp;
using Estafette.Protocols.SmtpServer;
using Estafette.Testing;

namespace Estafette.Protocols.Tests.SmtpServer;

/// <summary>Clients that are slow, greedy or mad, and the end of the server.</summary>
public sealed class SmtpLimitTests
{
    // For tests of one deadline, so that no other comes before it.
    private static readonly SmtpServerTimeouts Patient = new() { Command = TimeSpan.FromDays(1), Reply = TimeSpan.FromDays(1) };

    /// <summary>Lets time pass until something has happened, such as a deadline of the server.</summary>
    /// <remarks>Time passes faster than the server can say 421 in the seconds it has for it, so its goodbye may be missing.</remarks>
    private static async Task<T> PassTimeAsync<T>(FakeTimeProvider clock, Task<T> until, TimeSpan? step = null)
    {
        while (!until.IsCompleted)
        {
            clock.Advance(step ?? TimeSpan.FromSeconds(20));
            await Task.WhenAny(until, Task.Delay(1));
        }

        return await until;
    }

    [Fact]
    public async Task Client_that_says_nothing_is_closed()
    {
        var clock = new FakeTimeProvider();
        await using var server = ServerUnderTest.Start(clock: clock);
        await using var client = await server.ConnectAsync();

        (await PassTimeAsync(clock, client.ReadToEndAsync())).ShouldAllBe(r => r.StartsWith("421 4.4.2"));
        await Eventually.TrueAsync(() => server.Listener.Connections == 0);
    }

    [Theory]
    [InlineData("")]
    [InlineData("MAIL FROM:<a@x.test>|RCPT TO:<b@y.test>|DATA")]
    public async Task Client_that_is_too_slow_hears_421(string lines)
    {
        var brief = TimeSpan.FromSeconds(1);
        await using var server = ServerUnderTest.Start(o =>
            o with
            {
                Timeouts = new() { Command = brief, DataCredit = brief },
            }
        );
        await using var client = await server.ConnectAsync();
        await client.SayAsync("EHLO x");
        await client.SendAsync(string.Concat(lines.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(l => l + "\r\n")));

        (await client.ReadToEndAsync()).Last().ShouldStartWith("421 4.4.2");
    }

    [Fact]
    public async Task Command_octet_by_octet_has_the_time_of_one_command()
    {
        var clock = new FakeTimeProvider();
        await using var server = ServerUnderTest.Start(clock: clock);
        await using var client = await server.ConnectAsync();
        var end = client.ReadToEndAsync();
        var sent = 0;

        while (!end.IsCompleted && sent++ < 500)
        {
            try
            {
                await client.SendAsync("N");
            }
            catch (IOException)
            {
                break;
            }

            clock.Advance(TimeSpan.FromSeconds(10));
            await Task.WhenAny(end, Task.Delay(1));
        }

        (await PassTimeAsync(clock, end)).ShouldAllBe(r => r.StartsWith("421 4.4.2"));
        sent.ShouldBeLessThan(500);
    }

    [Fact]
    public async Task Text_below_the_least_rate_is_cut_however_often_an_octet_comes()
    {
        var clock = new FakeTimeProvider();
        await using var server = ServerUnderTest.Start(clock: clock);
        await using var client = await server.ConnectAsync();
        await client.SayAsync("EHLO x", "MAIL FROM:<a@x.test>", "RCPT TO:<b@y.test>", "DATA");
        var end = client.ReadToEndAsync();
        var sent = 0;

        while (!end.IsCompleted && sent++ < 500)
        {
            try
            {
                await client.SendAsync("a\r\n");
            }
            catch (IOException)
            {
                break;
            }

            clock.Advance(TimeSpan.FromSeconds(10));
            await Task.WhenAny(end, Task.Delay(1));
        }

        (await PassTimeAsync(clock, end)).ShouldAllBe(r => r.StartsWith("421 4.4.2"));
        sent.ShouldBeLessThan(500);
        server.Messages.ShouldBeEmpty();
    }

    [Fact]
    public async Task Chunks_share_the_time_of_one_text()
    {
        var clock = new FakeTimeProvider();
        await using var server = ServerUnderTest.Start(o => o with { Timeouts = Patient }, clock);
        await using var client = await server.ConnectAsync();
        await client.SayAsync("EHLO x", "MAIL FROM:<a@x.test>", "RCPT TO:<b@y.test>", "BDAT 2\r\n");

        clock.Advance(TimeSpan.FromMinutes(4));
        await client.SendAsync("BDAT 2\r\n");

        (await PassTimeAsync(clock, client.ReadToEndAsync())).ShouldAllBe(r => r.StartsWith("421 4.4.2"));
    }

    [Fact]
    public async Task Receiver_that_takes_too_long_is_cancelled_and_the_client_told()
    {
        var clock = new FakeTimeProvider();
        await using var server = ServerUnderTest.Start(o => o with { Timeouts = Patient }, clock);
        var receiving = new TaskCompletionSource();
        server.Receiver.Receive = async (_, ct) =>
        {
            receiving.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, ct);
            return new SmtpReply(250, "never");
        };
        await using var client = await server.ConnectAsync();
        await client.SayAsync("EHLO x", "MAIL FROM:<a@x.test>", "RCPT TO:<b@y.test>", "DATA");

        var reply = client.AskAsync("x\r\n.");
        await receiving.Task;
        (await PassTimeAsync(clock, reply)).ShouldStartWith("451 4.3.0");

        server.Receiver.Receive = (_, _) => Task.FromResult(new SmtpReply(250, "2.0.0 now"));
        await client.SayAsync("MAIL FROM:<a@x.test>", "RCPT TO:<b@y.test>", "DATA");
        (await client.AskAsync("x\r\n.")).ShouldBe("250 2.0.0 now");
    }

    [Fact]
    public async Task Errors_and_commands_without_a_message_have_an_end()
    {
        await using var server = ServerUnderTest.Start(o =>
            o with
            {
                Limits = new() { ErrorsPerSession = 5, IdleCommands = 10 },
            }
        );
        await using var wrong = await server.ConnectAsync();
        await using var idle = await server.ConnectAsync();
        await wrong.SayAsync("EHLO x");
        await idle.SayAsync("EHLO x");

        await wrong.SendAsync(string.Concat(Enumerable.Repeat("XYZ\r\n", 5)));
        await idle.SendAsync(string.Concat(Enumerable.Repeat("NOOP\r\n", 9)));

        (await wrong.ReadToEndAsync()).Select(r => r[..3]).ShouldBe(["500", "500", "500", "500", "500", "421"]);
        (await idle.ReadToEndAsync()).Last().ShouldStartWith("421 4.7.0");
    }

    [Fact]
    public async Task Recipients_and_messages_have_an_end()
    {
        await using var server = ServerUnderTest.Start(o =>
            o with
            {
                Limits = new() { Recipients = 2, MessagesPerSession = 2 },
            }
        );
        await using var client = await server.ConnectAsync();
        await client.SayAsync("EHLO x", "MAIL FROM:<a@x.test>", "RCPT TO:<b@y.test>", "RCPT TO:<c@y.test>");

        (await client.AskAsync("RCPT TO:<d@y.test>")).ShouldStartWith("452 4.5.3");
        await client.SayAsync("DATA", "x\r\n.", "MAIL FROM:<a@x.test>", "RCPT TO:<b@y.test>", "DATA", "x\r\n.");
        (await client.AskAsync("MAIL FROM:<a@x.test>")).ShouldStartWith("421 4.7.0");
        (await client.ReadAsync()).ShouldBe("");
        server.Messages.Select(m => m.To.Length).ShouldBe([2, 1]);
    }

    [Fact]
    public async Task Long_line_is_refused_and_an_endless_one_closes()
    {
        await using var server = ServerUnderTest.Start();
        await using var client = await server.ConnectAsync();
        await client.SayAsync("EHLO x");

        (await client.AskAsync("NOOP " + new string('x', 505))).ShouldStartWith("250");
        (await client.AskAsync("NOOP " + new string('x', 506))).ShouldStartWith("500 5.5.2");
        await client.SendAsync(new string('x', 13000));

        (await client.ReadToEndAsync()).Single().ShouldStartWith("500 5.5.2");
    }

    [Fact]
    public async Task Sessions_beyond_the_limits_are_turned_away_and_places_become_free()
    {
        await using var server = ServerUnderTest.Start(o =>
            o with
            {
                Limits = new() { Connections = 3, ConnectionsPerAddress = 2 },
            }
        );
        await using var second = await server.ConnectAsync();
        await using (var first = await server.ConnectAsync())
        {
            await using var third = await server.ConnectAsync(greets: false);
            (await third.ReadToEndAsync()).Single().ShouldStartWith("421 4.7.0");
        }

        await Eventually.TrueAsync(() => server.Listener.Connections == 1);
        await using var later = await server.ConnectAsync();
        await later.SayAsync("EHLO x");
    }

    [Fact]
    public async Task Client_that_the_receiver_does_not_want_is_not_greeted()
    {
        await using var server = ServerUnderTest.Start();
        server.Receiver.Greet = _ => new SmtpReply(554, "5.7.1 Not you");
        await using var client = await server.ConnectAsync(greets: false);

        (await client.ReadToEndAsync()).ShouldBe(["554 5.7.1 Not you"]);
    }

    [Fact]
    public async Task Stop_tells_idle_clients_and_finishes_the_message_in_hand()
    {
        await using var server = ServerUnderTest.Start();
        await using var idle = await server.ConnectAsync();
        await using var busy = await server.ConnectAsync();
        await idle.SayAsync("EHLO x");
        await busy.SayAsync("EHLO x", "MAIL FROM:<a@x.test>", "RCPT TO:<b@y.test>", "DATA");

        var stopped = server.Listener.StopAsync(TimeSpan.FromSeconds(60));
        (await idle.ReadToEndAsync()).Single().ShouldStartWith("421 4.3.2");
        stopped.IsCompleted.ShouldBeFalse();
        await busy.SendAsync("x\r\n.\r\n");

        (await busy.ReadToEndAsync()).Select(r => r[..3]).ShouldBe(["250", "421"]);
        await stopped;
        server.Messages.Count.ShouldBe(1);
        await Should.ThrowAsync<System.Net.Sockets.SocketException>(() => server.ConnectAsync());
    }

    [Fact]
    public async Task Stop_cuts_what_does_not_end_in_its_time()
    {
        await using var server = ServerUnderTest.Start();
        await using var client = await server.ConnectAsync();
        var receiving = new TaskCompletionSource();
        server.Receiver.Receive = async (_, ct) =>
        {
            receiving.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, ct);
            return new SmtpReply(250, "never");
        };
        await client.SayAsync("EHLO x", "MAIL FROM:<a@x.test>", "RCPT TO:<b@y.test>", "DATA");
        await client.SendAsync("x\r\n.\r\n");
        await receiving.Task;

        await server.Listener.StopAsync(TimeSpan.Zero);

        (await client.ReadToEndAsync()).ShouldBeEmpty();
        server.Listener.Connections.ShouldBe(0);
        server.Receiver.Faults.Single().ShouldBeAssignableTo<OperationCanceledException>();
    }

    [Fact]
    public async Task Client_that_never_reads_replies_costs_no_memory()
    {
        var clock = new FakeTimeProvider();
        await using var server = ServerUnderTest.Start(o => o with { Limits = new() { IdleCommands = 100000 } }, clock);
        await using var client = await server.ConnectAsync();
        await client.SayAsync("EHLO x");
        var help = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("HELP\r\n", 100)));
        var blocked = Task.Run(async () =>
        {
            while (true)
            {
                await client.SendAsync(help);
            }
        });

        await Eventually.TrueAsync(async () =>
        {
            clock.Advance(TimeSpan.FromSeconds(20));
            await Task.Yield();
            return server.Listener.Connections == 0;
        });
        await Should.ThrowAsync<Exception>(() => blocked);
    }

    [Fact]
    public async Task Garbage_never_harms_the_server()
    {
        await using var server = ServerUnderTest.Start(o => o with { BareLineEnds = BareLineEnds.Keep });
        var random = new Random(20261122);
        string[] words =
        [
            "EHLO x",
            "MAIL FROM:<a@x.test>",
            "RCPT TO:<b@y.test>",
            "DATA",
            "BDAT 7",
            "BDAT 3 LAST",
            "RSET",
            ".",
            "\0",
            "\r",
            "\n",
            "\r\n",
            "\r\n.\r\n",
            "AUTH PLAIN",
            "<",
            "\u00ff",
            "x",
        ];

        for (var i = 0; i < 150; i++)
        {
            await using var client = await server.ConnectAsync();
            var text = new StringBuilder(i % 3 == 0 ? "EHLO x\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\n" : "");
            for (var n = random.Next(60); n > 0; n--)
            {
                text.Append(words[random.Next(words.Length)]).Append(random.Next(3) == 0 ? "" : "\r\n");
            }

            byte[] bytes = i % 5 == 0 ? RandomNumberGenerator.GetBytes(random.Next(1, 20000)) : Encoding.Latin1.GetBytes(text.ToString());
            try
            {
                await client.SendAsync(bytes);
                client.EndInput();
            }
            catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
            {
                // The server had enough.
            }

            await client.ReadToEndAsync();
        }

        await Eventually.TrueAsync(() => server.Listener.Connections == 0);
        server.Receiver.Faults.ShouldBeEmpty();
        await using var last = await server.ConnectAsync();
        await last.SayAsync("EHLO x", "MAIL FROM:<a@x.test>", "RCPT TO:<b@y.test>", "DATA", "x\r\n.");
    }

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.7 127.0.0.1 4321 25\r\n", "192.0.2.7")]
    [InlineData("PROXY TCP6 2001:db8::7 ::1 4321 25\r\n", "2001:db8::7")]
    [InlineData("PROXY UNKNOWN\r\n", "127.0.0.1")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\u0021\u0011\0\u000c\u0001\u0002\u0003\u0004\u007f\0\0\u0001\u0010\u0010\0\u0019", "1.2.3.4")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\u0020\0\0\0", "127.0.0.1")]
    public async Task Proxy_says_whose_connection_it_is(string header, string address)
    {
        await using var server = ServerUnderTest.Start(o => o with { Proxies = [IPAddress.Loopback] });
        await using var client = await server.ConnectAsync(greets: false);

        await client.SendAsync(header);
        (await client.ReadAsync()).ShouldStartWith("220");
        await client.SayAsync("EHLO x", "MAIL FROM:<a@x.test>", "RCPT TO:<b@y.test>", "DATA", "x\r\n.");

        server.Messages.Single().Transaction.Peer.Remote.Address.ShouldBe(IPAddress.Parse(address));
    }

    [Theory]
    [InlineData("EHLO x\r\nEHLO x\r\n")]
    [InlineData("PROXY TCP4 here there 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.7 127.0.0.1 4321 99999\r\n")]
    public async Task Proxy_that_does_not_say_it_properly_is_closed_without_a_word(string header)
    {
        await using var server = ServerUnderTest.Start(o => o with { Proxies = [IPAddress.Loopback] });
        await using var client = await server.ConnectAsync(greets: false);

        await client.SendAsync(header);

        (await client.ReadToEndAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Proxy_header_of_anybody_else_is_no_command()
    {
        await using var server = ServerUnderTest.Start();
        await using var client = await server.ConnectAsync();

        (await client.AskAsync("PROXY TCP4 192.0.2.7 127.0.0.1 4321 25")).ShouldStartWith("500");
        (await client.ReadAsync()).ShouldBe("");
    }

    [Fact]
    public void Options_that_do_not_go_together_are_named()
    {
        var options = new SmtpServerOptions { EndPoint = new(IPAddress.Loopback, 0), HostName = "mx.test" };
        SmtpServerOptions[] wrong =
        [
            options with
            {
                HostName = "m x",
            },
            options with
            {
                ImplicitTls = true,
            },
            options with
            {
                TlsRequired = true,
            },
            options with
            {
                Auth = SmtpServerAuth.Required,
            },
            options with
            {
                Limits = new() { Recipients = 0 },
            },
        ];

        foreach (var each in wrong)
        {
            Should
                .Throw<ArgumentException>(() => SmtpListener.Start(each, new KeepingReceiver(), TimeProvider.System))
                .Message.ShouldContain("Starting");
        }
    }
}
