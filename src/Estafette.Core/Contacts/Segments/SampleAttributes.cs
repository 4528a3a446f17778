using System.Text.Json;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts.Segments;

/// <summary>An attribute as a sample of contacts shows it.</summary>
/// <param name="Filled">Contacts of the sample that have a value.</param>
/// <param name="Kind">The kind that reads most of the values.</param>
public sealed record AttributeRow(string Name, int Filled, AttributeKind Kind, IReadOnlyList<string> Examples);

/// <summary>What a sample of contacts shows; contacts carry their attributes as JSON and no table lists them.</summary>
public sealed record AttributeSample(int Contacts, IReadOnlyList<AttributeRow> Rows);

/// <summary>Finds the attributes that contacts of a customer have, in a sample of the newest and the oldest.</summary>
public static class SampleAttributes
{
    private const int Half = 1000;
    private const int MaxNames = 300;
    private const int MaxExamples = 3;
    private const int MaxExampleChars = 60;

    public static async Task<IReadOnlyList<string>> NamesAsync(CustomerId customer, EstafetteDb db, CancellationToken ct) =>
        [.. (await RunAsync(customer, db, ct)).Rows.Select(r => r.Name)];

    public static async Task<AttributeSample> RunAsync(CustomerId customer, EstafetteDb db, CancellationToken ct)
    {
        var contacts = db.Of<Contact>(customer);
        var first = await contacts.OrderBy(c => c.ContactKey).Take(Half).Select(c => new { c.Id, c.Attributes }).ToListAsync(ct);
        var last = await contacts.OrderByDescending(c => c.ContactKey).Take(Half).Select(c => new { c.Id, c.Attributes }).ToListAsync(ct);
        var sample = first.Concat(last).DistinctBy(c => c.Id).ToList();
        var found = new Dictionary<string, Seen>(StringComparer.Ordinal);
        foreach (var contact in sample)
            if (contact.Attributes is { } json)
                Read(json, found);
        return new AttributeSample(
            sample.Count,
            [
                .. found
                    .OrderByDescending(f => f.Value.Filled)
                    .ThenBy(f => f.Key, StringComparer.Ordinal)
                    .Select(f => new AttributeRow(f.Key, f.Value.Filled, f.Value.Kind, [.. f.Value.Examples])),
            ]
        );
    }

    private static void Read(string json, Dictionary<string, Seen> found)
    {
        using var document = JsonDocument.Parse(json);
        foreach (var property in document.RootElement.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.Null || !AttributeName.IsGood(property.Name))
                continue;
            if (!found.TryGetValue(property.Name, out var seen))
            {
                if (found.Count >= MaxNames)
                    continue;
                found.Add(property.Name, seen = new Seen());
            }
            seen.Add(property.Value);
        }
    }

    private sealed class Seen
    {
        private readonly int[] _kinds = new int[5];

        public int Filled { get; private set; }
        public HashSet<string> Examples { get; } = new(StringComparer.Ordinal);
        public AttributeKind Kind => (AttributeKind)Array.IndexOf(_kinds, _kinds.Max());

        public void Add(JsonElement value)
        {
            var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
            if (text.Length == 0)
                return;
            Filled++;
            _kinds[(int)KindOf(value, text)]++;
            if (Examples.Count < MaxExamples)
                Examples.Add(text.Length > MaxExampleChars ? text[..MaxExampleChars] + "…" : text);
        }

        private static AttributeKind KindOf(JsonElement value, string text) =>
            value.ValueKind switch
            {
                JsonValueKind.True or JsonValueKind.False => AttributeKind.Boolean,
                JsonValueKind.Number => AttributeKind.Number,
                JsonValueKind.Array => AttributeKind.List,
                _ when text.Length >= 10 && (SegmentValues.TryDate(text[..10], out _) || IsFrenchDate(text)) => AttributeKind.Date,
                _ when text.Length <= 15 && text[0] != '0' && text[0] != '+' && SegmentValues.TryNumber(text, out _) =>
                    AttributeKind.Number,
                _ => AttributeKind.Text,
            };

        private static bool IsFrenchDate(string text) => text.Length == 10 && text[2] == '/' && text[5] == '/';
    }
}
