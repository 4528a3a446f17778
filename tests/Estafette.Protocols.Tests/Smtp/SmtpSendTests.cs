using System.Text;
using Estafette.Protocols.Smtp;
using Estafette.Testing.Smtp;

namespace Estafette.Protocols.Tests.Smtp;

/// <summary>What becomes of messages on good days and bad.</summary>
public sealed class SmtpSendTests
{
    private static readonly byte[] Message = "Subject: x\r\n\r\nHello\r\n"u8.ToArray();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Octets_on_the_wire_are_stuffed_and_the_received_text_is_the_sent_one(bool announced)
    {
        await using var server = FakeSmtpServer.Start(new() { KeepsRawInput = true });
        await using var connection = await ConnectAsync(server);
        byte[][] texts =
        [
            "Subject: dots\r\n\r\n.\r\n..\r\n.x\r\nx.\r\n.\r\n"u8.ToArray(),
            ".starts with a dot and has no line end"u8.ToArray(),
            [.. Large(70_000, ".dot"), .. "\r\n"u8],
            Large(300_000, "plain"),
            "\r\n"u8.ToArray(),
        ];

        await SendAllAsync(connection, texts, announced);

        var received = server.Messages.Select(m => m.Bytes).ToArray();
        received.Length.ShouldBe(texts.Length);
        for (var i = 0; i < texts.Length; i++)
        {
            // RFC 5321 §4.1.1.4: a text without CRLF at its end gets one.
            byte[] wanted = texts[i].AsSpan().EndsWith("\r\n"u8) ? texts[i] : [.. texts[i], .. "\r\n"u8];
            received[i].ShouldBe(wanted);
        }

        var raw = Encoding.Latin1.GetString(server.RawInput(1));
        raw.Replace("\r\n", "", StringComparison.Ordinal).ShouldNotContain('\r');
        raw.Replace("\r\n", "", StringComparison.Ordinal).ShouldNotContain('\n');
        raw.Split("\r\n").Count(line => line == ".").ShouldBe(texts.Length);
    }

