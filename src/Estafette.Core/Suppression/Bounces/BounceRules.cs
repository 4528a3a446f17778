using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Estafette.Core.Suppression.Bounces;

/// <summary>When an address that fails again and again gets nothing more.</summary>
public sealed record SuppressionOptions : IValidatableObject
{
    public const string Section = "Suppression";

    /// <summary>Rules "WHAT COUNT/DAYS" separated by commas: so many failures within so many days list the address. WHAT is permanent, temporary, or how an enhanced status begins, such as 5.2.2 or 4.4; the first rule that fits a failure counts it.</summary>
    /// <remarks>Default "permanent 3/365, temporary 10/180". Addresses that do not exist are listed at once, refusals of the sender or the content never count.</remarks>
    public string ListAfter { get; init; } = "permanent 3/365, temporary 10/180";

    /// <summary>How far back any rule looks.</summary>
    internal TimeSpan Longest => Rules.Max(r => r.Within);

    internal IReadOnlyList<BounceRule> Rules => BounceRule.TryParse(ListAfter, out var rules, out _) ? rules : [];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!BounceRule.TryParse(ListAfter, out _, out var wrong))
            yield return new ValidationResult(
                $"'{wrong}' is no rule; write WHAT COUNT/DAYS, such as \"permanent 3/365\" or \"5.2.2 5/30\", with a count of 1 to 100 and 1 to {BounceRule.MostDays} days.",
                [nameof(ListAfter)]
            );
    }
}

/// <summary>So many failures of a kind within so many days (interfaces §1.11).</summary>
/// <param name="What">"permanent", "temporary", or the beginning of an enhanced status.</param>
/// <param name="Count">The failure that lists the address; 1 to 100.</param>
/// <param name="Within">How far back failures count.</param>
internal sealed record BounceRule(string What, int Count, TimeSpan Within)
{
    public const int MostDays = 3650;
    private const string Permanent = "permanent";
    private const string Temporary = "temporary";

    /// <summary>Whether a failure is of this kind. A status counts by whole parts: "5.2" is no beginning of "5.22.1".</summary>
    public bool Fits(bool isPermanent, string? status) =>
        What switch
        {
            Permanent => isPermanent,
            Temporary => !isPermanent,
            _ => status is not null && (status == What || status.StartsWith(What + ".", StringComparison.Ordinal)),
        };

    /// <summary>Reads a list of rules; at least one.</summary>
    /// <param name="text">Rules separated by commas.</param>
    /// <param name="rules">In their order.</param>
    /// <param name="wrong">The first that cannot be read.</param>
    public static bool TryParse(string text, out IReadOnlyList<BounceRule> rules, out string wrong)
    {
        var read = new List<BounceRule>();
        (rules, wrong) = (read, "");
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (Read(part) is not { } rule)
            {
                wrong = part;
                return false;
            }
            read.Add(rule);
        }
        return true;
    }

    private static BounceRule? Read(string text) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is [var what, var limit]
        && (what is Permanent or Temporary || IsStatus(what))
        && limit.Split('/') is [var count, var days]
        && Number(count, 100) is { } most
        && Number(days, MostDays) is { } within
            ? new BounceRule(what, most, TimeSpan.FromDays(within))
            : null;

    private static bool IsStatus(string text) =>
        text.Split('.') is { Length: <= 3 } parts
        && (parts[0] is "4" or "5")
        && parts.All(p => p.Length is >= 1 and <= 3 && p.All(char.IsAsciiDigit));

    private static int? Number(string text, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most
            ? number
            : null;
}
