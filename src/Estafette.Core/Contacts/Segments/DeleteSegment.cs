using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts.Segments;

/// <summary>Where a segment is used: "campaign", "segment" or "automation", with the name of what uses it.</summary>
public sealed record SegmentUser(string Kind, long Id, string Name);

/// <summary>What became of a deletion: found or not, and who still uses the segment.</summary>
public sealed record DeletedSegment(bool Found, IReadOnlyList<SegmentUser> Users)
{
    public bool IsDone => Found && Users.Count == 0;
}

/// <summary>Deletes a segment that no campaign to come, running or paused, and no other segment uses; over campaigns keep their own copy.</summary>
public static class DeleteSegment
{
    public static async Task<DeletedSegment> RunAsync(Actor actor, SegmentId id, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        await using var write = await db.BeginWriteAsync(ct);
        if (await db.Of<Segment>(actor.Customer).SingleOrDefaultAsync(s => s.Id == id, ct) is not { } segment)
            return new DeletedSegment(false, []);
        var users = await UsersAsync(actor.Customer, id, db, ct);
        if (users.Count > 0)
            return new DeletedSegment(true, users);
        await db.Database.ExecuteSqlAsync(
            $"DELETE FROM campaign_segments WHERE segment_id = {id.Value} AND customer_id = {actor.Customer.Value}",
            ct
        );
        db.Remove(segment);
        db.Add(actor, "segment.deleted", $"segment {id} {segment.Name}", clock.GetUtcNow(), segment.Definition);
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return new DeletedSegment(true, []);
    }

    /// <summary>Campaigns that are not over and segments that use a segment.</summary>
    public static async Task<IReadOnlyList<SegmentUser>> UsersAsync(CustomerId customer, SegmentId id, EstafetteDb db, CancellationToken ct)
    {
        // Campaigns belong to a module above this one; 4 and 5 are over.
        var campaigns = await db
            .Database.SqlQuery<Used>(
                $"SELECT c.id, c.name FROM campaign_segments u JOIN campaigns c ON c.id = u.campaign_id WHERE u.segment_id = {id.Value} AND u.customer_id = {customer.Value} AND c.status NOT IN (4, 5)"
            )
            .ToListAsync(ct);
        var others = await db.Of<Segment>(customer).AsNoTracking().Where(s => s.Id != id).ToListAsync(ct);
        var key = id.ToString();
        return
        [
            .. campaigns.Select(c => new SegmentUser("campaign", c.Id, c.Name)),
            .. others
                .Where(s =>
                    SegmentDefinition.Parse(s.Definition).Conditions().Any(c => c.Subject == SegmentSubject.Segment && c.Key == key)
                )
                .Select(s => new SegmentUser("segment", s.Id.Value, s.Name)),
        ];
    }

    internal sealed record Used(long Id, string Name);
}
