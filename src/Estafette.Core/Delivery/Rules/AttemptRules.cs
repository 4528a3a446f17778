using Estafette.Core.Channels;
using Estafette.Core.Platform;

namespace Estafette.Core.Delivery.Rules;

/// <summary>What is known about a delivery when its attempt ends.</summary>
/// <param name="Attempt">Number of the attempt that ended, from 1.</param>
/// <param name="FirstAttemptAt">When its first attempt began.</param>
/// <param name="Server">The server that was tried.</param>
/// <param name="Tried">Servers that already failed in this round, the one just tried included.</param>
/// <param name="HasOtherServer">Whether a server that was not tried in this round may still take it.</param>
/// <param name="IsInDoubt">Whether an earlier attempt left and its answer was never read.</param>
/// <param name="ResendInDoubt">The in-doubt policy that applies, resolved.</param>
internal sealed record AttemptContext(
    int Attempt,
    DateTimeOffset FirstAttemptAt,
    ServerId Server,
    IReadOnlyList<ServerId> Tried,
    bool HasOtherServer,
    bool IsInDoubt,
    bool ResendInDoubt
);

/// <summary>What becomes of a delivery after an attempt.</summary>
/// <param name="Status">Its new status; Pending when it only goes back into the queue.</param>
/// <param name="Due">When it is tried again; null when it leaves the queue.</param>
/// <param name="Pin">Only this server may try it again (greylisting knows the sending address).</param>
/// <param name="Tried">Servers left out at the next try.</param>
/// <param name="CountsAttempt">False when nothing was tried at all.</param>
internal sealed record Decision(
    DeliveryStatus Status,
    DateTimeOffset? Due = null,
    ServerId? Pin = null,
    IReadOnlyList<ServerId>? Tried = null,
    bool CountsAttempt = true
);

/// <summary>
/// The failover table. Another server is tried only after a definite refusal that is the server's fault; a recipient's or content's refusal
/// is final; a destination's "later" is retried through the same server; a message in doubt is never given to another server.
/// </summary>
internal static class AttemptRules
{
    /// <summary>A message in doubt is sent again at most until this attempt: a server that never answers must not get it for ever.</summary>
    public const int LastResendAfter = 3;

    public static Decision Decide(AttemptContext context, SendResult result, DeliveryOptions options, DateTimeOffset now, double jitter) =>
        (result.Outcome, result.Blame) switch
        {
            (AttemptOutcome.NotStarted, _) => new Decision(DeliveryStatus.Pending, now, CountsAttempt: false),
            (AttemptOutcome.Accepted, _) => new Decision(DeliveryStatus.Sent),
            (AttemptOutcome.InDoubt, _) when context.ResendInDoubt && context.Attempt <= LastResendAfter => new Decision(
                DeliveryStatus.InDoubt,
                now.AddSeconds(options.InDoubtResendSeconds),
                Pin: context.Server
            ),
            (AttemptOutcome.InDoubt, _) => new Decision(DeliveryStatus.InDoubt),
            (AttemptOutcome.Rejected, not (Blame.Server or Blame.Configuration)) => new Decision(FinalStatus(result)),
            _ when context.IsInDoubt => StillInDoubt(context, result, options, now, jitter),
            (AttemptOutcome.Unreachable, _) or (_, Blame.Server or Blame.Configuration) => NextServer(
                context,
                result,
                options,
                now,
                jitter
            ),
            _ => Later(context, result, options, now, jitter),
        };

    /// <summary>The server did not take the second copy, which says nothing about the first: only this server may be asked again.</summary>
    private static Decision StillInDoubt(
        AttemptContext context,
        SendResult result,
        DeliveryOptions options,
        DateTimeOffset now,
        double jitter
    ) =>
        RetrySchedule.IsOver(context.FirstAttemptAt, now, context.Attempt, TimeSpan.FromHours(options.GiveUpAfterHours))
            ? new Decision(DeliveryStatus.InDoubt)
            : new Decision(
                DeliveryStatus.InDoubt,
                now + RetrySchedule.After(RetryCause.NoServer, Math.Max(1, context.Attempt - 1), result.RetryAfter, jitter),
                Pin: context.Server
            );

    private static Decision NextServer(
        AttemptContext context,
        SendResult result,
        DeliveryOptions options,
        DateTimeOffset now,
        double jitter
    )
    {
        if (context.HasOtherServer)
            return new Decision(DeliveryStatus.Pending, now, Tried: context.Tried);
        if (RetrySchedule.IsOver(context.FirstAttemptAt, now, context.Attempt, TimeSpan.FromHours(options.GiveUpAfterHours)))
            return new Decision(DeliveryStatus.Expired);
        var rounds = Math.Max(1, context.Attempt / Math.Max(1, context.Tried.Count));
        return new Decision(DeliveryStatus.Deferred, now + RetrySchedule.After(RetryCause.NoServer, rounds, result.RetryAfter, jitter));
    }

    private static Decision Later(AttemptContext context, SendResult result, DeliveryOptions options, DateTimeOffset now, double jitter)
    {
        if (RetrySchedule.IsOver(context.FirstAttemptAt, now, context.Attempt, TimeSpan.FromHours(options.GiveUpAfterHours)))
            return new Decision(DeliveryStatus.SoftBounced);
        var cause = FailureCauses.Of(result) == FailureCause.Rate ? RetryCause.Greylist : RetryCause.Plain;
        return new Decision(
            DeliveryStatus.Deferred,
            now + RetrySchedule.After(cause, context.Attempt, result.RetryAfter, jitter),
            Pin: context.Server
        );
    }

    /// <summary>A refusal by the recipient's side is a hard bounce; a refusal before any transport (an API's 4xx, our own rendering) is a rejection.</summary>
    private static DeliveryStatus FinalStatus(SendResult result) =>
        result.Phase is SendPhase.Render or SendPhase.Request or SendPhase.Response or SendPhase.None
            ? DeliveryStatus.Rejected
            : DeliveryStatus.HardBounced;
}
