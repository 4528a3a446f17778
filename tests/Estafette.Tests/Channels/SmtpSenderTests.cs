using System.Text;
using Estafette.Core.Channels;
using Estafette.Core.Channels.Smtp;
using Estafette.Core.Platform.Net;
using Estafette.Protocols.Smtp;
using Estafette.Testing;
using Estafette.Testing.Smtp;

namespace Estafette.Tests.Channels;

public sealed class SmtpSenderTests
{
    private static readonly SmtpTimeouts Short = new()
    {
        Banner = TimeSpan.FromMilliseconds(300),
        Ehlo = TimeSpan.FromMilliseconds(300),
        Dot = TimeSpan.FromMilliseconds(300),
    };

    private static SmtpSettings Settings(FakeSmtpServer fake) =>
        new()
        {
            Host = "127.0.0.1",
            Port = fake.Port,
            Tls = SmtpTls.None,
            LocalName = "test.example.com",
            AllowPrivateAddress = true,
        };

    private static SmtpSender Sender(
        SmtpSettings settings,
        string? password = null,
        SmtpTimeouts? timeouts = null,
        TimeProvider? clock = null,
        Action<DialogueLine>? dialogue = null
    ) =>
        new(
            settings,
            password is null ? null : new ServerSecret(password),
            new NetworkOptions { AllowPrivateAddresses = true },
            clock ?? TimeProvider.System,
            dialogue
        )
        {
            Timeouts = timeouts ?? new SmtpTimeouts(),
        };

    private static async Task<SendResult> SendAsync(SmtpSender sender, CountingStart? start = null)
    {
        await using var slot = sender.OpenSlot();
        return await slot.SendAsync(Outgoing.Message(), null, start ?? new CountingStart(), CancellationToken.None);
    }

    private static FakeSmtpServer Fake(FakeSmtpMoment moment, FakeSmtpAnswer answer) =>
        FakeSmtpServer.Start(new FakeSmtpBehaviour().With(FakeSmtpScripts.At(moment, answer)));

    [Fact]
    public async Task Messages_of_a_slot_share_one_connection_and_arrive_whole()
    {
        await using var fake = FakeSmtpServer.Start();
        await using var slot = Sender(Settings(fake)).OpenSlot();
        var messages = Enumerable.Range(1, 20).Select(i => Outgoing.Message(i)).ToList();
        var start = new CountingStart();
        for (var i = 0; i < messages.Count; i++)
        {
            var result = await slot.SendAsync(messages[i], messages.ElementAtOrDefault(i + 1), start, CancellationToken.None);
            (result.Outcome, result.Phase, result.Code).ShouldBe((AttemptOutcome.Accepted, SendPhase.Dot, 250));
        }
        (fake.Connections, start.Count).ShouldBe((1, 20));
        fake.Messages.Select(m => m.RcptTo.Single()).ShouldBe(messages.Select(m => m.Recipient));
        fake.Messages[19].Bytes.ShouldBe(messages[19].Mime.ToArray());
        fake.Messages[0].MailFrom.ShouldBe("bounce@news.example.com");
    }

    [Fact]
    public async Task Another_message_than_the_announced_one_goes_to_its_own_recipient()
    {
        await using var fake = FakeSmtpServer.Start();
        await using var slot = Sender(Settings(fake)).OpenSlot();
        await slot.SendAsync(Outgoing.Message(1), Outgoing.Message(2), new CountingStart(), CancellationToken.None);
        var result = await slot.SendAsync(Outgoing.Message(3), null, new CountingStart(), CancellationToken.None);
        result.Outcome.ShouldBe(AttemptOutcome.Accepted);
        fake.Messages.Select(m => m.RcptTo.Single()).ShouldBe(["jean1@example.org", "jean3@example.org"]);
    }