    [Theory]
    [InlineData("x\n.\nMAIL FROM:<evil@x.test>\r\n")]
    [InlineData("x\r\n.\nMAIL FROM:<evil@x.test>\r\n")]
    [InlineData("x\n.\r\nMAIL FROM:<evil@x.test>\r\n")]
    [InlineData("x\r.\rMAIL FROM:<evil@x.test>\r\n")]
    [InlineData("x\r\n.\r")]
    [InlineData("x\0\r\n")]
    [InlineData("")]
    public async Task Smuggling_is_refused_here_and_the_connection_stays_good(string text)
    {
        await using var server = FakeSmtpServer.Start();
        await using var connection = await ConnectAsync(server);

        var refused = await connection.SendAsync(new("a@x.test", "b@y.test"), Encoding.ASCII.GetBytes(text));
        var sent = await connection.SendAsync(new("a@x.test", "b@y.test"), Message);

        refused.Outcome.ShouldBe(SmtpOutcome.Refused);
        refused.IsLocal.ShouldBeTrue();
        refused.Reply!.Code.ShouldBe(554);
        sent.Outcome.ShouldBe(SmtpOutcome.Accepted);
        server.Messages.Single().Bytes.ShouldBe(Message);
        server.Commands.Count(c => c.StartsWith("MAIL", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task Bad_text_of_an_announced_message_closes_the_connection_and_delivers_nothing()
    {
        await using var server = FakeSmtpServer.Start();
        await using var connection = await ConnectAsync(server);
        var second = new SmtpEnvelope("a@x.test", "second@y.test");

        await connection.SendAsync(new("a@x.test", "first@y.test"), Message, second);
        var refused = await connection.SendAsync(second, "bare\nline\r\n"u8.ToArray());

        refused.IsLocal.ShouldBeTrue();
        connection.IsUsable.ShouldBeFalse();
        server.Messages.Single().RcptTo.ShouldBe(["first@y.test"]);
    }

    [Theory]
    [InlineData("a@x.test>\r\nRCPT TO:<c@y.test", "b@y.test")]
    [InlineData("a@x.test", "b@y.test>\r\nDATA")]
    [InlineData("a@x.test", "b@y.test> NOTIFY=NEVER")]
    [InlineData("a@x.test", "b c@y.test")]
    [InlineData("a@x.test", "\"b@y.test")]
    [InlineData("a@x.test", "")]
    [InlineData("\u00e9@x.test", "b@y.test")]
    public async Task Address_that_would_break_out_of_its_command_is_refused_here(string from, string to)
    {
        await using var server = FakeSmtpServer.Start();
        await using var connection = await ConnectAsync(server);

        var result = await connection.SendAsync(new(from, to), Message);

        result.IsLocal.ShouldBeTrue();
        result.Reply!.Code.ShouldBe(553);
        server.Commands.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Parameters_of_MAIL_follow_what_the_server_offers()
    {
        await using var server = FakeSmtpServer.Start();
        await using var connection = await ConnectAsync(server);
        var envelope = new SmtpEnvelope("", "\"o d\"@y.test", 21) { Is8Bit = true, RequiresSmtpUtf8 = true };

        (await connection.SendAsync(envelope, Message)).Outcome.ShouldBe(SmtpOutcome.Accepted);

        server.Commands.ShouldContain("MAIL FROM:<> SIZE=21 BODY=8BITMIME SMTPUTF8");
        server.Commands.ShouldContain("RCPT TO:<\"o d\"@y.test>");
    }

    [Theory]
    [InlineData(true, "a@x.test", "MAIL FROM:<a@x.test> RET=HDRS", "RCPT TO:<b@y.test> NOTIFY=SUCCESS,FAILURE,DELAY")]
    [InlineData(true, "", "MAIL FROM:<>", "RCPT TO:<b@y.test>")]
    [InlineData(false, "a@x.test", "MAIL FROM:<a@x.test>", "RCPT TO:<b@y.test>")]
    public async Task Reports_are_asked_for_where_they_are_offered_and_can_come_back(bool offers, string from, string mail, string rcpt)
    {
        await using var server = FakeSmtpServer.Start(new() { Extensions = offers ? ["DSN"] : [] });
        await using var connection = await ConnectAsync(server);

        (await connection.SendAsync(new(from, "b@y.test") { AsksReports = true }, Message)).Outcome.ShouldBe(SmtpOutcome.Accepted);

        server.Commands.ShouldContain(mail);
        server.Commands.ShouldContain(rcpt);
    }

    [Fact]
    public async Task What_the_server_cannot_take_is_refused_without_asking_it()
    {
        await using var server = FakeSmtpServer.Start(new() { Extensions = ["SIZE 1000", "PIPELINING"] });
        await using var connection = await ConnectAsync(server);

        var big = await connection.SendAsync(new("a@x.test", "b@y.test"), Large(2000, "x"));
        var utf8 = await connection.SendAsync(new("a@x.test", "\u00e9@y.test") { RequiresSmtpUtf8 = true }, Message);
        var eight = await connection.SendAsync(new("a@x.test", "b@y.test") { Is8Bit = true }, Message);

        new[] { big, utf8, eight }.ShouldAllBe(r => r.IsLocal && r.Outcome == SmtpOutcome.Refused);
        big.Reply!.ToString().ShouldStartWith("552 5.3.4");
        utf8.Reply!.ToString().ShouldStartWith("553 5.6.7");
        eight.Reply!.ToString().ShouldStartWith("554 5.6.3");
        server.Commands.ShouldHaveSingleItem();
        connection.IsUsable.ShouldBeTrue();
    }

    [Fact]
    public async Task Envelope_that_would_be_refused_here_is_not_announced()
    {
        await using var server = FakeSmtpServer.Start();
        await using var connection = await ConnectAsync(server);
        var bad = new SmtpEnvelope("a@x.test", "b c@y.test");

        await connection.SendAsync(new("a@x.test", "first@y.test"), Message, bad);
        connection.Announced.ShouldBeNull();
        (await connection.SendAsync(bad, Message)).IsLocal.ShouldBeTrue();

        (await connection.SendAsync(new("a@x.test", "third@y.test"), Message)).Outcome.ShouldBe(SmtpOutcome.Accepted);
    }

    [Theory]
    [InlineData(FakeSmtpMoment.Mail, SmtpPhase.Mail)]
    [InlineData(FakeSmtpMoment.Rcpt, SmtpPhase.Rcpt)]
    [InlineData(FakeSmtpMoment.Data, SmtpPhase.Data)]
    [InlineData(FakeSmtpMoment.Dot, SmtpPhase.Dot)]
    public async Task Each_step_of_a_message_tells_its_phase_and_doubt_begins_with_the_dot(FakeSmtpMoment moment, SmtpPhase phase)
    {
        (FakeSmtpAnswer Answer, SmtpOutcome Outcome, SmtpFailureKind Kind, bool Usable)[] table =
        [
            (FakeSmtpAnswer.Reply("451 4.3.0 later"), SmtpOutcome.Refused, SmtpFailureKind.None, true),
            (FakeSmtpAnswer.Reply("550 5.7.1 never"), SmtpOutcome.Refused, SmtpFailureKind.None, true),
            (FakeSmtpAnswer.ReplyAndClose("421 4.3.2 bye"), SmtpOutcome.Refused, SmtpFailureKind.None, false),
            (FakeSmtpAnswer.Close, SmtpOutcome.Failed, SmtpFailureKind.Closed, false),
            (FakeSmtpAnswer.TakeInSilence, SmtpOutcome.Failed, SmtpFailureKind.Timeout, false),
            (
                FakeSmtpAnswer.Slowly("250 " + new string('x', 2000), TimeSpan.FromMilliseconds(20)),
                SmtpOutcome.Failed,
                SmtpFailureKind.Timeout,
                false
            ),
            (FakeSmtpAnswer.Reply("220-half\r\n250 whole"), SmtpOutcome.Failed, SmtpFailureKind.Protocol, false),
        ];
        foreach (var pipelining in new[] { true, false })
        {
            foreach (var (answer, outcome, kind, usable) in table)
            {
                var behaviour = new FakeSmtpBehaviour { Extensions = pipelining ? ["PIPELINING"] : [] };
                await using var server = FakeSmtpServer.Start(behaviour.With(FakeSmtpScripts.For(moment, _ => true, answer)));
                await using var connection = await ConnectAsync(server, Short);

                var result = await connection.SendAsync(new("a@x.test", "b@y.test"), Message);

                var name = $"{moment} {answer} pipelining {pipelining}";
                (result.Outcome, result.Phase, result.Failure).ShouldBe((outcome, phase, kind), name);
                result.InDoubt.ShouldBe(phase == SmtpPhase.Dot && outcome == SmtpOutcome.Failed, name);
                result.ConnectionFault.ShouldBeFalse(name);
                connection.IsUsable.ShouldBe(usable, name);
            }
        }
    }

    [Fact]
    public async Task Cut_in_the_middle_of_a_large_text_is_definite_since_no_dot_was_sent()
    {
        await using var server = FakeSmtpServer.Start(
            new FakeSmtpBehaviour().With(FakeSmtpScripts.At(FakeSmtpMoment.Text, FakeSmtpAnswer.Close))
        );
        await using var connection = await ConnectAsync(server);
        var asked = new DotLog();

        var result = await connection.SendAsync(new("a@x.test", "b@y.test"), Large(40_000_000, "x"), finalDot: asked);

        (result.Outcome, result.Phase, result.Failure).ShouldBe((SmtpOutcome.Failed, SmtpPhase.Data, SmtpFailureKind.Closed));
        result.InDoubt.ShouldBeFalse();
        asked.Seen.ShouldBeEmpty();
    }

    [Fact]
    public async Task Final_dot_is_reported_before_it_can_be_received_and_may_be_withheld()
    {
        await using var server = FakeSmtpServer.Start();
        await using var connection = await ConnectAsync(server);
        var first = new SmtpEnvelope("a@x.test", "first@y.test");
        var second = new SmtpEnvelope("a@x.test", "second@y.test");
        var log = new DotLog { Allowed = e => e == first, OnSeen = () => server.Accepted.ShouldBe(0) };

        var sent = await connection.SendAsync(first, Message, second, log);
        log.OnSeen = () => { };
        var withheld = await connection.SendAsync(second, Message, finalDot: log);

        sent.Outcome.ShouldBe(SmtpOutcome.Accepted);
        (withheld.Outcome, withheld.Failure, withheld.InDoubt).ShouldBe((SmtpOutcome.Failed, SmtpFailureKind.Withheld, false));
        connection.IsUsable.ShouldBeFalse();
        log.Seen.ShouldBe([first, second]);
        server.Messages.Single().RcptTo.ShouldBe(["first@y.test"]);
    }

    [Fact]
    public async Task Exception_of_the_final_dot_hook_reaches_the_caller_and_delivers_nothing()
    {
        await using var server = FakeSmtpServer.Start();
        await using var connection = await ConnectAsync(server);
        var log = new DotLog { OnSeen = () => throw new IOException("disk full") };

        await Should.ThrowAsync<IOException>(async () => await connection.SendAsync(new("a@x.test", "b@y.test"), Message, finalDot: log));

        connection.IsUsable.ShouldBeFalse();
        await connection.DisposeAsync();
        server.Accepted.ShouldBe(0);
    }

    [Fact]
    public async Task Cancelling_while_the_dot_is_unanswered_leaves_the_message_in_doubt()
    {
        await using var server = FakeSmtpServer.Start(
            new FakeSmtpBehaviour().With(FakeSmtpScripts.At(FakeSmtpMoment.Dot, FakeSmtpAnswer.TakeInSilence))
        );
        await using var connection = await ConnectAsync(server);
        using var cancel = new CancellationTokenSource();

        var sending = connection.SendAsync(new("a@x.test", "b@y.test"), Message, ct: cancel.Token).AsTask();
        await server.WaitForAsync(1);
        await cancel.CancelAsync();
        var result = await sending;

        (result.Failure, result.InDoubt).ShouldBe((SmtpFailureKind.Cancelled, true));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Reused_connection_that_was_cut_meanwhile_is_a_connection_fault(bool announced)
    {
        var scripts = new FakeSmtpBehaviour().With(step =>
            step.Moment == FakeSmtpMoment.Mail && step.Message == 2 ? FakeSmtpAnswer.Close : null
        );
        await using var server = FakeSmtpServer.Start(scripts);
        await using var connection = await ConnectAsync(server);
        var second = new SmtpEnvelope("a@x.test", "second@y.test");

        (await connection.SendAsync(new("a@x.test", "first@y.test"), Message, announced ? second : null)).Outcome.ShouldBe(
            SmtpOutcome.Accepted
        );
        var cut = await connection.SendAsync(second, Message);
        var again = await connection.SendAsync(second, Message);

        (cut.Outcome, cut.ConnectionFault, cut.InDoubt).ShouldBe((SmtpOutcome.Failed, true, false));
        (again.Outcome, again.ConnectionFault, again.InDoubt).ShouldBe((SmtpOutcome.Failed, true, false));
    }

    [Fact]
    public async Task Farewell_said_to_an_idle_connection_is_a_connection_fault()
    {
        await using var server = FakeSmtpServer.Start();
        await using var connection = await ConnectAsync(server);
        (await connection.NoopAsync()).ShouldBeNull();

        server.CutConnections();
        var result = await connection.SendAsync(new("a@x.test", "b@y.test"), Message);

        (result.Phase, result.ConnectionFault, result.InDoubt).ShouldBe((SmtpPhase.Mail, true, false));
    }

    [Fact]
    public async Task Other_envelope_than_the_announced_one_is_a_mistake_of_the_caller()
    {
        await using var server = FakeSmtpServer.Start();
        await using var connection = await ConnectAsync(server);
        await connection.SendAsync(new("a@x.test", "first@y.test"), Message, new("a@x.test", "second@y.test"));

        await Should.ThrowAsync<InvalidOperationException>(async () =>
            await connection.SendAsync(new("a@x.test", "second@y.test"), Message)
        );
        await connection.QuitAsync();

        server.Messages.Single().RcptTo.ShouldBe(["first@y.test"]);
    }

    [Fact]
    public async Task Session_commands_are_answered_and_bounded()
    {
        await using var server = FakeSmtpServer.Start(
            new FakeSmtpBehaviour().With(step => step.Line == "QUIT" ? FakeSmtpAnswer.Silence : null)
        );
        await using var connection = await ConnectAsync(server, new SmtpTimeouts { Quit = TimeSpan.FromMilliseconds(300) });

        (await connection.NoopAsync()).ShouldBeNull();
        (await connection.ResetAsync()).ShouldBeNull();
        await connection.QuitAsync();

        connection.IsUsable.ShouldBeFalse();
        (await connection.NoopAsync()).ShouldNotBeNull();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Thousand_messages_with_random_refusals_each_get_their_own_reply(int seed)
    {
        // The recipient says what the server does; the server's reply names the recipient.
        var behaviour = new FakeSmtpBehaviour().With(step =>
            Fate(step.RcptTo) is { } fate && fate.Moment == step.Moment ? FakeSmtpAnswer.Reply($"{fate.Code} {step.RcptTo}")
            : step.Moment == FakeSmtpMoment.Mail && step.Line.Contains("<refused", StringComparison.Ordinal)
                ? FakeSmtpAnswer.Reply($"550 {step.Line}")
            : step.Moment == FakeSmtpMoment.Dot ? FakeSmtpAnswer.Reply($"250 {step.RcptTo}")
            : null
        );
        await using var server = FakeSmtpServer.Start(behaviour);
        await using var connection = await ConnectAsync(server);
        var random = new Random(seed);
        string[] kinds = ["ok", "ok", "ok", "ok", "rcpt-450", "rcpt-550", "data-451", "dot-452", "dot-554", "refused"];
        var envelopes = Enumerable
            .Range(0, 1000)
            .Select(i => (Kind: kinds[random.Next(kinds.Length)], i))
            .Select(p => new SmtpEnvelope($"{(p.Kind == "refused" ? "refused" : "from")}{p.i}@x.test", $"{p.Kind}-{p.i}@y.test"))
            .ToArray();

        for (var i = 0; i < envelopes.Length; i++)
        {
            var announced = random.Next(4) > 0 ? envelopes.ElementAtOrDefault(i + 1) : null;
            var result = await connection.SendAsync(
                envelopes[i],
                Encoding.ASCII.GetBytes($"To: {envelopes[i].RcptTo}\r\n\r\n.\r\n"),
                announced
            );

            var fate = Fate(envelopes[i].RcptTo);
            var refusedSender = envelopes[i].MailFrom.StartsWith("refused", StringComparison.Ordinal);
            result.Reply!.Code.ShouldBe(refusedSender ? 550 : fate?.Code ?? 250);
            result.Reply.Text.ShouldContain(refusedSender ? $"<{envelopes[i].MailFrom}>" : envelopes[i].RcptTo);
        }

        connection.IsUsable.ShouldBeTrue();
        server.Connections.ShouldBe(1);
        server
            .Messages.Select(m => m.RcptTo.Single())
            .ShouldBe(envelopes.Select(e => e.RcptTo).Where(r => r.StartsWith("ok", StringComparison.Ordinal)));
        server.Messages.ShouldAllBe(m => Encoding.ASCII.GetString(m.Bytes) == $"To: {m.RcptTo[0]}\r\n\r\n.\r\n");
    }

    private static (FakeSmtpMoment Moment, int Code)? Fate(string recipient) =>
        recipient.Split('-') switch
        {
            ["rcpt", var code, ..] => (FakeSmtpMoment.Rcpt, int.Parse(code)),
            ["data", var code, ..] => (FakeSmtpMoment.Data, int.Parse(code)),
            ["dot", var code, ..] => (FakeSmtpMoment.Dot, int.Parse(code)),
            _ => null,
        };

    private static async Task SendAllAsync(SmtpConnection connection, byte[][] texts, bool announced)
    {
        var envelopes = texts.Select((t, i) => new SmtpEnvelope("a@x.test", $"to{i}@y.test", t.Length)).ToArray();
        for (var i = 0; i < texts.Length; i++)
        {
            var next = announced ? envelopes.ElementAtOrDefault(i + 1) : null;
            (await connection.SendAsync(envelopes[i], texts[i], next)).Outcome.ShouldBe(SmtpOutcome.Accepted);
        }
    }

    private static byte[] Large(int size, string line)
    {
        var text = new StringBuilder("Subject: large\r\n\r\n");
        while (text.Length < size)
        {
            text.Append(line).Append('y', 70).Append("\r\n");
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }

    private static readonly SmtpTimeouts Short = new()
    {
        Mail = TimeSpan.FromMilliseconds(300),
        Rcpt = TimeSpan.FromMilliseconds(300),
        Data = TimeSpan.FromMilliseconds(300),
        Dot = TimeSpan.FromMilliseconds(300),
    };

    private static async Task<SmtpConnection> ConnectAsync(FakeSmtpServer server, SmtpTimeouts? timeouts = null)
    {
        var options = new SmtpClientOptions
        {
            Host = "127.0.0.1",
            Port = server.Port,
            Tls = SmtpTls.None,
            Timeouts = timeouts ?? new(),
        };
        var result = await SmtpConnection.ConnectAsync(options);
        result.Failure.ShouldBeNull();
        return result.Connection!;
    }

    private sealed class DotLog : ISmtpFinalDot
    {
        public List<SmtpEnvelope> Seen { get; } = [];

        public Predicate<SmtpEnvelope> Allowed { get; init; } = _ => true;

        public Action OnSeen { get; set; } = () => { };

        public bool MayFinish(SmtpEnvelope envelope)
        {
            Seen.Add(envelope);
            OnSeen();
            return Allowed(envelope);
        }
    }
}
