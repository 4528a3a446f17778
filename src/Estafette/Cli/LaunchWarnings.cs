using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Campaigns.PreFlight;
using Estafette.Core.Campaigns.Review;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Cli;

/// <summary>What the page before a launch asks too: every warning of the campaign as it is now must have been read by somebody.</summary>
internal static class LaunchWarnings
{
    /// <summary>Records the warnings accepted by name.</summary>
    /// <exception cref="CommandException">Some warning was read by nobody, or a name is that of no warning.</exception>
    public static async Task CheckAsync(
        CommandSession session,
        CustomerId customer,
        CampaignId id,
        IReadOnlyCollection<string> accepted,
        CancellationToken ct
    )
    {
        var campaign = await session.Db.Of<Campaign>(customer).AsNoTracking().SingleAsync(c => c.Id == id, ct);
        // What is no draft any more is refused with its own sentence.
        if (
            !campaign.IsEditable
            || await RunPreFlight.RunAsync(customer, id, QueryTime.Asked, session.Db, session.Clock, ct) is not { } report
        )
            return;
        // So is what cannot be launched at all: nothing is accepted for it.
        if (report.Problems.Any(p => p.IsError))
            return;
        var warnings = report.Problems.ToList();
        if (accepted.FirstOrDefault(a => warnings.TrueForAll(w => w.Code != a)) is { } unknown)
            throw new CommandException(
                $"--accept-warnings '{unknown}' names no warning of this campaign. It has: {(warnings.Count == 0 ? "none" : Names(warnings))}.",
                ExitCode.Usage
            );
        var read = await AcknowledgeWarnings.ReadAsync(campaign, session.Db, ct);
        var unread = warnings.Where(w => !read.ContainsKey(Acknowledgement.KeyOf(w))).ToList();
        if (unread.Where(w => !accepted.Contains(w.Code, StringComparer.Ordinal)).ToList() is { Count: > 0 } open)
            throw new CommandException(
                $"The campaign was not launched: it has warnings that nobody has read. {string.Join(' ', open.Select(w => $"[{w.Code}] {w.Message}"))} Repeat with --accept-warnings {Names(unread)}",
                ExitCode.Warnings
            );
        if (unread.Count > 0)
            await AcknowledgeWarnings.RunAsync(new Actor(customer, CommandSession.UserName), id, unread, session.Db, session.Clock, ct);
    }

    private static string Names(IEnumerable<CampaignProblem> warnings) => string.Join(' ', warnings.Select(w => w.Code).Distinct());
}
