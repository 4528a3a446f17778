namespace Estafette.Protocols.Spam;

/// <summary>One reason for or against a message.</summary>
/// <param name="Name">Name of the rule.</param>
/// <param name="Score">Points; negative in favour of the message.</param>
/// <param name="Description">What was found, for people.</param>
public sealed record SpamCheck(string Name, double Score, string Description);

/// <summary>How much a message looks like spam.</summary>
/// <param name="Score">Sum of points; null when the test could not be made.</param>
/// <param name="Threshold">Points from which a message counts as spam.</param>
/// <param name="Checks">What was found, highest score first.</param>
/// <param name="Error">Why the test could not be made, or null.</param>
public sealed record SpamReport(double? Score, double Threshold, IReadOnlyList<SpamCheck> Checks, string? Error)
{
    /// <summary>Threshold unless the engine says another.</summary>
    public const double DefaultThreshold = 5.0;

    /// <summary>Whether the score reaches the threshold; not when there is no score.</summary>
    public bool IsSpam => Score >= Threshold;

    internal static SpamReport Failed(string error) => new(null, DefaultThreshold, [], error);

    internal static IReadOnlyList<SpamCheck> HighestFirst(IEnumerable<SpamCheck> checks) =>
        [.. checks.OrderByDescending(c => c.Score).ThenBy(c => c.Name, StringComparer.Ordinal)];
}
