using Estafette.Protocols.Bounces;

namespace Estafette.Protocols.Tests.Bounces;

public sealed class ReplyRulesTests
{
    [Fact]
    public void Every_example_of_a_reply_rule_is_decided_by_its_own_line()
    {
        var faults = new List<string>();
        foreach (var rule in ReplyClassifier.AllRules)
        {
            foreach (var example in rule.Examples)
            {
                var verdict = ReplyClassifier.Classify(null, null, example);
                if (!verdict.Rule.StartsWith($"reply-rules:{rule.Line} ", StringComparison.Ordinal))
                    faults.Add($"line {rule.Line} {rule.Meaning}: '{example}' went to {verdict.Rule} {verdict.Reason.Word()}");
            }
        }
        faults.ShouldBeEmpty(string.Join('\n', faults));
    }

    [Fact]
    public void There_are_more_than_250_rules_of_text() =>
        (ReplyClassifier.AllRules.Count + BounceSigns.All.Count + BounceLines.All.Count).ShouldBeGreaterThan(250);

    [Fact]
    public void Every_example_of_a_sign_is_decided_by_its_own_line()
    {
        var faults = new List<string>();
        foreach (var place in BounceSigns.All.GroupBy(r => r.Group))
        {
            var list = new RuleList([.. place]);
            foreach (var rule in place)
            {
                foreach (var example in rule.Examples)
                {
                    var found = list.Match(ReplyText.Fold(example));
                    if (found != rule)
                        faults.Add($"line {rule.Line} {rule.Meaning}: '{example}' went to {found?.Line} {found?.Meaning}");
                }
            }
        }
        faults.ShouldBeEmpty(string.Join('\n', faults));
    }

    [Fact]
    public void Every_example_of_a_recipient_line_gives_its_address()
    {
        var faults = new List<string>();
        foreach (var rule in BounceLines.All)
        {
            foreach (var example in rule.Examples)
            {
                if (rule.Group == "recipient" && BounceLines.Recipient(example) != "who@corp.test")
                    faults.Add($"line {rule.Line}: '{example}' gave {BounceLines.Recipient(example)}");
                if (rule.Group == "copy" && !BounceLines.BeginsCopy(example, out _))
                    faults.Add($"line {rule.Line}: '{example}' begins no copy");
            }
        }
        faults.ShouldBeEmpty(string.Join('\n', faults));
    }

    [Fact]
    public void Every_rule_can_be_reached_by_a_single_one_of_its_words()
    {
        // A word that an earlier rule takes for another reason would be dead: each must at least lead to its own reason or to an earlier rule.
        var dead = new List<string>();
        foreach (var rule in ReplyClassifier.AllRules)
        {
            if (rule.Expression is not null)
                continue;
            var reached = rule
                .Condition.Split(" | ")
                .Any(words =>
                    ReplyClassifier
                        .Classify(550, null, string.Join(" ", words.Split(" & ").Where(w => w[0] != '!')))
                        .Rule.StartsWith($"reply-rules:{rule.Line} ", StringComparison.Ordinal)
                );
            if (!reached)
                dead.Add($"line {rule.Line} {rule.Group} {rule.Meaning}");
        }
        dead.ShouldBeEmpty(string.Join('\n', dead));
    }
}
