using Estafette.Core.Channels;
using Estafette.Core.Delivery;
using Estafette.Core.Delivery.Rules;
using Estafette.Core.Platform;

namespace Estafette.Tests.Delivery.Rules;

public sealed class AttemptRulesTests
{
    private static readonly DateTimeOffset First = new(2026, 3, 3, 9, 0, 0, TimeSpan.Zero);
    private static readonly ServerId One = new(1);
    private static readonly ServerId Two = new(2);
    private static readonly DeliveryOptions Options = new();

    [Theory]
    // A definite no that is the server's fault: the next server now.
    [InlineData(AttemptOutcome.Unreachable, Blame.Server, SendPhase.Dns, null)]
    [InlineData(AttemptOutcome.Unreachable, Blame.Server, SendPhase.Connect, null)]
    [InlineData(AttemptOutcome.Unreachable, Blame.Server, SendPhase.StartTls, null)]
    [InlineData(AttemptOutcome.Unreachable, Blame.Server, SendPhase.Banner, 554)]
    [InlineData(AttemptOutcome.Unreachable, Blame.Server, SendPhase.Banner, 421)]
    [InlineData(AttemptOutcome.Unreachable, Blame.Server, SendPhase.Ehlo, 500)]
    [InlineData(AttemptOutcome.Unreachable, Blame.Configuration, SendPhase.Auth, 535)]
    [InlineData(AttemptOutcome.Deferred, Blame.Server, SendPhase.Mail, 421)]
    [InlineData(AttemptOutcome.Deferred, Blame.Server, SendPhase.Response, 429)]
    [InlineData(AttemptOutcome.Deferred, Blame.Server, SendPhase.Response, 503)]
    [InlineData(AttemptOutcome.Unreachable, Blame.Configuration, SendPhase.Response, 401)]
    [InlineData(AttemptOutcome.Unreachable, Blame.Configuration, SendPhase.Response, 403)]
    [InlineData(AttemptOutcome.Rejected, Blame.Configuration, SendPhase.Mail, 550)]
    [InlineData(AttemptOutcome.Rejected, Blame.Server, SendPhase.Rcpt, 554)]
    public void Refusal_that_is_the_servers_fault_goes_to_the_next_server_now(
        AttemptOutcome outcome,
        Blame blame,
        SendPhase phase,
        int? code
    )
    {
        var decision = Decide(Result(outcome, blame, phase, code), other: true);
        decision.Status.ShouldBe(DeliveryStatus.Pending);
        decision.Due.ShouldBe(First);
        decision.Pin.ShouldBeNull();
        decision.Tried.ShouldBe([One]);
    }

    [Theory]
    [InlineData(SendPhase.Response, 400, DeliveryStatus.Rejected)]
    [InlineData(SendPhase.Response, 413, DeliveryStatus.Rejected)]
    [InlineData(SendPhase.Response, 422, DeliveryStatus.Rejected)]
    [InlineData(SendPhase.Render, null, DeliveryStatus.Rejected)]
    [InlineData(SendPhase.Rcpt, 550, DeliveryStatus.HardBounced)]
    [InlineData(SendPhase.Dot, 554, DeliveryStatus.HardBounced)]
    public void Refusal_of_message_or_recipient_is_final_although_another_server_is_left(SendPhase phase, int? code, DeliveryStatus final)
    {
        var decision = Decide(Result(AttemptOutcome.Rejected, Blame.Message, phase, code), other: true);
        decision.ShouldBe(new Decision(final));
    }

    [Theory]
    [InlineData(SendPhase.Rcpt, 450)]
    [InlineData(SendPhase.Data, 451)]
    [InlineData(SendPhase.Dot, 452)]
    public void Later_from_the_destination_keeps_the_server(SendPhase phase, int code)
    {
        var decision = Decide(Result(AttemptOutcome.Deferred, Blame.Destination, phase, code), other: true);
        decision.Status.ShouldBe(DeliveryStatus.Deferred);
        decision.Pin.ShouldBe(One);
        decision.Due.ShouldBe(First.AddHours(4));
        decision.Tried.ShouldBeNull();
    }

    [Fact]
    public void Doubt_is_never_given_to_another_server()
    {
        var doubt = Result(AttemptOutcome.InDoubt, Blame.None, SendPhase.Dot, null);
        Decide(doubt, other: true, resend: true).ShouldBe(new Decision(DeliveryStatus.InDoubt, First.AddSeconds(60), One));
        Decide(doubt, other: true, resend: false).ShouldBe(new Decision(DeliveryStatus.InDoubt));
    }

    [Theory]
    [InlineData(AttemptOutcome.Unreachable, Blame.Server, SendPhase.Connect, null)]
    [InlineData(AttemptOutcome.Rejected, Blame.Server, SendPhase.Rcpt, 554)]
    [InlineData(AttemptOutcome.Deferred, Blame.Server, SendPhase.Mail, 421)]
    [InlineData(AttemptOutcome.Deferred, Blame.Destination, SendPhase.Rcpt, 450)]
    public void Second_copy_that_its_server_does_not_take_leaves_the_doubt_and_the_server(
        AttemptOutcome outcome,
        Blame blame,
        SendPhase phase,
        int? code
    )
    {
        var result = Result(outcome, blame, phase, code);
        Decide(result, other: true, attempt: 2, doubted: true).ShouldBe(new Decision(DeliveryStatus.InDoubt, First.AddMinutes(5), One));
        Decide(result, other: true, attempt: 20, now: First.AddHours(72), doubted: true).ShouldBe(new Decision(DeliveryStatus.InDoubt));
    }

