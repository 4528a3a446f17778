using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Estafette.Protocols.Spam;

namespace Estafette.Core.Deliverability;

/// <summary>The spam test.</summary>
public sealed record SpamOptions : IValidatableObject
{
    public const string Section = "Spam";

    /// <summary>Address of SpamAssassin's spamd as HOST:PORT.</summary>
    /// <remarks>Default: none, which means the built-in rules.</remarks>
    public string? Spamd { get; init; }

    /// <summary>Longest wait for spamd, in milliseconds.</summary>
    /// <remarks>100 to 60,000; default 2,000.</remarks>
    [Range(100, 60_000)]
    public int TimeoutMs { get; init; } = 2000;

    /// <summary>From this score on a message is spam.</summary>
    /// <remarks>1 to 100; default 5.</remarks>
    [Range(1.0, 100.0)]
    public double Threshold { get; init; } = 5;

    /// <summary>Nothing is sent while the test cannot be made.</summary>
    /// <remarks>Default false: a message that could not be tested may be sent.</remarks>
    public bool Required { get; init; }

    internal (string Host, int Port)? Server =>
        Spamd is { Length: > 0 } text
        && text.LastIndexOf(':') is > 0 and var colon
        && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? (text[..colon], port)
            : null;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Spamd is { Length: > 0 } && Server is null)
            yield return new ValidationResult($"'{Spamd}' is no address; write HOST:PORT.", [nameof(Spamd)]);
    }
}

/// <summary>One thing the spam test found.</summary>
public sealed record SpamFinding(string Name, double Score, string Description);

/// <summary>What the spam test says of a message.</summary>
/// <param name="Score">Null when the test could not be made.</param>
/// <param name="Threshold">From this score on it is spam.</param>
/// <param name="Error">Why it could not be made.</param>
/// <param name="Checks">What was found, highest score first.</param>
public sealed record SpamVerdict(double? Score, double Threshold, string? Error, IReadOnlyList<SpamFinding> Checks)
{
    public bool IsSpam => Score >= Threshold;
}

/// <summary>Makes the spam test of a message.</summary>
public sealed class SpamScorer(SpamOptions options, TimeProvider clock)
{
    private readonly SpamdClient? _spamd = options.Server is { } server
        ? new SpamdClient(server.Host, server.Port, TimeSpan.FromMilliseconds(options.TimeoutMs), clock)
        : null;

    public double Threshold => options.Threshold;

    /// <summary>Nothing is sent while the test cannot be made.</summary>
    public bool IsRequired => options.Required;

    /// <summary>Which engine judges: part of what a kept verdict depends on.</summary>
    public string Name => $"{options.Spamd ?? "built-in"} {options.Threshold}";

    /// <summary>Judges a whole message.</summary>
    /// <param name="message">As it would leave, MIME.</param>
    /// <param name="language">Of the descriptions: "fr" or "en".</param>
    /// <param name="ct">Ends the wait.</param>
    public async Task<SpamVerdict> ScoreAsync(ReadOnlyMemory<byte> message, string language, CancellationToken ct)
    {
        var report = _spamd is null
            ? SpamRules.Check(message, CultureInfo.GetCultureInfo(language), options.Threshold)
            : await _spamd.CheckAsync(message, ct);
        var found = report
            .Checks.OrderByDescending(c => c.Score)
            .Select(c => new SpamFinding(c.Name, Math.Round(c.Score, 2), c.Description));
        return new SpamVerdict(report.Score is { } score ? Math.Round(score, 2) : null, options.Threshold, report.Error, [.. found]);
    }
}
