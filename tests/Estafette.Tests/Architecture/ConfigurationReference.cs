using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Xml.Linq;
using Estafette.Core.Platform;

namespace Estafette.Tests.Architecture;

/// <summary>Writes <c>docs/configuration.md</c> from the option records: every record with a <c>Section</c> constant, and its doc comments.</summary>
internal static class ConfigurationReference
{
    private const string Head = """
        # Settings

        This page is generated from the option records; do not edit it. `UPDATE_DOCS=1 ./test fast` writes it anew.

        A setting named `Section:Key` is read from three places, the later one wins:

        1. the file `estafette.json` in the working directory, or the one named by `--config`: `{ "Section": { "Key": "value" } }`;
        2. the environment variable `ESTAFETTE_Section__Key`;
        3. a flag `--Section:Key=value`.

        A key that does not exist, a value of the wrong type or out of range stops the program with a message that names the key. Durations are
        written `d.hh:mm:ss`, such as `00:00:30` for thirty seconds.

        """;

    /// <summary>The option records in the order of their sections.</summary>
    public static List<Type> Records() =>
        new[] { typeof(Store).Assembly, typeof(ServerHost).Assembly }
            .SelectMany(a => a.GetTypes())
            .Where(t => t is { IsClass: true, IsAbstract: false } && Section(t) is not null)
            .OrderBy(Section, StringComparer.Ordinal)
            .ToList();

    public static string Write()
    {
        var text = new StringBuilder(Head.ReplaceLineEndings("\n"));
        foreach (var record in Records())
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {Section(record)}\n\n{Doc(record, null, "summary")}\n\n");
            text.Append("| Key | Default | Range | What it is |\n| --- | --- | --- | --- |\n");
            var defaults = Activator.CreateInstance(record)!;
            foreach (var property in Properties(record))
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"| `{Section(record)}:{property.Name}` | {Default(property, defaults)} | {RangeOf(property)} | {Description(record, property)} |\n"
                );
        }
        return text.ToString();
    }

    /// <summary>What the record lacks to be documented.</summary>
    public static IEnumerable<string> Faults(Type record)
    {
        if (Doc(record, null, "summary").Length == 0)
            yield return $"{record.FullName} has no summary.";
        foreach (var property in Properties(record))
        {
            var name = $"{record.FullName}.{property.Name}";
            if (Doc(record, property, "summary").Length == 0)
                yield return $"{name} has no summary.";
            if (Doc(record, property, "remarks").Length == 0)
                yield return $"{name} has no remarks: unit, range and default.";
            if (IsMeasured(property) && property.GetCustomAttribute<RangeAttribute>() is null)
                yield return $"{name} has no [Range].";
        }
    }

    private static IEnumerable<PropertyInfo> Properties(Type record) =>
        record.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite);

    private static string? Section(Type type) =>
        type.GetField("Section", BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static)?.GetRawConstantValue() as string;

    private static bool IsMeasured(PropertyInfo property)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        return type == typeof(TimeSpan) || (!type.IsEnum && Type.GetTypeCode(type) is >= TypeCode.SByte and <= TypeCode.Decimal);
    }

    private static string Default(PropertyInfo property, object defaults) =>
        property.GetValue(defaults) switch
        {
            null or "" => "",
            bool value => value ? "`true`" : "`false`",
            string value => $"`{value}`",
            System.Collections.IEnumerable values => string.Join(", ", values.Cast<object>().Select(v => $"`{v}`")),
            IFormattable value => $"`{value.ToString(null, CultureInfo.InvariantCulture)}`",
            var value => $"`{value}`",
        };

    private static string RangeOf(PropertyInfo property)
    {
        if (property.GetCustomAttribute<RangeAttribute>() is { } range)
            return string.Create(CultureInfo.InvariantCulture, $"{range.Minimum} to {range.Maximum}");
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (type.IsEnum)
            return string.Join(", ", Enum.GetNames(type));
        return property.GetCustomAttribute<RequiredAttribute>() is null ? "" : "required";
    }

    private static string Description(Type record, PropertyInfo property) =>
        $"{Doc(record, property, "summary")} {Doc(record, property, "remarks")}".Trim().Replace("|", "\\|", StringComparison.Ordinal);

    private static string Doc(Type record, PropertyInfo? property, string part)
    {
        var file = Path.Combine(AppContext.BaseDirectory, record.Assembly.GetName().Name + ".xml");
        var name = property is null ? $"T:{record.FullName}" : $"P:{record.FullName}.{property.Name}";
        var member = XDocument.Load(file).Descendants("member").FirstOrDefault(m => m.Attribute("name")?.Value == name);
        return member?.Element(part) is { } element ? Plain(element) : "";
    }

    private static string Plain(XElement element)
    {
        foreach (var reference in element.Descendants().Where(e => e.Attribute("cref") is not null).ToList())
            reference.ReplaceWith(new XText(reference.Attribute("cref")!.Value.Split('.')[^1]));
        return string.Join(' ', element.Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }
}
