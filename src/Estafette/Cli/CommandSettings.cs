using System.CommandLine;
using System.Text.RegularExpressions;
using Estafette.Core.Platform;

namespace Estafette.Cli;

/// <summary>The settings flags of a command line, taken out before it is parsed: <c>--Section:Key=value</c> or <c>--Section:Key value</c>.</summary>
internal sealed partial record SettingFlags(IReadOnlyList<string> Rest, IReadOnlyDictionary<string, string?> Values)
{
    public static SettingFlags TakeFrom(IReadOnlyList<string> args)
    {
        var rest = new List<string>(args.Count);
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < args.Count; i++)
        {
            if (args[i] == "--")
            {
                rest.AddRange(args.Skip(i));
                break;
            }
            if (Flag().Match(args[i]) is not { Success: true } flag)
                rest.Add(args[i]);
            else if (flag.Groups["value"].Success)
                values[flag.Groups["key"].Value] = flag.Groups["value"].Value;
            else if (i + 1 < args.Count && !args[i + 1].StartsWith("--", StringComparison.Ordinal))
                values[flag.Groups["key"].Value] = args[++i];
            else
                throw new CommandException($"The setting {args[i]} has no value; write {args[i]}=VALUE.", ExitCode.Settings);
        }
        return new(rest, values);
    }

    [GeneratedRegex(
        "^--(?<key>[A-Za-z]\\w*(:\\w[\\w.-]*)+)(=(?<value>.*))?$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.Singleline
    )]
    private static partial Regex Flag();
}

/// <summary>The settings a command runs with: file, environment, flags.</summary>
internal static class CommandSettings
{
    // Sections read by the framework itself.
    private static readonly string[] Framework = ["Logging", "Kestrel", "AllowedHosts"];

    /// <summary>Fills a configuration in the order of precedence.</summary>
    /// <exception cref="InvalidSettingsException">The settings file is missing or is no JSON.</exception>
    public static void Fill(IConfigurationBuilder configuration, ParseResult result, GlobalOptions globals, SettingFlags flags)
    {
        var values = new Dictionary<string, string?>(flags.Values, StringComparer.OrdinalIgnoreCase);
        if (result.GetValue(globals.Data) is { } data)
            values["Data:Directory"] = data;
        if (result.GetValue(globals.Urls) is { } urls)
            values["Web:Urls"] = urls;
        var file = result.GetValue(globals.Config);
        if (file is not null && !File.Exists(file))
            throw new InvalidSettingsException($"--config: there is no settings file '{Path.GetFullPath(file)}'.");
        try
        {
            ServerHost.AddSettings(configuration, file, values);
            if (configuration is not IConfiguration)
                configuration.Build();
        }
        catch (InvalidDataException broken)
        {
            var cause = broken.InnerException?.Message ?? broken.Message;
            throw new InvalidSettingsException(
                $"The settings file '{file ?? Path.GetFullPath("estafette.json")}' is no valid JSON: {cause}"
            );
        }
    }

    /// <summary>Refuses a section that no module reads, which is most often a typing error.</summary>
    /// <exception cref="InvalidSettingsException">There is one.</exception>
    public static void RefuseUnknown(IConfiguration configuration, IServiceCollection services)
    {
        var known = Sections(services).ToList();
        var unknown = configuration
            .GetChildren()
            .FirstOrDefault(s => s.GetChildren().Any() && !known.Concat(Framework).Contains(s.Key, StringComparer.OrdinalIgnoreCase));
        if (unknown is not null)
            throw new InvalidSettingsException(
                $"{unknown.Key}:{unknown.GetChildren().First().Key} is not a setting: there is no section {unknown.Key}. Sections: {string.Join(", ", known)}."
            );
    }

    /// <summary>The sections that modules registered.</summary>
    public static IEnumerable<string> Sections(IServiceCollection services) => Records(services).Select(r => r.Section).Distinct().Order();

    /// <summary>The option records that modules registered, with their sections.</summary>
    public static IEnumerable<OptionRecord> Records(IServiceCollection services) =>
        services.Select(s => s.ImplementationInstance).OfType<OptionRecord>();
}
