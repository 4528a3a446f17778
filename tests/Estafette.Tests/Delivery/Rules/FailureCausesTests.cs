using Estafette.Core.Channels;
using Estafette.Core.Delivery.Rules;

namespace Estafette.Tests.Delivery.Rules;

public sealed class FailureCausesTests
{
    [Theory]
    [InlineData("550 5.1.1 <a@b>: Recipient address rejected: User unknown", FailureCause.UnknownRecipient)]
    [InlineData("550 5.1.1 The email account that you tried to reach does not exist", FailureCause.UnknownRecipient)]
    [InlineData("550 5.1.6 Mailbox has moved", FailureCause.UnknownRecipient)]
    [InlineData("550 5.2.1 The email account that you tried to reach is disabled", FailureCause.UnknownRecipient)]
    [InlineData("550 No such user here", FailureCause.UnknownRecipient)]
    [InlineData("550 User unknown", FailureCause.UnknownRecipient)]
    [InlineData("550 5.0.0 <x>... User unknown", FailureCause.UnknownRecipient)]
    [InlineData("553 sorry, no mailbox here by that name", FailureCause.UnknownRecipient)]
    [InlineData("550 Requested action not taken: mailbox unavailable", FailureCause.UnknownRecipient)]
    [InlineData("550 5.1.2 Host unknown", FailureCause.BadDomain)]
    [InlineData("556 5.1.10 Recipient address has null MX", FailureCause.BadDomain)]
    [InlineData("552 5.2.2 Mailbox full", FailureCause.MailboxFull)]
    [InlineData("452 4.2.2 The email account that you tried to reach is over quota", FailureCause.MailboxFull)]
    [InlineData("552 Requested mail action aborted: exceeded storage allocation", FailureCause.MailboxFull)]
    [InlineData("452 Insufficient storage", FailureCause.MailboxFull)]
    [InlineData("552 5.3.4 Message size exceeds fixed limit", FailureCause.MessageTooLarge)]
    [InlineData("552 5.2.3 Message too long", FailureCause.MessageTooLarge)]
    [InlineData("554 5.6.0 Message contains a virus", FailureCause.Content)]
    [InlineData("554 This looks like spam", FailureCause.Content)]
    [InlineData("550 Virus found", FailureCause.Content)]
    [InlineData("550 5.7.1 Service unavailable; client host blocked using Spamhaus", FailureCause.Policy)]
    [InlineData("550 5.7.26 Unauthenticated email is not accepted due to the domain's DMARC policy", FailureCause.Policy)]
    [InlineData("550 5.7.515 Access denied, sending domain does not meet the required authentication level", FailureCause.Policy)]
    [InlineData("550 5.7.0 Local restriction", FailureCause.Policy)]
    [InlineData("554 5.7.9 Message not accepted for policy reasons", FailureCause.Policy)]
    [InlineData("550 5.7.25 The IP address does not have a PTR record", FailureCause.Policy)]
    [InlineData("550 Your host is on our block list", FailureCause.Policy)]
    [InlineData("550 Administrative prohibition", FailureCause.Policy)]
    [InlineData("550 Access denied", FailureCause.Policy)]
    [InlineData("550 5.1.8 Sender address rejected: Domain not found", FailureCause.Policy)]
    [InlineData("553 5.1.8 Domain of sender address does not exist", FailureCause.Policy)]
    [InlineData("550 5.1.7 Bad sender's mailbox", FailureCause.Policy)]
    [InlineData("550 Sender address rejected: Domain does not exist", FailureCause.Policy)]
    [InlineData("450 4.2.0 Recipient address rejected: Greylisted", FailureCause.Rate)]
    [InlineData("451 4.7.1 Greylisting in action, please come back later", FailureCause.Rate)]
    [InlineData("450 4.7.1 grey-listed", FailureCause.Rate)]
    [InlineData("451 4.7.500 Server busy. Please try again later", FailureCause.Rate)]
    [InlineData("450 4.2.1 The user you are trying to contact is receiving mail too quickly", FailureCause.Rate)]
    [InlineData("450 4.2.1 The user is receiving mail at a rate that prevents delivery", FailureCause.Rate)]
    [InlineData("421 Too many connections from your IP", FailureCause.Rate)]
    [InlineData("452 4.5.3 Too many recipients", FailureCause.Rate)]
    [InlineData("451 Rate limit exceeded", FailureCause.Rate)]
    [InlineData("421 closing", FailureCause.Rate)]
    [InlineData("550 5.4.7 Delivery time expired", FailureCause.Network)]
    [InlineData("451 4.4.2 Timeout", FailureCause.Network)]
    [InlineData("451 4.3.0 Temporary system problem", FailureCause.Other)]
    [InlineData("550 5.0.0 no", FailureCause.Other)]
    public void Cause_of_a_reply_to_the_recipient(string reply, FailureCause cause) => FailureCauses.Of(Refusal(reply)).ShouldBe(cause);

    [Fact]
    public void Cause_when_there_was_no_reply()
    {
        FailureCauses.Of(new SendResult { Outcome = AttemptOutcome.InDoubt, Text = "" }).ShouldBe(FailureCause.InDoubt);
        FailureCauses
            .Of(
                new SendResult
                {
                    Outcome = AttemptOutcome.Unreachable,
                    Phase = SendPhase.Connect,
                    Text = "refused",
                }
            )
            .ShouldBe(FailureCause.Network);
        FailureCauses
            .Of(
                new SendResult
                {
                    Outcome = AttemptOutcome.Unreachable,
                    Phase = SendPhase.StartTls,
                    Text = "",
                }
            )
            .ShouldBe(FailureCause.Tls);
        FailureCauses
            .Of(
                new SendResult
                {
                    Outcome = AttemptOutcome.Unreachable,
                    Phase = SendPhase.Auth,
                    Blame = Blame.Configuration,
                    Code = 535,
                    Text = "",
                }
            )
            .ShouldBe(FailureCause.Credentials);
        FailureCauses
            .Of(
                new SendResult
                {
                    Outcome = AttemptOutcome.Rejected,
                    Phase = SendPhase.Render,
                    Text = "",
                }
            )
            .ShouldBe(FailureCause.Rendering);
    }

    [Theory]
    [InlineData("550 5.7.1 blocked")]
    [InlineData("550 5.7.0 no")]
    [InlineData("550 5.1.8 Sender address rejected: Domain does not exist")]
    [InlineData("550 blocked by Spamhaus, this address does not exist on our allow list")]
    [InlineData("552 5.2.2 Mailbox full")]
    [InlineData("554 spam")]
    public void Refusal_that_is_not_about_the_mailbox_never_suppresses(string reply) =>
        FailureCauses.IsHardBounce(FailureCauses.Of(Refusal(reply))).ShouldBeFalse();

    private static SendResult Refusal(string reply)
    {
        var words = reply.Split(' ', 3);
        var hasStatus = words[1].Split('.') is { Length: 3 } parts && parts.All(p => int.TryParse(p, out _));
        var code = int.Parse(words[0], System.Globalization.CultureInfo.InvariantCulture);
        return new SendResult
        {
            Outcome = code < 500 ? AttemptOutcome.Deferred : AttemptOutcome.Rejected,
            Blame = code < 500 ? Blame.Destination : Blame.Message,
            Phase = SendPhase.Rcpt,
            Code = code,
            Enhanced = hasStatus ? words[1] : null,
            Text = hasStatus ? words[2] : reply[4..],
        };
    }
}
