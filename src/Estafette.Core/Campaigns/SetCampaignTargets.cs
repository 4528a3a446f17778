using Estafette.Core.Channels;
using Estafette.Core.Contacts;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Platform;
using Estafette.Protocols.Addresses;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns;

/// <summary>Sets the lists a campaign goes to and those it leaves out; its segments stay as they are.</summary>
public static class SetCampaignLists
{
    public static async Task<CampaignOutcome> RunAsync(
        CustomerId customer,
        CampaignId id,
        IReadOnlyCollection<ListId> included,
        IReadOnlyCollection<ListId> excluded,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var now = await AudienceTargets.ReadAsync(customer, id, db, ct);
        return await SetCampaignTargets.RunAsync(customer, id, now with { Lists = included, ExcludedLists = excluded }, db, clock, ct);
    }
}

/// <summary>Sets the lists and segments a campaign goes to and those it leaves out. What is in both is left out.</summary>
public static class SetCampaignTargets
{
    public static async Task<CampaignOutcome> RunAsync(
        CustomerId customer,
        CampaignId id,
        AudienceTargets targets,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        if (await db.Of<Campaign>(customer).SingleOrDefaultAsync(c => c.Id == id, ct) is not { } campaign)
            return CampaignOutcome.NotFound.Instance;
        if (!campaign.IsEditable)
            return new CampaignOutcome.WrongStatus(campaign.Status);
        var lists = targets.Lists.Concat(targets.ExcludedLists).Distinct().ToList();
        var segments = targets.Segments.Concat(targets.ExcludedSegments).Distinct().ToList();
        if (await UnknownAsync(customer, lists, segments, db, ct) is { Count: > 0 } problems)
            return new CampaignOutcome.Invalid(problems);
        db.RemoveRange(await db.Of<CampaignList>(customer).Where(l => l.CampaignId == id).ToListAsync(ct));
        db.RemoveRange(await db.Of<CampaignSegment>(customer).Where(s => s.CampaignId == id).ToListAsync(ct));
        await db.SaveChangesAsync(ct);
        db.AddRange(
            lists.Select(list => new CampaignList
            {
                CampaignId = id,
                ListId = list,
                CustomerId = customer,
                Excluded = targets.ExcludedLists.Contains(list),
            })
        );
        db.AddRange(
            segments.Select(segment => new CampaignSegment
            {
                CampaignId = id,
                SegmentId = segment,
                CustomerId = customer,
                Excluded = targets.ExcludedSegments.Contains(segment),
            })
        );
        campaign.UpdatedAt = clock.GetUtcNow();
        if (await CampaignControl.SaveAsync(campaign, db, ct) is CampaignOutcome.Changed changed)
            return changed;
        await write.CommitAsync(ct);
        return CampaignOutcome.Done.Instance;
    }

    private static async Task<List<CampaignProblem>> UnknownAsync(
        CustomerId customer,
        List<ListId> lists,
        List<SegmentId> segments,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var knownLists = await db.Of<ContactList>(customer).Where(l => lists.Contains(l.Id)).Select(l => l.Id).ToListAsync(ct);
        var knownSegments = await db.Of<Segment>(customer).Where(s => segments.Contains(s.Id)).Select(s => s.Id).ToListAsync(ct);
        return
        [
            .. lists
                .Except(knownLists)
                .Select(l => new CampaignProblem("lists.unknown", "lists", true, $"List {l} does not exist.", l.ToString())),
            .. segments
                .Except(knownSegments)
                .Select(s => new CampaignProblem("segments.unknown", "lists", true, $"Segment {s} does not exist.", s.ToString())),
        ];
    }
}

/// <summary>One server of a campaign, as asked for.</summary>
public sealed record CampaignServerChoice(
    ServerId Server,
    int? Weight = null,
    string? FromEmail = null,
    string? FromName = null,
    int? RateCount = null,
    RateUnit RateUnit = RateUnit.Second,
    int? DailyMaximum = null
);

/// <summary>Sets the servers of a campaign, each with its own sender, rate and daily maximum.</summary>
public static class SetCampaignServers
{
    public static async Task<CampaignOutcome> RunAsync(
        CustomerId customer,
        CampaignId id,
        IReadOnlyList<CampaignServerChoice> choices,
        EstafetteDb db,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        if (await db.Of<Campaign>(customer).SingleOrDefaultAsync(c => c.Id == id, ct) is not { } campaign)
            return CampaignOutcome.NotFound.Instance;
        if (!campaign.IsContentEditable)
            return new CampaignOutcome.WrongStatus(campaign.Status);
        var ids = choices.Select(c => c.Server).ToList();
        var known = await db.Of<SendingServer>(customer).Where(s => ids.Contains(s.Id)).Select(s => s.Id).ToListAsync(ct);
        if (Validate(choices, known).ToList() is { Count: > 0 } problems)
            return new CampaignOutcome.Invalid(problems);
        db.RemoveRange(await db.Of<CampaignServer>(customer).Where(s => s.CampaignId == id).ToListAsync(ct));
        await db.SaveChangesAsync(ct);
        foreach (var choice in choices)
            db.Add(
                new CampaignServer
                {
                    CampaignId = id,
                    ServerId = choice.Server,
                    CustomerId = customer,
                    Weight = choice.Weight,
                    FromEmail = Blank(choice.FromEmail),
                    FromName = Blank(choice.FromName),
                    RateCount = choice.RateCount,
                    RateUnit = choice.RateUnit,
                    DailyMaximum = choice.DailyMaximum,
                }
            );
        campaign.Touch(clock.GetUtcNow());
        if (await CampaignControl.SaveAsync(campaign, db, ct) is CampaignOutcome.Changed changed)
            return changed;
        await write.CommitAsync(ct);
        signals.Ring(Signal.CampaignChanged);
        return CampaignOutcome.Done.Instance;
    }

    private static string? Blank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private static IEnumerable<CampaignProblem> Validate(IReadOnlyList<CampaignServerChoice> choices, List<ServerId> known)
    {
        foreach (var choice in choices)
        {
            if (!known.Contains(choice.Server))
                yield return new(
                    "servers.unknown",
                    "servers",
                    true,
                    $"Sending server {choice.Server} does not exist.",
                    choice.Server.ToString()
                );
            if (choice.Weight is < 1 or > 100)
                yield return new("servers.weight", "servers", true, "The weight of a server is between 1 and 100.");
            if (choice.RateCount is < 1 or > 1_000_000 || choice.DailyMaximum is < 1)
                yield return new(
                    "servers.rate",
                    "servers",
                    true,
                    "Rate and daily maximum of a server are at least 1; leave them empty for no limit."
                );
            if (Blank(choice.FromEmail) is { } from && !EmailAddress.TryParse(from, out _, out var wrong))
                yield return new("servers.from", "servers", true, $"'{from}' is not an address: {wrong}", from);
            if (choice.FromName?.AsSpan().IndexOfAny('\r', '\n', '\0') >= 0)
                yield return new(
                    "servers.from_name",
                    "servers",
                    true,
                    "The sender name of a server holds a line break; write it on one line."
                );
        }
        if (choices.GroupBy(c => c.Server).Any(g => g.Count() > 1))
            yield return new("servers.twice", "servers", true, "A server is listed twice.");
    }
}
