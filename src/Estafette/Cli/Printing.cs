using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Estafette.Core.Platform;
using Spectre.Console;

namespace Estafette.Cli;

/// <summary>A column of a printed list.</summary>
internal sealed record Column<T>(string Title, Func<T, object?> Value, bool Right = false);

/// <summary>Results on standard output: a table for a person, lines with tabs for a pipe, JSON for a program.</summary>
internal static class Printing
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase), new EntityIdJson() },
    };

    /// <summary>Prints rows; in JSON every property of the row, under its own name.</summary>
    public static void List<T>(this CommandConsole console, IReadOnlyList<T> rows, params Column<T>[] columns)
    {
        if (console.Json)
            console.Out.WriteLine(JsonSerializer.Serialize(rows, Format));
        else if (console.Terminal.IsTerminal)
            console.Ansi.Write(TableOf(rows, columns));
        else
            PrintLines(console, rows, columns);
    }

    /// <summary>Prints one object: "name: value" lines or JSON.</summary>
    public static void Object<T>(this CommandConsole console, T value, params (string Name, object? Value)[] lines)
    {
        if (console.Json)
        {
            console.Out.WriteLine(JsonSerializer.Serialize(value, Format));
            return;
        }
        var width = lines.Length == 0 ? 0 : lines.Max(l => l.Name.Length);
        foreach (var (name, shown) in lines)
            if (shown is not null)
                console.Out.WriteLine($"{(name + ":").PadRight(width + 1)} {CommandConsole.Plain(Text(shown))}");
    }

    /// <summary>Prints what was done: a sentence, or the object as JSON.</summary>
    public static void Done<T>(this CommandConsole console, T value, string sentence) =>
        console.Out.WriteLine(console.Json ? JsonSerializer.Serialize(value, Format) : CommandConsole.Plain(sentence));

    /// <summary>A value as people read it; times in UTC.</summary>
    public static string Text(object? value) =>
        value switch
        {
            null => "",
            DateTimeOffset time => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            TimeSpan span => Duration(span),
            double number => number.ToString("0.##", CultureInfo.InvariantCulture),
            bool yes => yes ? "yes" : "no",
            Enum word => JsonNamingPolicy.KebabCaseLower.ConvertName(word.ToString()),
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString() ?? "",
        };

    /// <summary>"4.2 s", "3 min 05 s" or "2 h 10 min".</summary>
    public static string Duration(TimeSpan span) =>
        span.TotalSeconds < 60 ? $"{span.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s"
        : span.TotalMinutes < 60 ? $"{(int)span.TotalMinutes} min {span.Seconds:00} s"
        : $"{(int)span.TotalHours} h {span.Minutes:00} min";

    private static Table TableOf<T>(IReadOnlyList<T> rows, Column<T>[] columns)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in columns)
            table.AddColumn(
                new TableColumn(new Text(column.Title)) { Alignment = column.Right ? Justify.Right : Justify.Left, NoWrap = column.Right }
            );
        foreach (var row in rows)
            table.AddRow(columns.Select(c => new Text(CommandConsole.Plain(Text(c.Value(row))))));
        return table;
    }

    private static void PrintLines<T>(CommandConsole console, IReadOnlyList<T> rows, Column<T>[] columns)
    {
        console.Out.WriteLine(string.Join('\t', columns.Select(c => c.Title)));
        foreach (var row in rows)
            console.Out.WriteLine(string.Join('\t', columns.Select(c => CommandConsole.Plain(Text(c.Value(row))))));
    }
}

/// <summary>Writes typed keys as the numbers they are.</summary>
internal sealed class EntityIdJson : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) =>
        typeToConvert.IsValueType
        && typeToConvert.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IEntityId<>));

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Converter<>).MakeGenericType(typeToConvert))!;

    private sealed class Converter<T> : JsonConverter<T>
        where T : struct, IEntityId<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => T.From(reader.GetInt64());

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Value);
    }
}
