using Estafette.Protocols.Bounces;

namespace Estafette.Protocols.Tests.Bounces;

public sealed class ReplyClassifierTests
{
    [Theory]
    [InlineData(550, "5.1.1", "", "unknown-user", BounceClass.Hard)]
    [InlineData(550, "5.1.2", "", "unknown-domain", BounceClass.Hard)]
    [InlineData(550, "5.1.3", "", "bad-address", BounceClass.Hard)]
    [InlineData(550, "5.1.6", "", "moved", BounceClass.Hard)]
    [InlineData(556, "5.1.10", "", "null-mx", BounceClass.Hard)]
    [InlineData(550, "5.2.1", "", "mailbox-disabled", BounceClass.Hard)]
    [InlineData(450, "4.2.1", "", "mailbox-disabled", BounceClass.Soft)]
    [InlineData(552, "5.2.2", "", "mailbox-full", BounceClass.Soft)]
    [InlineData(452, "4.2.2", "", "mailbox-full", BounceClass.Soft)]
    [InlineData(552, "5.2.3", "", "message-too-large", BounceClass.Soft)]
    [InlineData(450, "4.1.1", "", "unknown-user", BounceClass.Soft)]
    [InlineData(null, "4.4.1", "", "network", BounceClass.Transient)]
    [InlineData(null, "4.4.7", "", "expired", BounceClass.Transient)]
    [InlineData(554, "5.4.6", "", "loop", BounceClass.Soft)]
    [InlineData(550, "5.7.1", "", "policy", BounceClass.Block)]
    [InlineData(550, "5.7.26", "", "authentication", BounceClass.Block)]
    [InlineData(450, "4.7.1", "", "policy", BounceClass.Block)]
    [InlineData(550, "5.7.999", "", "policy", BounceClass.Block)]
    [InlineData(500, null, "", "protocol", BounceClass.Block)]
    [InlineData(550, null, "", "other", BounceClass.Soft)]
    [InlineData(521, null, "", "no-mail-accepted", BounceClass.Hard)]
    [InlineData(552, null, "", "mailbox-full", BounceClass.Soft)]
    [InlineData(421, null, "", "system-busy", BounceClass.Transient)]
    [InlineData(null, null, "", "other", BounceClass.Soft)]
    public void Without_words_the_status_decides_and_then_the_code(
        int? code,
        string? status,
        string text,
        string reason,
        BounceClass bounceClass
    )
    {
        var verdict = ReplyClassifier.Classify(code, status, text);
        (verdict.Reason.Word(), verdict.Class).ShouldBe((reason, bounceClass));
    }

    [Theory]
    [InlineData(550, "5.1.1", "blocked using zen.spamhaus.org", "blocklisted", BounceClass.Block)]
    [InlineData(550, "5.1.1", "user is over quota", "mailbox-full", BounceClass.Soft)]
    [InlineData(550, "5.7.1", "<x@y.test>: Recipient address rejected: user unknown", "unknown-user", BounceClass.Hard)]
    [InlineData(450, "5.1.1", "user unknown", "unknown-user", BounceClass.Soft)]
    [InlineData(550, "4.1.1", "user unknown", "unknown-user", BounceClass.Hard)]
    [InlineData(null, "4.1.1", "user unknown", "unknown-user", BounceClass.Soft)]
    [InlineData(550, "5.1.1", "<nospam@corp.test>: user unknown", "unknown-user", BounceClass.Hard)]
    [InlineData(550, null, "<virus.blacklist@corp.test>... no such user", "unknown-user", BounceClass.Hard)]
    [InlineData(null, null, "USER  UNKNOWN", "unknown-user", BounceClass.Hard)]
    [InlineData(null, null, "550-5.1.1 no mailbox here by\r\n550 5.1.1 that name", "unknown-user", BounceClass.Hard)]
    public void Words_go_before_numbers(int? code, string? status, string text, string reason, BounceClass bounceClass)
    {
        var verdict = ReplyClassifier.Classify(code, status, text);
        (verdict.Reason.Word(), verdict.Class).ShouldBe((reason, bounceClass));
    }

    [Theory]
    [InlineData("550 5.1.1 x", 550, "5.1.1")]
    [InlineData("550-5.1.1 x", 550, "5.1.1")]
    [InlineData("host mx[192.0.2.55] said: 450 4.7.1 x", 450, "4.7.1")]
    [InlineData("#5.1.1", null, "5.1.1")]
    [InlineData("(#5.1.1)", null, "5.1.1")]
    [InlineData("#<mx.test #5.1.1 smtp;550 nobody>", 550, "5.1.1")]
    [InlineData("5.5.5.5 550.1 4500", null, null)]
    [InlineData("over 400 messages at 12:550", null, null)]
    public void Code_and_status_are_found_in_the_text(string text, int? code, string? status)
    {
        var verdict = ReplyClassifier.Classify(null, null, text);
        (verdict.Code, verdict.Status).ShouldBe((code, status));
    }

    [Theory]
    [InlineData(BounceClass.Hard, BounceAction.Suppress)]
    [InlineData(BounceClass.Soft, BounceAction.Count)]
    [InlineData(BounceClass.Transient, BounceAction.Retry)]
    [InlineData(BounceClass.Block, BounceAction.Alert)]
    [InlineData(BounceClass.None, BounceAction.None)]
    public void Each_class_asks_for_one_action(BounceClass bounceClass, BounceAction action) =>
        BounceWords.ActionOf(bounceClass).ShouldBe(action);

    [Fact]
    public void Every_reason_has_a_word_that_leads_back_to_it()
    {
        foreach (var reason in Enum.GetValues<BounceReason>())
        {
            BounceWords.TryReason(reason.Word(), out var back).ShouldBeTrue();
            back.ShouldBe(reason);
        }
        BounceReason.NoPtr.Word().ShouldBe("no-ptr");
        BounceWords.TryReason("unheard-of", out _).ShouldBeFalse();
    }

    [Fact]
    public void Passing_answer_never_condemns_an_address()
    {
        foreach (var rule in ReplyClassifier.AllRules)
            ReplyClassifier.Classify(450, "4.0.0", rule.Examples[0]).Class.ShouldNotBe(BounceClass.Hard);
    }

    [Fact]
    public void Text_of_any_length_is_read_in_bounded_time()
    {
        var text = string.Concat(Enumerable.Repeat("550-5.1.1 a@b.test é ", 200_000));
        ReplyClassifier.Classify(null, null, text).Reason.ShouldBe(BounceReason.UnknownUser);
    }
}
