using System.Text.RegularExpressions;
using Estafette.Core.Channels;
using Estafette.Core.Delivery;
using Estafette.Core.Delivery.Rules;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Statistics;

/// <summary>Failed attempts that got the same answer but for its numbers and addresses.</summary>
/// <param name="Words">The answer with … in the place of what differs.</param>
/// <param name="Code">Reply code, of SMTP or HTTP.</param>
/// <param name="Count">Attempts among those read.</param>
/// <param name="Example">One whole answer.</param>
/// <param name="Delivery">The message that got it.</param>
/// <param name="Server">The sending server it went through.</param>
public sealed record ErrorWords(string Words, int? Code, int Count, string Example, DeliveryId Delivery, string Server);

/// <summary>One cause of failure with the answers behind it.</summary>
/// <param name="Cause">The cause.</param>
/// <param name="Attempts">All failed attempts of this cause, from rollups.</param>
/// <param name="Read">How many of them the answers were read of; the newest messages first.</param>
/// <param name="Answers">Most frequent first.</param>
public sealed record CauseDetails(FailureCause Cause, long Attempts, int Read, IReadOnlyList<ErrorWords> Answers);

/// <summary>Groups the failed attempts of a campaign by cause and by the far end's words.</summary>
/// <remarks>Counts come from rollups; the words of at most <see cref="MaxRead"/> attempts of each cause are read, through an index.</remarks>
public static partial class ReportErrors
{
    public const int MaxRead = 1000;
    private const int MaxAnswers = 12;
    private const int MaxWords = 200;

    /// <summary>Most frequent cause first; null when the customer has no such campaign.</summary>
    public static async Task<IReadOnlyList<CauseDetails>?> RunAsync(
        CustomerId customer,
        CampaignId campaign,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        if (await ReportCampaign.CausesAsync(customer, campaign, db, ct) is not { } causes)
            return null;
        var details = new List<CauseDetails>();
        foreach (var (cause, attempts) in causes)
            details.Add(await ReadAsync(customer, campaign, cause, attempts, db, ct));
        return details;
    }

    private static async Task<CauseDetails> ReadAsync(
        CustomerId customer,
        CampaignId campaign,
        FailureCause cause,
        long attempts,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var rows = await (
            from attempt in db.Of<AttemptRecord>(customer).AsNoTracking()
            where attempt.CampaignId == campaign && attempt.Cause == cause
            join server in db.Of<SendingServer>(customer) on attempt.ServerId equals server.Id into servers
            from server in servers.DefaultIfEmpty()
            orderby attempt.DeliveryId descending
            select new
            {
                attempt.Code,
                attempt.Text,
                attempt.DeliveryId,
                Server = (string?)server.Name,
            }
        )
            .Take(MaxRead)
            .ToListAsync(ct);
        var answers = rows.GroupBy(r => (Words: Normalize(r.Text), r.Code))
            .Select(g =>
            {
                var example = g.First();
                return new ErrorWords(g.Key.Words, g.Key.Code, g.Count(), example.Text ?? "", example.DeliveryId, example.Server ?? "");
            })
            .OrderByDescending(a => a.Count)
            .ThenBy(a => a.Words, StringComparer.Ordinal)
            .Take(MaxAnswers)
            .ToList();
        return new CauseDetails(cause, attempts, rows.Count, answers);
    }

    /// <summary>The answer without what differs from message to message: addresses, host names in brackets, ids, numbers.</summary>
    internal static string Normalize(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return "";
        if (text.Length > MaxWords * 2)
            text = text[..(MaxWords * 2)];
        text = Addresses().Replace(text, "…");
        text = Ids().Replace(text, "…");
        text = Spaces().Replace(text, " ").Trim();
        return text.Length <= MaxWords ? text : text[..MaxWords] + "…";
    }

    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.NonBacktracking;

    [GeneratedRegex(@"<?[^\s<>@""']+@[^\s<>@""',;:]+>?", Options)]
    private static partial Regex Addresses();

    // A word with a digit in it that is no status such as 5.1.1 or 550: queue ids, times, addresses of hosts.
    [GeneratedRegex(@"\b[0-9a-zA-Z]*[0-9][0-9a-zA-Z]{4,}[-0-9a-zA-Z._]*\b|\b[0-9]{1,3}(\.[0-9]{1,3}){3}\b", Options)]
    private static partial Regex Ids();

    [GeneratedRegex(@"\s+", Options)]
    private static partial Regex Spaces();
}
