using Estafette.Core.Inbound;
using Estafette.Core.Inbound.Mail;
using Estafette.Protocols.Bounces;
using Estafette.Web.Layout;
using static Estafette.Web.Words;

namespace Estafette.Web.Returned;

/// <summary>The words for mail that came back: what it is, and what was done about it.</summary>
internal static class ReturnedWords
{
    public static string Kind(ReturnedKind kind) => StatusWords.Of("returned.kind", kind);

    public static string Class(BounceClass of) => StatusWords.Of("returned.class", of);

    /// <summary>What was done, in one sentence.</summary>
    public static string Done(KeptMail mail) => T("returned.done-" + DoneKey(mail));

    /// <summary>The same in a few words.</summary>
    public static string Short(KeptMail mail) => T("returned.did-" + DoneKey(mail));

    private static string DoneKey(KeptMail mail) =>
        (mail.Outcome, mail.Kind, mail.Class) switch
        {
            (FarEndOutcome.Applied, ReturnedKind.Bounce, BounceClass.Hard) => "listed",
            (FarEndOutcome.Applied, ReturnedKind.Bounce, BounceClass.Block) => "blocked",
            (FarEndOutcome.Applied, ReturnedKind.Bounce, _) => "soft",
            (FarEndOutcome.Applied, ReturnedKind.Complaint, _) => "complaint",
            (FarEndOutcome.Applied, ReturnedKind.Delayed, _) => "delayed",
            (FarEndOutcome.Applied, ReturnedKind.Delivered, _) => "delivered",
            (FarEndOutcome.Applied, _, _) => "opted-out",
            (FarEndOutcome.Noted, _, _) => "noted",
            (FarEndOutcome.Ignored, _, _) => "ignored",
            _ => "unknown",
        };

    /// <summary>Code, enhanced status and words of the far end.</summary>
    public static string Said(int? code, string? status, string? diagnostic) =>
        string.IsNullOrWhiteSpace(diagnostic) ? $"{code} {status}".Trim() : diagnostic;
}
