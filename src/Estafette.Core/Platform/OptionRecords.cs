using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Core.Platform;

/// <summary>
/// Settings read at start from file, environment and flags into one record per subject. A module registers its record with
/// <see cref="AddOptionRecord{T}"/>; a wrong value stops the start with the key named.
/// </summary>
public static class OptionRecords
{
    /// <summary>Binds a section to a record, checks it and makes it available as a singleton.</summary>
    /// <exception cref="InvalidSettingsException">A value is missing, out of range or of the wrong type.</exception>
    public static IServiceCollection AddOptionRecord<T>(this IServiceCollection services, IConfiguration configuration, string section)
        where T : class, new()
    {
        var value = Read<T>(configuration, section);
        return services.AddSingleton(value).AddSingleton(new OptionRecord(section, value));
    }

    /// <summary>Reads and checks one record.</summary>
    /// <exception cref="InvalidSettingsException">A value is missing, out of range or of the wrong type.</exception>
    public static T Read<T>(IConfiguration configuration, string section)
        where T : class, new()
    {
        var part = configuration.GetSection(section);
        var known = typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(p => p.Name).ToList();
        var unknown = part.GetChildren().FirstOrDefault(c => !known.Contains(c.Key, StringComparer.OrdinalIgnoreCase));
        if (unknown is not null)
            throw new InvalidSettingsException($"{section}:{unknown.Key} is not a setting. Known: {string.Join(", ", known)}.");
        T value;
        try
        {
            value = part.Get<T>() ?? new T();
        }
        catch (InvalidOperationException wrong)
        {
            throw new InvalidSettingsException($"{section}: {wrong.Message} {wrong.InnerException?.Message}".TrimEnd());
        }
        var faults = new List<ValidationResult>();
        if (!Validator.TryValidateObject(value, new ValidationContext(value), faults, validateAllProperties: true))
            throw new InvalidSettingsException(
                string.Join(' ', faults.Select(f => $"{section}:{string.Join(',', f.MemberNames)}: {f.ErrorMessage}"))
            );
        return value;
    }
}

/// <summary>An option record that a module registered, with the section it was read from.</summary>
public sealed record OptionRecord(string Section, object Value);

/// <summary>A setting is wrong; the message names its key.</summary>
public sealed class InvalidSettingsException(string message) : Exception(message);
