using System.Text.Json;
using System.Text.Json.Nodes;
using Estafette.Core.Platform;

namespace Estafette.Core.Automations.Steps;

/// <summary>Somebody inside an automation, with what its steps may ask; steps change it as they go.</summary>
internal sealed class Person
{
    private JsonObject? _attributes;

    public required EnrolmentId Enrolment { get; init; }
    public required ContactId Contact { get; init; }
    public required int Round { get; init; }
    public required DateTimeOffset EnteredAt { get; init; }
    public int Step { get; set; }
    public bool IsWaiting { get; set; }
    public DateTimeOffset DueAt { get; set; }

    /// <summary>The contact still exists.</summary>
    public bool Exists { get; init; } = true;
    public string? Email { get; init; }
    public string? FirstName { get; init; }
    public string? LastName { get; init; }
    public string? Phone { get; init; }
    public string? Language { get; init; }

    /// <summary>The contact's attributes as they are stored: a JSON object, or null.</summary>
    public string? AttributesJson { get; init; }

    /// <summary>Lists in which the contact is confirmed.</summary>
    public HashSet<long> Lists { get; } = [];

    /// <summary>Segments asked for that the contact belongs to.</summary>
    public HashSet<long> Segments { get; } = [];

    /// <summary>Send steps of this passage whose message was opened.</summary>
    public HashSet<int> Opened { get; } = [];

    /// <summary>Send steps of this passage whose message was clicked.</summary>
    public HashSet<int> Clicked { get; } = [];

    public JsonObject Attributes => _attributes ??= Parse(AttributesJson);

    /// <summary>A field or attribute as text; null when it is missing or empty.</summary>
    public string? Field(string name) =>
        name switch
        {
            "email" => Blank(Email),
            "first_name" => Blank(FirstName),
            "last_name" => Blank(LastName),
            "phone" => Blank(Phone),
            "language" => Blank(Language),
            _ => Attributes.TryGetPropertyValue(name, out var value) ? Text(value) : null,
        };

    private static string? Text(JsonNode? value) =>
        value?.GetValueKind() switch
        {
            null or JsonValueKind.Null => null,
            JsonValueKind.String => Blank(value.GetValue<string>()),
            _ => value.ToJsonString(),
        };

    private static JsonObject Parse(string? json)
    {
        if (json is null)
            return [];
        try
        {
            return JsonNode.Parse(json) as JsonObject ?? [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static string? Blank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