    [Fact]
    public void Second_copy_that_is_answered_settles_the_doubt()
    {
        var taken = Result(AttemptOutcome.Accepted, Blame.None, SendPhase.Dot, 250);
        Decide(taken, other: true, attempt: 2, doubted: true).ShouldBe(new Decision(DeliveryStatus.Sent));
        var refused = Result(AttemptOutcome.Rejected, Blame.Message, SendPhase.Rcpt, 550);
        Decide(refused, other: true, attempt: 2, doubted: true).ShouldBe(new Decision(DeliveryStatus.HardBounced));
    }

    [Fact]
    public void Doubt_after_doubt_ends_and_waits_for_a_person()
    {
        var doubt = Result(AttemptOutcome.InDoubt, Blame.None, SendPhase.Dot, null);
        var attempts = 1;
        while (Decide(doubt, attempt: attempts, resend: true).Due is not null)
            (++attempts).ShouldBeLessThan(10);
        attempts.ShouldBe(4);
    }

    [Fact]
    public void Not_started_changes_nothing()
    {
        var decision = Decide(SendResult.NotStarted, other: true);
        (decision.Status, decision.CountsAttempt).ShouldBe((DeliveryStatus.Pending, false));
    }

    [Fact]
    public void When_every_server_failed_it_waits_five_minutes_then_thirty_then_two_hours_then_four()
    {
        var down = Result(AttemptOutcome.Unreachable, Blame.Server, SendPhase.Connect, null);
        foreach (var (round, minutes) in new[] { (1, 5), (2, 30), (3, 120), (4, 240), (5, 240) })
        {
            var decision = AttemptRules.Decide(
                new AttemptContext(round * 2, First, Two, [One, Two], HasOtherServer: false, IsInDoubt: false, ResendInDoubt: true),
                down,
                Options,
                First,
                0.5
            );
            decision.Status.ShouldBe(DeliveryStatus.Deferred);
            decision.Due.ShouldBe(First.AddMinutes(minutes));
            (decision.Pin, decision.Tried).ShouldBe((null, null));
        }
    }

    [Fact]
    public void No_server_for_three_days_expires_and_temporary_refusals_for_three_days_bounce_softly()
    {
        var end = First.AddHours(72);
        Decide(Result(AttemptOutcome.Unreachable, Blame.Server, SendPhase.Connect, null), attempt: 19, now: end)
            .ShouldBe(new Decision(DeliveryStatus.Expired));
        Decide(Result(AttemptOutcome.Deferred, Blame.Destination, SendPhase.Rcpt, 451), attempt: 19, now: end)
            .ShouldBe(new Decision(DeliveryStatus.SoftBounced));
    }

    [Fact]
    public void Shorter_time_to_give_up_asks_for_fewer_retries()
    {
        var options = new DeliveryOptions { GiveUpAfterHours = 8 };
        var later = Result(AttemptOutcome.Deferred, Blame.Destination, SendPhase.Rcpt, 451);
        Decision After(int attempt) =>
            AttemptRules.Decide(new AttemptContext(attempt, First, One, [One], true, false, true), later, options, First.AddHours(8), 0.5);
        After(2).Status.ShouldBe(DeliveryStatus.Deferred);
        After(3).ShouldBe(new Decision(DeliveryStatus.SoftBounced));
    }

    [Theory]
    [InlineData(InDoubtPolicy.Default, ServerKind.Smtp, true)]
    [InlineData(InDoubtPolicy.Default, ServerKind.Capture, true)]
    [InlineData(InDoubtPolicy.Default, ServerKind.JsonPost, false)]
    [InlineData(InDoubtPolicy.Default, ServerKind.SendGrid, false)]
    [InlineData(InDoubtPolicy.Default, ServerKind.Mailgun, false)]
    [InlineData(InDoubtPolicy.Default, ServerKind.Brevo, false)]
    [InlineData(InDoubtPolicy.Default, ServerKind.Mailjet, false)]
    [InlineData(InDoubtPolicy.Default, ServerKind.Postmark, false)]
    [InlineData(InDoubtPolicy.Resend, ServerKind.SendGrid, true)]
    [InlineData(InDoubtPolicy.Hold, ServerKind.Smtp, false)]
    public void In_doubt_policy_by_kind(InDoubtPolicy policy, ServerKind kind, bool resends) =>
        InDoubtRules.Resends(policy, kind).ShouldBe(resends);

    private static Decision Decide(
        SendResult result,
        bool other = false,
        bool resend = true,
        int attempt = 1,
        DateTimeOffset? now = null,
        bool doubted = false
    ) => AttemptRules.Decide(new AttemptContext(attempt, First, One, [One], other, doubted, resend), result, Options, now ?? First, 0.5);

    private static SendResult Result(AttemptOutcome outcome, Blame blame, SendPhase phase, int? code) =>
        new()
        {
            Outcome = outcome,
            Blame = blame,
            Phase = phase,
            Code = code,
            Text = "words",
        };
}
