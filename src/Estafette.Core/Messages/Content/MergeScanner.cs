namespace Estafette.Core.Messages.Content;

/// <summary>One pair of 2 to 4 braces found in a text, not yet understood; Inner is what stands inside braces and tildes.</summary>
internal readonly record struct MergeSpan(
    int Start,
    int End,
    int InnerStart,
    int InnerEnd,
    int Braces,
    bool IsComment,
    bool TrimBefore,
    bool TrimAfter
);

/// <summary>Finds the Handlebars expressions of a text, without looking into them.</summary>
internal static class MergeScanner
{
    /// <summary>Next expression at or after <paramref name="from"/>; false when there is none. <paramref name="unclosed"/> is the place of braces that are never closed, or -1.</summary>
    public static bool TryNext(string text, int from, out MergeSpan span, out int unclosed)
    {
        span = default;
        unclosed = -1;
        var start = text.IndexOf("{{", from, StringComparison.Ordinal);
        if (start < 0)
            return false;
        var braces = 2;
        while (braces < 4 && start + braces < text.Length && text[start + braces] == '{')
            braces++;
        var at = start + braces;
        var trimBefore = at < text.Length && text[at] == '~';
        if (trimBefore)
            at++;
        var isComment = braces == 2 && at < text.Length && text[at] == '!';
        var end = isComment ? CommentEnd(text, at, out var innerEnd) : ExpressionEnd(text, at, braces, out innerEnd);
        if (end < 0)
        {
            unclosed = start;
            return false;
        }
        var trimAfter = innerEnd > at && text[innerEnd - 1] == '~';
        span = new MergeSpan(start, end, at, trimAfter ? innerEnd - 1 : innerEnd, braces, isComment, trimBefore, trimAfter);
        return true;
    }

    private static int CommentEnd(string text, int at, out int innerEnd)
    {
        var isLong = string.CompareOrdinal(text, at, "!--", 0, 3) == 0;
        if (isLong)
        {
            foreach (var close in (ReadOnlySpan<string>)["--}}", "--~}}"])
            {
                innerEnd = text.IndexOf(close, at + 3, StringComparison.Ordinal);
                if (innerEnd >= 0)
                {
                    innerEnd += close.Length - 2;
                    return innerEnd + 2;
                }
            }
        }
        innerEnd = text.IndexOf("}}", at, StringComparison.Ordinal);
        return innerEnd < 0 ? -1 : innerEnd + 2;
    }

    /// <summary>Braces inside a quoted string do not close the expression.</summary>
    private static int ExpressionEnd(string text, int at, int braces, out int innerEnd)
    {
        var quote = '\0';
        for (innerEnd = at; innerEnd < text.Length; innerEnd++)
        {
            var c = text[innerEnd];
            if (quote != '\0')
            {
                if (c == quote)
                    quote = '\0';
                else if (c is '{' && innerEnd + 1 < text.Length && text[innerEnd + 1] == '{')
                    break;
                continue;
            }
            if (c is '"' or '\'')
                quote = c;
            else if (c == '}' && Closes(text, innerEnd, braces))
                return innerEnd + braces;
        }
        // A lone apostrophe is no string: look again without quotes.
        innerEnd = text.IndexOf(new string('}', braces), at, StringComparison.Ordinal);
        return innerEnd < 0 ? -1 : innerEnd + braces;
    }

    private static bool Closes(string text, int at, int braces)
    {
        if (at + braces > text.Length)
            return false;
        for (var i = 1; i < braces; i++)
            if (text[at + i] != '}')
                return false;
        return true;
    }
}
