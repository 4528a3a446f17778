using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Estafette.Core.Channels;

namespace Estafette.Api.V1;

/// <summary>A sending server as v1 shows it; its secret is only said to exist.</summary>
internal sealed record ServerView(
    string Url,
    long Id,
    string Name,
    string Kind,
    string Target,
    string Health,
    bool Active,
    int Priority,
    int Weight,
    int? RateCount,
    string RateUnit,
    int? DailyMaximum,
    long UsedToday,
    int Connections,
    string InDoubtPolicy,
    bool HasSecret,
    IReadOnlyDictionary<string, JsonElement> Settings,
    DateTimeOffset? RestsUntil,
    string? LastError,
    DateTimeOffset? LastErrorDate,
    string Test
)
{
    public static readonly string[] Columns =
    [
        "url",
        "id",
        "name",
        "kind",
        "target",
        "health",
        "active",
        "priority",
        "weight",
        "rate_count",
        "rate_unit",
        "daily_maximum",
        "used_today",
        "connections",
        "in_doubt_policy",
        "has_secret",
        "settings",
        "last_error",
        "last_error_date",
    ];

    public static ServerView Of(ServerDetails details, V1Links links)
    {
        var row = details.Row;
        return new(
            links.Server(row.Id),
            row.Id.Value,
            row.Name,
            V1Words.Of(row.Kind),
            row.Target,
            V1Words.Of(row.Health),
            row.Active,
            row.Priority,
            row.Weight,
            row.RateCount,
            V1Words.Of(row.RateUnit),
            row.DailyMaximum,
            row.UsedToday,
            row.Connections,
            V1Words.Of(details.InDoubtPolicy),
            row.HasSecret,
            ServerSettingsJson.Shown(details.Settings),
            row.RestsUntil,
            row.LastError,
            row.LastErrorAt,
            links.Server(row.Id) + "test/"
        );
    }
}

/// <summary>The settings of a server's kind in snake_case.</summary>
internal static class ServerSettingsJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        RespectNullableAnnotations = true,
    };

    /// <summary>Headers may carry keys: they are written and never shown.</summary>
    private const string Hidden = "headers";

    public static IReadOnlyDictionary<string, JsonElement> Shown(ServerSettings? settings)
    {
        var shown = settings is null
            ? []
            : JsonSerializer.SerializeToElement(settings, settings.GetType(), Options).Deserialize<Dictionary<string, JsonElement>>()!;
        shown.Remove(Hidden);
        return shown;
    }

    /// <summary>The settings with those given in the place of those known.</summary>
    /// <exception cref="JsonException">A value is none of its setting.</exception>
    public static ServerSettings Merge(ServerSettings known, JsonElement? given)
    {
        if (given is not { ValueKind: JsonValueKind.Object } changes)
            return known;
        var merged = JsonSerializer.SerializeToNode(known, known.GetType(), Options)!.AsObject();
        foreach (var (name, value) in JsonNode.Parse(JsonSerializer.Serialize(changes))!.AsObject())
            merged[name] = value?.DeepClone();
        return (ServerSettings)merged.Deserialize(known.GetType(), Options)!;
    }
}

/// <summary>A line of a dialogue with a server.</summary>
internal sealed record DialogueView(string From, string Text);

/// <summary>What became of a test.</summary>
internal sealed record ServerTestView(
    bool Succeeded,
    string Outcome,
    string Phase,
    int? Code,
    string? Text,
    long DurationMs,
    IReadOnlyList<DialogueView> Dialogue
);
