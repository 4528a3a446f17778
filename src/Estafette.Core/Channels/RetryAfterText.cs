using System.Globalization;
using System.Text.RegularExpressions;

namespace Estafette.Core.Channels;

/// <summary>Finds in a refusal how long the far end asks us to wait, as greylisting servers write it.</summary>
internal static class RetryAfterText
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    // Linear in the length of the text, which a stranger wrote.
    private static readonly Regex Wait = new(
        @"(?:again|retry|after|wait|in|for)\D{0,20}?\b(\d{1,5})\s*(seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h)\b",
        RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    );

    /// <summary>The wait asked for, at most one day; null when the text asks for none.</summary>
    public static TimeSpan? Find(string text)
    {
        var match = Wait.Match(text);
        if (!match.Success)
            return null;
        var count = int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        var wait = char.ToLowerInvariant(match.Groups[2].ValueSpan[0]) switch
        {
            's' => TimeSpan.FromSeconds(count),
            'm' => TimeSpan.FromMinutes(count),
            _ => TimeSpan.FromHours(count),
        };
        return wait > Longest ? Longest : wait;
    }
}
