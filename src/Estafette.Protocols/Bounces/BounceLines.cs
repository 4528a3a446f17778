using System.Text.RegularExpressions;

namespace Estafette.Protocols.Bounces;

/// <summary>Reads lines of bounces with the expressions of bounce-lines.tsv.</summary>
internal static class BounceLines
{
    private const int MaxLine = 1000;

    internal static readonly IReadOnlyList<RuleList.Rule> All = RuleList.Read("bounce-lines.tsv");

    private static readonly Regex[] Recipients =
    [
        .. All.Where(r => r.Group == "recipient")
            .Select(r => new Regex(
                r.Expression!.ToString().Replace("ADDR", """(?<addr>[^\s<>"',;:()\[\]@]+@[\p{L}\p{N}._-]+)""", StringComparison.Ordinal),
                RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.IgnoreCase
            )),
    ];

    private static readonly RuleList Copies = new([.. All.Where(r => r.Group == "copy")]);

    // Fields that begin a message on its way.
    private static readonly string[] FirstFields =
    [
        "Return-Path:",
        "Received:",
        "DKIM-Signature:",
        "X-Received:",
        "Delivered-To:",
        "ARC-Seal:",
        "MIME-Version:",
    ];

    /// <summary>The address a line says something about; null when it is about none.</summary>
    internal static string? Recipient(ReadOnlySpan<char> line)
    {
        if (line.Length > MaxLine)
            line = line[..MaxLine];
        if (!line.Contains('@'))
            return null;
        var text = line.ToString();
        foreach (var expression in Recipients)
        {
            if (expression.Match(text) is { Success: true } match)
                return match.Groups["addr"].Value.TrimEnd('.', '-');
        }
        return null;
    }

    /// <summary>Whether the copy of our message begins here.</summary>
    /// <param name="isPart">Whether the line is the first of the copy.</param>
    internal static bool BeginsCopy(ReadOnlySpan<char> line, out bool isPart)
    {
        isPart = true;
        foreach (var field in FirstFields)
        {
            if (line.StartsWith(field, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        isPart = false;
        return line.Length is > 8 and < 200 && Copies.Match(ReplyText.Fold(line)) is not null;
    }
}
