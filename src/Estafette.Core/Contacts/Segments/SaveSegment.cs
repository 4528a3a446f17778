using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts.Segments;

/// <summary>A segment as somebody wants it to be.</summary>
public sealed record SegmentInputs(string? Name, string? Description, SegmentDefinition Definition);

/// <summary>The saved segment, or everything that is wrong: faults of the fields by name (codes) and those of the definition by place.</summary>
public sealed record SavedSegment(
    SegmentId? Id,
    IReadOnlyDictionary<string, string> Errors,
    IReadOnlyList<SegmentFault> Faults,
    bool Found = true
);

/// <summary>Creates a segment, or changes one.</summary>
public static class SaveSegment
{
    public const int MaxNameChars = 200;
    public const int MaxDescriptionChars = 1000;

    /// <param name="id">Null: a new one.</param>
    public static async Task<SavedSegment> RunAsync(
        Actor actor,
        SegmentId? id,
        SegmentInputs inputs,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        var known = id is null ? null : await db.Of<Segment>(actor.Customer).SingleOrDefaultAsync(s => s.Id == id, ct);
        var errors = await ErrorsAsync(actor.Customer, id, inputs, db, ct);
        var faults = await CheckSegment.RunAsync(actor.Customer, id, inputs.Definition, db, ct);
        if (id is not null && known is null)
            return new SavedSegment(null, errors, faults, Found: false);
        if (errors.Count > 0 || faults.Count > 0)
            return new SavedSegment(null, errors, faults);
        var now = clock.GetUtcNow();
        var (name, json) = (inputs.Name!.Trim(), inputs.Definition.ToJson());
        var segment =
            known
            ?? new Segment
            {
                CustomerId = actor.Customer,
                Name = name,
                Definition = json,
                CreatedAt = now,
                UpdatedAt = now,
            };
        if (segment.Definition != json)
            (segment.LastCount, segment.CountedAt) = (null, null);
        (segment.Name, segment.Description, segment.Definition, segment.UpdatedAt) = (name, Blank(inputs.Description), json, now);
        if (known is null)
            db.Add(segment);
        await db.SaveChangesAsync(ct);
        db.Add(actor, known is null ? "segment.created" : "segment.changed", $"segment {segment.Id} {name}", now, json);
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return new SavedSegment(segment.Id, errors, faults);
    }

    /// <summary>Keeps the result of a full count, for the list of segments.</summary>
    public static async Task RememberCountAsync(
        CustomerId customer,
        SegmentId id,
        string definition,
        long count,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        var now = clock.GetUtcNow();
        await db.Of<Segment>(customer)
            .Where(s => s.Id == id && s.Definition == definition)
            .ExecuteUpdateAsync(set => set.SetProperty(s => s.LastCount, count).SetProperty(s => s.CountedAt, now), ct);
        await write.CommitAsync(ct);
    }

    private static string? Blank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private static async Task<Dictionary<string, string>> ErrorsAsync(
        CustomerId customer,
        SegmentId? id,
        SegmentInputs inputs,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var errors = new Dictionary<string, string>(StringComparer.Ordinal);
        var name = inputs.Name?.Trim() ?? "";
        if (name.Length == 0)
            errors["name"] = "missing";
        else if (name.Length > MaxNameChars || name.Any(char.IsControl))
            errors["name"] = "long";
        else if (await db.Of<Segment>(customer).AnyAsync(s => s.Name == name && s.Id != (id ?? default), ct))
            errors["name"] = "taken";
        if (inputs.Description is { } text && (text.Length > MaxDescriptionChars || text.Contains('\0', StringComparison.Ordinal)))
            errors["description"] = "long";
        return errors;
    }
}
