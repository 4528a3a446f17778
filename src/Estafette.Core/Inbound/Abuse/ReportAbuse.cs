using System.Text.RegularExpressions;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Core.Suppression;
using Estafette.Core.Tracking;
using Estafette.Protocols.Addresses;

namespace Estafette.Core.Inbound.Abuse;

/// <summary>What was typed on the page for reports.</summary>
/// <param name="Words">What was received and what is wrong with it.</param>
/// <param name="Link">A link of the message; null: none was given.</param>
/// <param name="Reporter">Mail address for an answer; null: none was given.</param>
/// <param name="Ip">Remote address.</param>
/// <param name="UserAgent">Program it came from.</param>
internal sealed record AbuseInput(string? Words, string? Link, string? Reporter, string? Ip, string? UserAgent);

/// <summary>
/// Takes a report of abuse. A link of the message says whose it is and proves the recipient, as it does on the unsubscribe page: the address gets
/// nothing more, with the origin "abuse", and the campaign counts a complaint. Without a link the report goes to the operators.
/// </summary>
internal sealed partial class ReportAbuse(TrackingTokens tokens, WriteQueue writes, TimeProvider clock)
{
    public const int MaxWords = 4000;
    public const int MaxLink = 1000;

    /// <summary>What is wrong, by field: "words", "link", "reporter"; empty when it was taken.</summary>
    public async Task<IReadOnlyList<string>> RunAsync(AbuseInput input, CancellationToken ct)
    {
        var faults = new List<string>();
        if (string.IsNullOrWhiteSpace(input.Words) || input.Words.Length > MaxWords)
            faults.Add("words");
        if (input.Link is { Length: > MaxLink })
            faults.Add("link");
        if (input.Reporter is { } reporter && !EmailAddress.TryParse(reporter, out _, out _))
            faults.Add("reporter");
        if (faults.Count > 0)
            return faults;
        await tokens.EnsureLoadedAsync(ct);
        var delivery = input.Link is { } link ? DeliveryOf(link) : null;
        await writes.RunAsync(session => TakeAsync(session, input, delivery, clock.GetUtcNow(), ct), ct);
        return faults;
    }

    /// <summary>The delivery whose link this is; null when it proves none.</summary>
    internal DeliveryId? DeliveryOf(string link)
    {
        foreach (Match match in Token().Matches(link))
            if (
                tokens.TryRead(match.Groups[1].ValueSpan, out var token)
                && token.Purpose is TokenPurpose.Unsubscribe or TokenPurpose.Click or TokenPurpose.WebVersion
            )
                return new DeliveryId(token.Subject);
        return null;
    }

    private static async ValueTask TakeAsync(
        WriteSession session,
        AbuseInput input,
        DeliveryId? delivery,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var words = ApplyFarEnd.Clean(input.Words)!;
        var applied = FarEndOutcome.Unknown;
        if (delivery is { } id)
        {
            var word = new FarEndWord(id, FarEndFact.Complained, now, DeliveryEventSource.AbuseReport, $"abuse form: {words}")
            {
                Origin = SuppressionOrigin.Abuse,
            };
            applied = await ApplyFarEnd.RunAsync(session, word, now, ct);
        }
        var known = applied != FarEndOutcome.Unknown;
        await session
            .Statement("Inbound/keep-abuse-report")
            .Set("@delivery", known ? delivery?.Value : null)
            .Set("@at", now.ToUnixTimeMilliseconds())
            .Set("@reporter", ApplyFarEnd.Clean(input.Reporter))
            .Set("@words", ApplyFarEnd.CleanAll(input.Words!))
            .Set("@link", ApplyFarEnd.Clean(input.Link))
            .Set("@ip", input.Ip)
            .Set("@agent", ApplyFarEnd.Clean(input.UserAgent is { Length: > 256 } agent ? agent[..256] : input.UserAgent))
            .Set("@opted_out", known)
            .ExecuteNonQueryAsync(ct);
    }

    // The paths of our links: /u/, /l/ and /w/ before the token.
    [GeneratedRegex("/[ulw]/([A-Za-z0-9_-]{10,80})", RegexOptions.CultureInvariant)]
    private static partial Regex Token();
}
