using System.Globalization;
using System.Net.Http.Headers;

namespace Estafette.Core.Channels.Http;

/// <summary>What an HTTP status says about a message when the provider has no rule of its own (interfaces §4.1, delivery §3.3).</summary>
internal static class HttpStatusTable
{
    private const int MaxText = 1000;

    /// <summary>The provider took the message.</summary>
    public static SendResult Accepted(HttpAnswer answer, string? providerId) =>
        new()
        {
            Outcome = AttemptOutcome.Accepted,
            Phase = SendPhase.Response,
            Code = answer.Status,
            Text = Cut(answer.Text.Length > 0 ? answer.Text : "accepted"),
            ProviderId = string.IsNullOrWhiteSpace(providerId) ? null : Cut(providerId.Trim()),
        };

    /// <summary>A definite no, in the provider's words.</summary>
    public static SendResult Refused(HttpAnswer answer, Blame blame, string? words = null) =>
        new()
        {
            Outcome = blame switch
            {
                Blame.Server => AttemptOutcome.Deferred,
                Blame.Configuration => AttemptOutcome.Unreachable,
                _ => AttemptOutcome.Rejected,
            },
            Blame = blame,
            Phase = SendPhase.Response,
            Code = answer.Status,
            Text = Words(answer, words),
            RetryAfter = blame == Blame.Server ? RetryAfter(answer) : null,
        };

    /// <summary>The request arrived and the answer does not tell whether the message goes out.</summary>
    public static SendResult InDoubt(HttpAnswer answer, string? words = null) =>
        new()
        {
            Outcome = AttemptOutcome.InDoubt,
            Phase = SendPhase.Response,
            Code = answer.Status,
            Text = Words(answer, words),
        };

    /// <summary>Judges an answer that is not the provider's success.</summary>
    public static SendResult Judge(HttpAnswer answer, string? words = null) =>
        answer.Status switch
        {
            429 or 503 or 402 or 408 or 507 => Refused(answer, Blame.Server, words),
            401 or 403 or 404 or 405 or 406 or 407 or 410 or 411 or 415 or 426 or 431 => Refused(answer, Blame.Configuration, words),
            501 or 505 or 511 => Refused(answer, Blame.Configuration, words),
            >= 300 and < 400 => Refused(
                answer,
                Blame.Configuration,
                $"answered with a redirection to {answer.Headers.Location?.ToString() ?? "nowhere"}, which is not followed; set the final URL"
            ),
            >= 400 and < 500 => Refused(answer, Blame.Message, words),
            _ => InDoubt(answer, words),
        };

    private static string Words(HttpAnswer answer, string? words)
    {
        var text = string.IsNullOrWhiteSpace(words) ? answer.Text : words;
        return Cut(text.Length > 0 ? text : $"HTTP status {answer.Status} without a word");
    }

    private static TimeSpan? RetryAfter(HttpAnswer answer)
    {
        if (answer.Headers.RetryAfter is { } asked)
            return Wait(asked, answer.Headers.Date);
        return
            answer.Header("X-RateLimit-Reset") is { } reset
            && long.TryParse(reset, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
            && answer.Headers.Date is { } now
            && at > now.ToUnixTimeSeconds()
            ? Limit(DateTimeOffset.FromUnixTimeSeconds(Math.Min(at, now.ToUnixTimeSeconds() + 86400)) - now)
            : RetryAfterText.Find(answer.Text);
    }

    // RFC 9110 §10.2.3: seconds, or a date, which is read against the server's own clock.
    private static TimeSpan? Wait(RetryConditionHeaderValue asked, DateTimeOffset? now) =>
        asked.Delta is { } delta ? Limit(delta)
        : asked.Date is { } date && now is { } from ? Limit(date - from)
        : null;

    private static TimeSpan Limit(TimeSpan wait) => TimeSpan.FromTicks(Math.Clamp(wait.Ticks, 0, TimeSpan.TicksPerDay));

    private static string Cut(string text) => text.Length <= MaxText ? text : text[..MaxText];
}
