using System.Globalization;

namespace Estafette.Web.Public;

/// <summary>What a visitor sent, to be read and, when something is wrong, to be shown again as it was typed.</summary>
internal sealed record PostedForm
{
    public IFormCollection Values { get; init; } = FormCollection.Empty;

    /// <summary>Input to code of what is wrong.</summary>
    public IReadOnlyDictionary<string, string> Errors { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>A word above the form.</summary>
    public string? Notice { get; init; }

    /// <summary>Why what was posted could not be taken, when no input is at fault.</summary>
    public string? Problem { get; init; }

    /// <summary>A value, trimmed; null when empty. A NUL cannot be stored and counts as nothing typed.</summary>
    public string? Text(string input) =>
        Values[input] is [{ } value, ..] && !value.Contains('\0') && value.Trim() is { Length: > 0 } text ? text : null;

    public IReadOnlyCollection<long> Lists =>
        Values["list"]
            .Select(text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .ToHashSet();
}