    [Fact]
    public async Task Connection_is_renewed_after_its_share_of_messages()
    {
        await using var fake = FakeSmtpServer.Start();
        await using var slot = Sender(Settings(fake) with { MessagesPerConnection = 3 }).OpenSlot();
        var messages = Enumerable.Range(1, 7).Select(i => Outgoing.Message(i)).ToList();
        for (var i = 0; i < messages.Count; i++)
            (
                await slot.SendAsync(messages[i], messages.ElementAtOrDefault(i + 1), new CountingStart(), CancellationToken.None)
            ).Outcome.ShouldBe(AttemptOutcome.Accepted);
        fake.Connections.ShouldBe(3);
        fake.Messages.Count.ShouldBe(7);
    }

    [Fact]
    public async Task Connection_cut_while_idle_is_opened_anew_in_the_same_attempt()
    {
        await using var fake = FakeSmtpServer.Start();
        await using var slot = Sender(Settings(fake)).OpenSlot();
        await slot.SendAsync(Outgoing.Message(1), null, new CountingStart(), CancellationToken.None);
        fake.CutConnections();
        var start = new CountingStart();
        (await slot.SendAsync(Outgoing.Message(2), null, start, CancellationToken.None)).Outcome.ShouldBe(AttemptOutcome.Accepted);
        (start.Count, fake.Connections).ShouldBe((1, 2));
    }

    [Fact]
    public async Task Idle_connection_is_closed_after_half_a_minute()
    {
        var clock = new FakeTimeProvider();
        await using var fake = FakeSmtpServer.Start();
        await using var slot = (SmtpSenderSlot)Sender(Settings(fake), clock: clock).OpenSlot();
        await slot.SendAsync(Outgoing.Message(1), null, new CountingStart(), CancellationToken.None);
        slot.IsConnected.ShouldBeTrue();
        clock.Advance(TimeSpan.FromSeconds(31));
        await Eventually.TrueAsync(() => !slot.IsConnected);
        await Eventually.TrueAsync(() => fake.Commands.Contains("QUIT"));
    }

    [Fact]
    public async Task Withheld_message_is_not_delivered()
    {
        await using var fake = FakeSmtpServer.Start();
        var result = await SendAsync(Sender(Settings(fake)), new CountingStart(allow: false));
        result.Outcome.ShouldBe(AttemptOutcome.NotStarted);
        fake.Messages.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(FakeSmtpMoment.Greeting, "554 go away", AttemptOutcome.Unreachable, Blame.Server, SendPhase.Banner)]
    [InlineData(FakeSmtpMoment.Greeting, "421 too many", AttemptOutcome.Unreachable, Blame.Server, SendPhase.Banner)]
    [InlineData(FakeSmtpMoment.Mail, "553 5.7.1 sender not yours", AttemptOutcome.Rejected, Blame.Configuration, SendPhase.Mail)]
    [InlineData(FakeSmtpMoment.Mail, "552 5.3.4 too big", AttemptOutcome.Rejected, Blame.Message, SendPhase.Mail)]
    [InlineData(FakeSmtpMoment.Mail, "530 5.7.0 authentication required", AttemptOutcome.Rejected, Blame.Configuration, SendPhase.Mail)]
    [InlineData(FakeSmtpMoment.Mail, "451 4.3.0 busy", AttemptOutcome.Deferred, Blame.Server, SendPhase.Mail)]
    [InlineData(FakeSmtpMoment.Rcpt, "550 5.1.1 no such user", AttemptOutcome.Rejected, Blame.Message, SendPhase.Rcpt)]
    [InlineData(FakeSmtpMoment.Rcpt, "554 5.7.1 Relay access denied", AttemptOutcome.Rejected, Blame.Server, SendPhase.Rcpt)]
    [InlineData(FakeSmtpMoment.Rcpt, "450 4.2.0 greylisted", AttemptOutcome.Deferred, Blame.Destination, SendPhase.Rcpt)]
    [InlineData(FakeSmtpMoment.Data, "451 4.3.0 later", AttemptOutcome.Deferred, Blame.Destination, SendPhase.Data)]
    [InlineData(FakeSmtpMoment.Dot, "554 5.6.0 spam", AttemptOutcome.Rejected, Blame.Message, SendPhase.Dot)]
    [InlineData(FakeSmtpMoment.Dot, "451 4.3.0 later", AttemptOutcome.Deferred, Blame.Destination, SendPhase.Dot)]
    [InlineData(FakeSmtpMoment.Dot, "421 4.3.2 shutting down", AttemptOutcome.Deferred, Blame.Server, SendPhase.Dot)]
    public async Task Phase_and_reply_decide_whose_fault_it_is(
        FakeSmtpMoment moment,
        string reply,
        object outcome,
        object blame,
        object phase
    )
    {
        await using var fake = Fake(moment, FakeSmtpAnswer.Reply(reply));
        var result = await SendAsync(Sender(Settings(fake)));
        (result.Outcome, result.Blame, result.Phase).ShouldBe(((AttemptOutcome)outcome, (Blame)blame, (SendPhase)phase));
        result.Text.ShouldContain(reply[4..]);
    }

