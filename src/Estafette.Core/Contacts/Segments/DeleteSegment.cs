using System.Text.Json;
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

/// <summary>Deletes a segment that no campaign to come, running or paused, no automation and no other segment uses; over campaigns keep their own copy.</summary>
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

    /// <summary>Campaigns that are not over, automations that were not stopped, and segments that use a segment.</summary>
    public static async Task<IReadOnlyList<SegmentUser>> UsersAsync(CustomerId customer, SegmentId id, EstafetteDb db, CancellationToken ct)
    {
        // Campaigns belong to a module above this one; 4 and 5 are over.
        var campaigns = await db
            .Database.SqlQuery<Used>(
                $"SELECT c.id, c.name FROM campaign_segments u JOIN campaigns c ON c.id = u.campaign_id WHERE u.segment_id = {id.Value} AND u.customer_id = {customer.Value} AND c.status NOT IN (4, 5)"
            )
            .ToListAsync(ct);
        // So do automations: what is edited and what runs may name it; 3 is stopped.
        var automations = await db
            .Database.SqlQuery<UsedIn>(
                $"SELECT a.id, a.name, a.draft, v.definition FROM automations a LEFT JOIN automation_versions v ON v.automation_id = a.id AND v.version = a.version WHERE a.customer_id = {customer.Value} AND a.status <> 3 ORDER BY a.name"
            )
            .ToListAsync(ct);
        var others = await db.Of<Segment>(customer).AsNoTracking().Where(s => s.Id != id).ToListAsync(ct);
        var key = id.ToString();
        return
        [
            .. campaigns.Select(c => new SegmentUser("campaign", c.Id, c.Name)),
            .. automations
                .Where(a => Names(a.Draft, id) || Names(a.Definition, id))
                .Select(a => new SegmentUser("automation", a.Id, a.Name)),
            .. others
                .Where(s =>
                    SegmentDefinition.Parse(s.Definition).Conditions().Any(c => c.Subject == SegmentSubject.Segment && c.Key == key)
                )
                .Select(s => new SegmentUser("segment", s.Id.Value, s.Name)),
        ];
    }

    /// <summary>Whether some member "segment" of a JSON text is this one.</summary>
    private static bool Names(string? json, SegmentId id)
    {
        if (json is null)
            return false;
        using var document = JsonDocument.Parse(json);
        return Names(document.RootElement, id.Value);
    }

    private static bool Names(JsonElement element, long id) =>
        element.ValueKind switch
        {
            JsonValueKind.Array => element.EnumerateArray().Any(e => Names(e, id)),
            JsonValueKind.Object => element
                .EnumerateObject()
                .Any(p =>
                    p.NameEquals("segment") && p.Value.ValueKind == JsonValueKind.Number ? p.Value.GetInt64() == id : Names(p.Value, id)
                ),
            _ => false,
        };

    internal sealed record Used(long Id, string Name);

    internal sealed record UsedIn(long Id, string Name, string Draft, string? Definition);
}
