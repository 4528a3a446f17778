using System.Collections.Frozen;

namespace Estafette.Protocols.Bounces;

/// <summary>
/// Says what a refusal means: for SMTP replies read directly, for the diagnostic texts of bounces and for the reasons in provider callbacks.
/// </summary>
/// <remarks>
/// Order of judgment, first match decides:
/// 1. rules of one provider (group other than <c>any</c> in reply-rules.tsv): their wordings are exact;
/// 2. general words, reputation and policy before everything about the address: "550 5.1.1 ... blocked using zen.spamhaus.org" is a block,
///    since a listed sender is told anything, while a receiver never speaks of block lists for a mistyped name;
/// 3. the enhanced status (status-codes.tsv, RFC 3463);
/// 4. the SMTP code (same table).
/// The class follows from the reason and from the permanence: the code where there is one, else the status, else permanent
/// (the code wins where they contradict each other). A 4xx answer is never hard.
/// A full mailbox is soft whatever the first digit. Unknown words with 5xx are soft, so that several are needed before an address is suppressed.
/// </remarks>
public static class ReplyClassifier
{
    private static readonly RuleList Rules = new(RuleList.Read("reply-rules.tsv"));
    private static readonly FrozenDictionary<string, Meaning> Table = ReadTable();

    /// <param name="Class">Set when the line says another class than the reason has.</param>
    private sealed record Meaning(BounceReason Reason, BounceClass? Class, string Rule);

    private static readonly FrozenDictionary<int, Meaning> Meanings = Rules.Rules.ToFrozenDictionary(
        r => r.Line,
        r => ReadMeaning(r.Meaning, $"reply-rules:{r.Line} {r.Group}")
    );

    internal static IReadOnlyList<RuleList.Rule> AllRules => Rules.Rules;

    /// <summary>Classifies a refusal; never throws, looks at the first 64 K characters.</summary>
    /// <param name="code">SMTP code; null when there is none: the first of the text is taken.</param>
    /// <param name="enhancedStatus">Enhanced status such as <c>5.1.1</c>; null when there is none: the first of the text is taken.</param>
    /// <param name="text">What the server or the provider says, with or without the codes.</param>
    public static ReplyVerdict Classify(int? code, string? enhancedStatus, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var found = code is null || enhancedStatus is null ? ReplyCodes.Find(text) : default;
        code = code is >= 200 and <= 599 ? code : found.Code;
        var status = enhancedStatus is null ? found.Status : ReplyCodes.Status(enhancedStatus.AsSpan().Trim()) ?? found.Status;
        var isPermanent = code is { } digits ? digits >= 500 : status is null || status[0] != '4';
        var meaning = FromText(text) ?? FromStatus(status) ?? FromCode(code);
        var reason = meaning?.Reason ?? BounceReason.Other;
        var bounceClass = meaning?.Class ?? BounceWords.ClassOf(reason, isPermanent);
        if (bounceClass == BounceClass.Hard && !isPermanent)
            bounceClass = BounceClass.Soft;
        return new ReplyVerdict(bounceClass, reason, BounceWords.ActionOf(bounceClass), code, status, meaning?.Rule ?? "nothing known");
    }

    private static Meaning? FromText(string text) =>
        text.Length >= LiteralIndex.MinLength && Rules.Match(ReplyText.Fold(text)) is { } rule ? Meanings[rule.Line] : null;

    private static Meaning? FromStatus(string? status)
    {
        if (status is null)
            return null;
        if (Table.TryGetValue(status, out var exact) || Table.TryGetValue("x" + status[1..], out exact))
            return exact;
        var subject = status[2..status.LastIndexOf('.')];
        return Table.GetValueOrDefault($"x.{subject}.x");
    }

    private static Meaning? FromCode(int? code) => code is null ? null : Table.GetValueOrDefault(code.Value.ToString());

    private static FrozenDictionary<string, Meaning> ReadTable() =>
        RuleList
            .Read("status-codes.tsv")
            .ToFrozenDictionary(r => r.Group, r => ReadMeaning(r.Meaning, $"status-codes {r.Group}"), StringComparer.Ordinal);

    private static Meaning ReadMeaning(string text, string rule)
    {
        var parts = text.Split(' ');
        if (!BounceWords.TryReason(parts[0], out var reason))
            throw new InvalidDataException($"Reading rules: '{parts[0]}' at {rule} is not of the vocabulary.");
        return new Meaning(reason, parts.Length > 1 ? Enum.Parse<BounceClass>(parts[1], ignoreCase: true) : null, rule);
    }
}
