using System.Globalization;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts.Segments;

/// <summary>A segment contains itself, directly or by way of others.</summary>
internal sealed class SegmentCycleException(SegmentId segment) : Exception($"Segment {segment} contains itself.")
{
    public SegmentId Segment { get; } = segment;
}

/// <summary>Puts the definitions of the segments a definition names into their places, so that it stands by itself.</summary>
internal static class ResolveSegments
{
    /// <summary>The definition with every other segment resolved.</summary>
    /// <exception cref="SegmentCycleException">It contains itself.</exception>
    public static async Task<SegmentDefinition> RunAsync(
        CustomerId customer,
        SegmentDefinition definition,
        EstafetteDb db,
        CancellationToken ct
    ) => Resolve(definition, await LoadAsync(customer, definition, db, ct), null);

    /// <summary>All segments of the customer when one is named, else none.</summary>
    public static async Task<IReadOnlyDictionary<long, SegmentDefinition>> LoadAsync(
        CustomerId customer,
        SegmentDefinition definition,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        if (definition.Conditions().All(c => c.Subject != SegmentSubject.Segment))
            return new Dictionary<long, SegmentDefinition>();
        var rows = await db.Of<Segment>(customer).Select(s => new { s.Id, s.Definition }).ToListAsync(ct);
        return rows.ToDictionary(r => r.Id.Value, r => SegmentDefinition.Parse(r.Definition));
    }

    public static SegmentDefinition Resolve(
        SegmentDefinition definition,
        IReadOnlyDictionary<long, SegmentDefinition> others,
        SegmentId? itself
    )
    {
        var path = new HashSet<long>();
        if (itself is { } own)
            path.Add(own.Value);
        return new SegmentDefinition((SegmentGroup)Resolve(definition.Root, others, path));
    }

    private static SegmentNode Resolve(SegmentNode node, IReadOnlyDictionary<long, SegmentDefinition> others, HashSet<long> path)
    {
        if (node is SegmentGroup group)
            return group with { Items = [.. group.Items.Select(i => Resolve(i, others, path))] };
        if (node is not SegmentCondition { Subject: SegmentSubject.Segment } condition)
            return node;
        var id = long.Parse(condition.Key!, CultureInfo.InvariantCulture);
        if (!path.Add(id))
            throw new SegmentCycleException(new SegmentId(id));
        var inner = Resolve(others.TryGetValue(id, out var other) ? other.Root : SegmentGroup.Empty, others, path);
        path.Remove(id);
        return condition.Operator == SegmentOperator.Member ? inner : new SegmentNegation(inner);
    }
}

/// <summary>Everybody who is not in a part; exists only in resolved definitions.</summary>
internal sealed record SegmentNegation(SegmentNode Inner) : SegmentNode;
