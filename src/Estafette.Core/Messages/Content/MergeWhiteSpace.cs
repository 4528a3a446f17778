namespace Estafette.Core.Messages.Content;

/// <summary>Applies the white-space rules of Handlebars to parsed tokens.</summary>
internal static class MergeWhiteSpace
{
    public static void Apply(List<MergeToken> tokens, HashSet<int> comments)
    {
        var cutStart = new int[tokens.Count];
        var cutEnd = new int[tokens.Count];
        for (var i = 0; i < tokens.Count; i++)
        {
            var isComment = comments.Contains(i);
            if (isComment || tokens[i].Kind is MergeTokenKind.Open or MergeTokenKind.Else or MergeTokenKind.Close)
                TakeLine(tokens, comments, i, cutStart, cutEnd);
            if (tokens[i].TrimBefore && IsText(tokens, comments, i - 1))
                cutEnd[i - 1] = tokens[i - 1].Text.Length - tokens[i - 1].Text.TrimEnd().Length;
            if (tokens[i].TrimAfter && IsText(tokens, comments, i + 1))
                cutStart[i + 1] = tokens[i + 1].Text.Length - tokens[i + 1].Text.TrimStart().Length;
        }
        for (var i = 0; i < tokens.Count; i++)
            if (cutStart[i] + cutEnd[i] > 0)
                tokens[i] = tokens[i] with { Text = Cut(tokens[i].Text, cutStart[i], cutEnd[i]) };
        for (var i = tokens.Count - 1; i >= 0; i--)
            if (tokens[i] is { Kind: MergeTokenKind.Literal, Text.Length: 0 })
                tokens.RemoveAt(i);
    }

    private static string Cut(string text, int start, int end) => start + end >= text.Length ? "" : text[start..(text.Length - end)];

    private static bool IsText(List<MergeToken> tokens, HashSet<int> comments, int i) =>
        i >= 0 && i < tokens.Count && tokens[i].Kind == MergeTokenKind.Literal && !comments.Contains(i);

    /// <summary>A tag alone on its line: the blanks before it and the line end after it go.</summary>
    private static void TakeLine(List<MergeToken> tokens, HashSet<int> comments, int i, int[] cutStart, int[] cutEnd)
    {
        var before = IsText(tokens, comments, i - 1) ? tokens[i - 1].Text : null;
        var after = IsText(tokens, comments, i + 1) ? tokens[i + 1].Text : null;
        if ((before is null && i > 0) || (after is null && i < tokens.Count - 1))
            return;
        var blanksBefore = before is null ? 0 : before.Length - before.TrimEnd(' ', '\t').Length;
        if (before is not null && blanksBefore < before.Length && before[^(blanksBefore + 1)] != '\n')
            return;
        if (before is not null && blanksBefore == before.Length && i > 1)
            return;
        var blanksAfter = after is null ? 0 : after.Length - after.TrimStart(' ', '\t').Length;
        if (after is not null && blanksAfter < after.Length)
        {
            if (after[blanksAfter] == '\r' && blanksAfter + 1 < after.Length && after[blanksAfter + 1] == '\n')
                blanksAfter++;
            if (after[blanksAfter] != '\n')
                return;
            blanksAfter++;
        }
        else if (after is not null && i + 1 < tokens.Count - 1)
            return;
        if (before is not null)
            cutEnd[i - 1] = Math.Max(cutEnd[i - 1], blanksBefore);
        if (after is not null)
            cutStart[i + 1] = Math.Max(cutStart[i + 1], blanksAfter);
    }
}
