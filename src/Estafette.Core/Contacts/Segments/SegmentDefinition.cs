using System.Text.Json;
using System.Text.Json.Serialization;

namespace Estafette.Core.Contacts.Segments;

/// <summary>A part of a segment: a group or a condition.</summary>
public abstract record SegmentNode;

/// <summary>Conditions and groups of which all, or any, must hold.</summary>
public sealed record SegmentGroup(bool Any, IReadOnlyList<SegmentNode> Items) : SegmentNode
{
    public static readonly SegmentGroup Empty = new(false, []);

    public bool Equals(SegmentGroup? other) => other is not null && Any == other.Any && Items.SequenceEqual(other.Items);

    public override int GetHashCode() => HashCode.Combine(Any, Items.Count);
}

/// <summary>One condition on a contact.</summary>
/// <param name="Key">What the subject needs besides: the name of an attribute, the id of a list, campaign, import or segment.</param>
/// <param name="Kind">How the value of an attribute is read.</param>
/// <param name="Value">What it is compared with, as text: numbers with a point, dates as yyyy-MM-dd.</param>
/// <param name="Value2">The end of a range.</param>
public sealed record SegmentCondition(
    SegmentSubject Subject,
    SegmentOperator Operator,
    string? Key = null,
    AttributeKind Kind = AttributeKind.Text,
    string? Value = null,
    string? Value2 = null
) : SegmentNode;

/// <summary>
/// What makes a contact belong to a segment.
/// <para>Stored as JSON: <c>{"version":1,"root":{"match":"all","items":[…]}}</c>; an item is a group (<c>match</c>, <c>items</c>) or a
/// condition (<c>subject</c>, <c>operator</c>, <c>key</c>, <c>kind</c>, <c>value</c>, <c>value2</c>; words in kebab case).</para>
/// </summary>
public sealed record SegmentDefinition(SegmentGroup Root)
{
    /// <summary>The version written; a later one is refused with a clear word.</summary>
    public const int Version = 1;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
        MaxDepth = 16,
    };

    public string ToJson() => JsonSerializer.Serialize(new Document(Version, Write(Root)), Json);

    /// <exception cref="FormatException">It is no definition, or one of a later version.</exception>
    public static SegmentDefinition Parse(string json)
    {
        try
        {
            var document = JsonSerializer.Deserialize<Document>(json, Json);
            if (document is not { Root: { } root })
                throw new FormatException("The definition of a segment has no root group.");
            if (document.Version != Version)
                throw new FormatException(
                    $"The definition of a segment has version {document.Version}; this version of Estafette reads version {Version}."
                );
            return Read(root) is SegmentGroup group
                ? new SegmentDefinition(group)
                : throw new FormatException("The root of a segment's definition is not a group.");
        }
        catch (JsonException broken)
        {
            throw new FormatException($"The definition of a segment cannot be read: {broken.Message}", broken);
        }
    }

    /// <summary>Every condition, from the first to the last.</summary>
    public IEnumerable<SegmentCondition> Conditions() => Conditions(Root);

    private static IEnumerable<SegmentCondition> Conditions(SegmentNode node) =>
        node switch
        {
            SegmentGroup group => group.Items.SelectMany(Conditions),
            SegmentNegation negation => Conditions(negation.Inner),
            _ => [(SegmentCondition)node],
        };

    private static Item Write(SegmentNode node) =>
        node switch
        {
            SegmentGroup group => new Item { Match = group.Any ? "any" : "all", Items = [.. group.Items.Select(Write)] },
            SegmentNegation negation => new Item { Match = "none", Items = [Write(negation.Inner)] },
            SegmentCondition c => new Item
            {
                Subject = c.Subject,
                Operator = c.Operator,
                Key = c.Key,
                Kind = c.Subject == SegmentSubject.Attribute ? c.Kind : null,
                Value = c.Value,
                Value2 = c.Value2,
            },
            _ => throw new InvalidOperationException($"{node.GetType()} is no part of a segment."),
        };

    private static SegmentNode Read(Item item)
    {
        if (item.Items is { } items)
            return item.Match switch
            {
                "any" or "all" => new SegmentGroup(item.Match == "any", [.. items.Select(Read)]),
                "none" when items.Count == 1 => new SegmentNegation(Read(items[0])),
                _ => throw new FormatException("A group of a segment matches \"all\" or \"any\"."),
            };
        if (item is not { Subject: { } subject, Operator: { } op })
            throw new FormatException("A condition of a segment needs a subject and an operator.");
        return new SegmentCondition(subject, op, item.Key, item.Kind ?? AttributeKind.Text, item.Value, item.Value2);
    }

    private sealed record Document(int Version, Item? Root);

    private sealed record Item
    {
        public string? Match { get; init; }
        public List<Item>? Items { get; init; }
        public SegmentSubject? Subject { get; init; }
        public SegmentOperator? Operator { get; init; }
        public string? Key { get; init; }
        public AttributeKind? Kind { get; init; }
        public string? Value { get; init; }
        public string? Value2 { get; init; }
    }
}
