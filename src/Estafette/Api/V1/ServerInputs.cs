using System.Text.Json;
using Estafette.Api.Json;
using Estafette.Api.OpenApi;
using Estafette.Core.Channels;
using Estafette.Core.Platform;

namespace Estafette.Api.V1;

/// <summary>What a caller says about a sending server; ranges and formats are judged by the use case, which tells every fault at once.</summary>
internal static class ServerInputs
{
    private const int MaxSecret = 10_000;

    public static readonly ApiBody Body = new(
        ApiField.Line("name", 100).Required(),
        ApiField.Choice("kind", V1Words.All<ServerKind>(), "Of a server that exists it cannot be changed").Required(),
        ApiField.Object("settings", "Those of its kind, such as host and port of smtp"),
        ApiField.Line("secret", MaxSecret, "Key or password; written and never shown; an empty text takes it away"),
        ApiField.Line("secret_second", MaxSecret, "The other half where the provider has a pair"),
        ApiField.Flag("active"),
        ApiField.Number("priority", "Lower goes first; default 10"),
        ApiField.Number("weight", "Share of the load inside a priority, 1 to 100; default 1"),
        ApiField.Number("rate_count", "Messages per rate_unit; null: no limit"),
        ApiField.Choice("rate_unit", V1Words.All<RateUnit>()),
        ApiField.Number("daily_maximum", "Messages per day; null: no limit"),
        ApiField.Number("connections", "At the same time, 1 to 100; default 4"),
        ApiField.Choice("in_doubt_policy", V1Words.All<InDoubtPolicy>())
    )
    {
        Name = "ServerInput",
    };

    /// <summary>Null when the fields are wrong already.</summary>
    public static ServerInput? ReadNew(FieldReader fields)
    {
        var kind = fields.Choice<ServerKind>("kind");
        if (!fields.Has("kind"))
            fields.Faults.AddText("kind", "required");
        var blank = new ServerInput { Name = "", Settings = ServerSettings.Parse(kind ?? ServerKind.Capture, "{}") };
        var name = fields.Line("name", 100, isRequired: true);
        return fields.Faults.Any ? null : Read(fields, blank with { Name = name! });
    }

    /// <summary>Null when the fields are wrong already.</summary>
    public static ServerInput? ReadChanges(FieldReader fields, ServerDetails known)
    {
        var row = known.Row;
        if (fields.Choice<ServerKind>("kind") is { } kind && kind != row.Kind)
            fields.Faults.AddText("kind", "choice", V1Words.Of(kind));
        var name = fields.Line("name", 100, isRequired: true);
        return Read(
            fields,
            new ServerInput
            {
                Name = name ?? row.Name,
                Active = row.Active,
                Priority = row.Priority,
                Weight = row.Weight,
                RateCount = row.RateCount,
                RateUnit = row.RateUnit,
                DailyMaximum = row.DailyMaximum,
                Connections = row.Connections,
                InDoubtPolicy = known.InDoubtPolicy,
                Settings = known.Settings ?? ServerSettings.Parse(row.Kind, "{}"),
            }
        );
    }

    private static ServerInput? Read(FieldReader fields, ServerInput was)
    {
        var input = was with
        {
            Active = fields.Flag("active") ?? was.Active,
            Priority = Whole(fields, "priority") ?? was.Priority,
            Weight = Whole(fields, "weight") ?? was.Weight,
            RateCount = fields.Has("rate_count") ? Whole(fields, "rate_count") : was.RateCount,
            RateUnit = fields.Choice<RateUnit>("rate_unit") ?? was.RateUnit,
            DailyMaximum = fields.Has("daily_maximum") ? Whole(fields, "daily_maximum") : was.DailyMaximum,
            Connections = Whole(fields, "connections") ?? was.Connections,
            InDoubtPolicy = fields.Choice<InDoubtPolicy>("in_doubt_policy") ?? was.InDoubtPolicy,
            Settings = Settings(fields, was.Settings),
            Secret = Secret(fields),
        };
        return fields.Faults.Any ? null : input;
    }

    /// <summary>A number as every range judges it.</summary>
    private static int? Whole(FieldReader fields, string name) =>
        fields.Number(name) is { } number ? (int)Math.Clamp(number, int.MinValue, int.MaxValue) : null;

    private static ServerSettings Settings(FieldReader fields, ServerSettings known)
    {
        if (fields.Raw("settings") is { ValueKind: not (JsonValueKind.Object or JsonValueKind.Null) })
            fields.Faults.AddText("settings", "object-expected");
        try
        {
            return ServerSettingsJson.Merge(known, fields.Raw("settings"));
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException or ArgumentException)
        {
            var place = (wrong as JsonException)?.Path is { Length: > 2 } path ? "settings." + path[2..] : "settings";
            fields.Faults.AddText(place, "setting");
            return known;
        }
    }

    private static ServerSecret? Secret(FieldReader fields)
    {
        var (key, second) = (
            fields.Text("secret", MaxSecret, isRequired: false),
            fields.Text("secret_second", MaxSecret, isRequired: false)
        );
        return key is null ? null : new ServerSecret(key, string.IsNullOrEmpty(second) ? null : second);
    }

    /// <summary>Faults of a use case under the names of the fields; those of the kind below "settings".</summary>
    public static IResult Wrong(Faults? wrong, FieldFaults faults)
    {
        foreach (var (field, messages) in wrong?.ByField ?? new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal))
        {
            var name = JsonNamingPolicy.SnakeCaseLower.ConvertName(field);
            var isOwn = name is "to" or "from" or "from_name" || Body.Fields.Any(f => f.Name == name);
            foreach (var message in messages)
                faults.Add(
                    name.Length == 0 ? FieldFaults.General
                        : isOwn ? name
                        : "settings." + name,
                    message
                );
        }
        return ApiAnswers.Invalid(faults);
    }
}
