using System.CommandLine;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Estafette.Core.Platform;

namespace Estafette.Cli;

/// <summary><c>estafette config</c>: the settings as they would be used, secrets masked.</summary>
internal static partial class ConfigCommand
{
    private sealed record Setting(string Key, string? Value, bool IsDefault);

    public static Command Create(CommandTree tree)
    {
        var command = new Command("config", "Print the settings in effect, secrets masked");
        tree.WithExamples(command, "estafette config", "estafette config --config /etc/estafette.json --json");
        return tree.RunAlone(command, (session, result, _) => Task.FromResult(Run(tree.Globals, session, result)));
    }

    private static int Run(GlobalOptions globals, AloneSession session, ParseResult result)
    {
        var configuration = new ConfigurationManager();
        CommandSettings.Fill(configuration, result, globals, session.Flags);
        var services = new ServiceCollection();
        services.AddEstafette(configuration);
        CommandSettings.RefuseUnknown(configuration, services);
        var rows = CommandSettings.Records(services).OrderBy(r => r.Section, StringComparer.Ordinal).SelectMany(Settings).ToList();
        session.Console.List(rows, new("setting", s => s.Key), new("value", s => s.Value), new("default", s => s.IsDefault));
        return ExitCode.Done;
    }

    private static IEnumerable<Setting> Settings(OptionRecord record)
    {
        var plain = Activator.CreateInstance(record.Value.GetType());
        foreach (var property in record.Value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var value = Text(property.GetValue(record.Value));
            yield return new Setting(
                $"{record.Section}:{property.Name}",
                Mask(property.Name, value),
                value == Text(property.GetValue(plain))
            );
        }
    }

    private static string? Text(object? value) =>
        value switch
        {
            null => null,
            string text => text,
            System.Collections.IEnumerable many => string.Join(", ", many.Cast<object?>()),
            _ => Convert.ToString(value, CultureInfo.InvariantCulture),
        };

    private static string? Mask(string name, string? value) =>
        value is null ? null
        : Secret().IsMatch(name) ? "***"
        : Password().Replace(value, "$1***");

    [GeneratedRegex("(Password|Secret|Token|ApiKey|Key)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Secret();

    [GeneratedRegex("((?:password|pwd)\\s*=\\s*)(?:'[^']*'|\"[^\"]*\"|[^;]*)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Password();
}