    [Fact]
    public async Task Wait_asked_for_in_the_reply_is_understood()
    {
        await using var fake = Fake(FakeSmtpMoment.Rcpt, FakeSmtpAnswer.Reply("450 4.2.0 Greylisted, please try again in 5 minutes"));
        (await SendAsync(Sender(Settings(fake)))).RetryAfter.ShouldBe(TimeSpan.FromMinutes(5));
    }

    [Theory]
    [InlineData("try again in 300 seconds", 300)]
    [InlineData("Greylisted for 2 minutes", 120)]
    [InlineData("retry after 1 hour", 3600)]
    [InlineData("retry in 99999 hours", 86400)]
    public void Wait_is_found(string text, int seconds) => RetryAfterText.Find(text).ShouldBe(TimeSpan.FromSeconds(seconds));

    [Theory]
    [InlineData("mailbox full")]
    [InlineData("451 message 300 rejected")]
    [InlineData("")]
    public void No_wait_is_found(string text) => RetryAfterText.Find(text).ShouldBeNull();

    [Fact]
    public async Task Wrong_password_is_a_matter_of_configuration_and_never_shown()
    {
        await using var fake = FakeSmtpServer.Start(
            new FakeSmtpBehaviour
            {
                Username = "u",
                Password = "right",
                Certificate = TestCertificate.Create(),
            }
        );
        var lines = new List<string>();
        var settings = Settings(fake) with { UserName = "u", Tls = SmtpTls.StartTlsRequired, AcceptInvalidCertificate = true };
        var result = await SendAsync(Sender(settings, "wrong-password", dialogue: l => lines.Add(l.ToString())));
        (result.Outcome, result.Blame, result.Phase, result.Code).ShouldBe(
            (AttemptOutcome.Unreachable, Blame.Configuration, SendPhase.Auth, 535)
        );
        var dialogue = string.Join('\n', lines);
        dialogue.ShouldContain("AUTH");
        dialogue.ShouldNotContain("wrong-password");
        dialogue.ShouldNotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes("\0u\0wrong-password")));
    }

    [Fact]
    public async Task Passing_trouble_of_authentication_is_the_servers_fault()
    {
        await using var fake = FakeSmtpServer.Start(
            new FakeSmtpBehaviour { Username = "u", Password = "p" }.With(
                FakeSmtpScripts.At(FakeSmtpMoment.Auth, FakeSmtpAnswer.Reply("454 4.7.0 directory is down"))
            )
        );
        var result = await SendAsync(Sender(Settings(fake) with { UserName = "u" }, "p"));
        (result.Outcome, result.Blame, result.Phase).ShouldBe((AttemptOutcome.Unreachable, Blame.Server, SendPhase.Auth));
    }

    [Fact]
    public async Task Right_password_signs_in()
    {
        await using var fake = FakeSmtpServer.Start(new FakeSmtpBehaviour { Username = "u", Password = "p" });
        (await SendAsync(Sender(Settings(fake) with { UserName = "u" }, "p"))).Outcome.ShouldBe(AttemptOutcome.Accepted);
        fake.Messages.Single().User.ShouldBe("u");
    }

    [Theory]
    [InlineData(false, AttemptOutcome.Unreachable)]
    [InlineData(true, AttemptOutcome.Accepted)]
    public async Task Self_signed_certificate_needs_permission(bool accept, object outcome)
    {
        await using var fake = FakeSmtpServer.Start(new FakeSmtpBehaviour { Certificate = TestCertificate.Create() });
        var settings = Settings(fake) with { Tls = SmtpTls.StartTlsRequired, AcceptInvalidCertificate = accept };
        var result = await SendAsync(Sender(settings));
        result.Outcome.ShouldBe((AttemptOutcome)outcome);
        if (!accept)
            (result.Blame, result.Phase).ShouldBe((Blame.Server, SendPhase.StartTls));
    }

    [Fact]
    public async Task Unknown_host_is_the_servers_fault()
    {
        var settings = new SmtpSettings { Host = "no-such-host.invalid", Tls = SmtpTls.None };
        var result = await SendAsync(Sender(settings));
        (result.Outcome, result.Blame, result.Phase).ShouldBe((AttemptOutcome.Unreachable, Blame.Server, SendPhase.Dns));
    }

    [Fact]
    public async Task Server_that_never_greets_is_given_up()
    {
        await using var fake = Fake(FakeSmtpMoment.Greeting, FakeSmtpAnswer.Silence);
        var result = await SendAsync(Sender(Settings(fake), timeouts: Short));
        (result.Outcome, result.Blame, result.Phase).ShouldBe((AttemptOutcome.Unreachable, Blame.Server, SendPhase.Banner));
    }

    [Fact]
    public async Task Server_that_drips_its_reply_is_given_up()
    {
        await using var fake = Fake(FakeSmtpMoment.Ehlo, FakeSmtpAnswer.Slowly("250 fake.example", TimeSpan.FromSeconds(1)));
        var result = await SendAsync(Sender(Settings(fake), timeouts: Short));
        (result.Outcome, result.Blame, result.Phase).ShouldBe((AttemptOutcome.Unreachable, Blame.Server, SendPhase.Ehlo));
    }

    [Fact]
    public async Task Silence_after_the_dot_is_in_doubt()
    {
        await using var fake = Fake(FakeSmtpMoment.Dot, FakeSmtpAnswer.TakeInSilence);
        var start = new CountingStart();
        var result = await SendAsync(Sender(Settings(fake), timeouts: Short), start);
        (result.Outcome, result.Phase, start.Count).ShouldBe((AttemptOutcome.InDoubt, SendPhase.Dot, 1));
    }

    [Fact]
    public async Task Loopback_is_refused_unless_permitted()
    {
        await using var fake = FakeSmtpServer.Start();
        var result = await SendAsync(Sender(Settings(fake) with { AllowPrivateAddress = false }));
        (result.Outcome, result.Blame).ShouldBe((AttemptOutcome.Unreachable, Blame.Configuration));
        fake.Connections.ShouldBe(0);
    }

    [Fact]
    public async Task Cancelling_before_the_dot_throws()
    {
        await using var fake = Fake(FakeSmtpMoment.Rcpt, FakeSmtpAnswer.Silence);
        await using var slot = Sender(Settings(fake)).OpenSlot();
        using var cancel = new CancellationTokenSource();
        var sending = slot.SendAsync(Outgoing.Message(), null, new CountingStart(), cancel.Token).AsTask();
        await Eventually.TrueAsync(() => fake.Commands.Any(c => c.StartsWith("RCPT")));
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(sending);
    }
}
