namespace Estafette.Protocols.Bounces;

/// <summary>Signs by which a mail without standard form is recognised: bounce-signs.tsv, one list for each place they are looked for in.</summary>
internal static class BounceSigns
{
    internal static readonly IReadOnlyList<RuleList.Rule> All = RuleList.Read("bounce-signs.tsv");

    /// <summary>From: machines that write bounces.</summary>
    internal static readonly RuleList Sender = Of("sender");

    /// <summary>Subjects of bounces and warnings.</summary>
    internal static readonly RuleList Subject = Of("subject");

    /// <summary>First words of bounces and warnings.</summary>
    internal static readonly RuleList Opening = Of("opening");

    /// <summary>Subjects of automatic replies.</summary>
    internal static readonly RuleList AutomaticSubject = Of("auto-subject");

    /// <summary>First words of automatic replies.</summary>
    internal static readonly RuleList AutomaticOpening = Of("auto-opening");

    /// <summary>Subjects that ask for no more mail.</summary>
    internal static readonly RuleList OptOutSubject = Of("optout-subject");

    /// <summary>Whole short texts that ask for no more mail.</summary>
    internal static readonly RuleList OptOutText = Of("optout-text");

    /// <summary>Local parts that exist for opt-outs.</summary>
    internal static readonly RuleList OptOutAddress = Of("optout-address");

    private static readonly string[] AnswerMarks =
    [
        "re:",
        "aw:",
        "antw:",
        "rv:",
        "sv:",
        "vs:",
        "odp:",
        "fw:",
        "fwd:",
        "tr:",
        "wg:",
        "res:",
        "ynt:",
        "r:",
        "i:",
        "re :",
        "tr :",
        "回复:",
        "答复:",
    ];

    /// <summary>Whether a subject in the form of the rules begins with a mark of answering or forwarding.</summary>
    internal static bool IsAnswer(string subject) => AnswerMarks.Any(m => subject.StartsWith(m, StringComparison.Ordinal));

    /// <summary>A subject without such marks.</summary>
    internal static string Bare(string subject)
    {
        for (var i = 0; i < 5 && AnswerMarks.FirstOrDefault(m => subject.StartsWith(m, StringComparison.Ordinal)) is { } mark; i++)
            subject = subject[mark.Length..].TrimStart();
        return subject;
    }

    private static RuleList Of(string place) => new([.. All.Where(r => r.Group == place)]);
}
