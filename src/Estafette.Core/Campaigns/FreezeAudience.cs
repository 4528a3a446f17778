using System.Data.Common;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns;

/// <summary>The segments of a running campaign as they were at its launch, compiled for the freezing of one batch after the other.</summary>
internal sealed record FrozenSegments(IReadOnlyList<SegmentPredicate> Included, IReadOnlyList<SegmentPredicate> Excluded)
{
    private const string Name = "Campaigns/freeze-audience";

    public bool AnyIncluded => Included.Count > 0;

    /// <summary>The statement that freezes a batch, with the parameters of the segments.</summary>
    public DbCommand Statement(WriteSession session)
    {
        if (Included.Count + Excluded.Count == 0)
            return session.Statement(Name);
        var command = session.Connection.CreateCommand();
        command.Transaction = session.Transaction;
        command.CommandText = session
            .Store.Sql(Name)
            .Replace("/* included */", AudienceSql.IncludedInBatch(Included), StringComparison.Ordinal)
            .Replace("/* excluded */", AudienceSql.ExcludedInBatch(Excluded), StringComparison.Ordinal);
        foreach (var predicate in Included.Concat(Excluded))
            predicate.AddTo(command);
        return command;
    }
}

/// <summary>Keeps the definitions of a campaign's segments at launch and reads them back while its audience is frozen.</summary>
internal static class FreezeAudience
{
    /// <summary>Copies the definitions, segments inside them resolved; once, so that a campaign that is resumed keeps the first.</summary>
    public static async Task KeepDefinitionsAsync(Campaign campaign, EstafetteDb db, CancellationToken ct)
    {
        var uses = await db.Of<CampaignSegment>(campaign.CustomerId)
            .Where(s => s.CampaignId == campaign.Id && s.Definition == null)
            .ToListAsync(ct);
        foreach (var use in uses)
            use.Definition = (await AudienceSql.ReadAsync(campaign.CustomerId, use.SegmentId, db, ct)).ToJson();
    }

    public static async Task<FrozenSegments> SegmentsAsync(Campaign campaign, EstafetteDb db, CancellationToken ct)
    {
        var uses = await db.Of<CampaignSegment>(campaign.CustomerId)
            .AsNoTracking()
            .Where(s => s.CampaignId == campaign.Id)
            .OrderBy(s => s.SegmentId)
            .ToListAsync(ct);
        if (uses.Count == 0)
            return new FrozenSegments([], []);
        var scope = await SegmentScopes.ReadAsync(
            campaign.CustomerId,
            SegmentUse.Batch,
            LimitedQuery.KindOf(db),
            campaign.LaunchedAt ?? campaign.UpdatedAt,
            db,
            ct
        );
        // A batch is chosen by id: an index on an attribute would only lead the planner away from it.
        scope = scope with
        {
            Indexed = new HashSet<(string, AttributeKind)>(),
        };
        List<SegmentPredicate> Compile(bool excluded) =>
            [
                .. uses.Where(u => u.Excluded == excluded)
                    .Select(u => CompileSegment.Run(SegmentDefinition.Parse(u.Definition!), scope, $"seg{u.SegmentId}_")),
            ];
        return new FrozenSegments(Compile(false), Compile(true));
    }
}
