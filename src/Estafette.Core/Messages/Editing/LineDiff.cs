namespace Estafette.Core.Messages.Editing;

/// <summary>What became of a line.</summary>
public enum LineChange
{
    Same,
    Removed,
    Added,
}

/// <summary>A line of a comparison.</summary>
public sealed record DiffLine(LineChange Change, string Text);

/// <summary>
/// Compares two texts line by line: what is common at both ends is set aside, the middle is compared by its longest common subsequence. A middle
/// too large for that is told as wholly replaced, so that no text costs more than a moment.
/// </summary>
public static class LineDiff
{
    private const long MaxCells = 4_000_000;

    public static IReadOnlyList<DiffLine> Of(string before, string after)
    {
        var (old, now) = (Lines(before), Lines(after));
        var head = 0;
        while (head < old.Length && head < now.Length && old[head] == now[head])
            head++;
        var tail = 0;
        while (tail < old.Length - head && tail < now.Length - head && old[^(tail + 1)] == now[^(tail + 1)])
            tail++;
        return
        [
            .. old[..head].Select(line => new DiffLine(LineChange.Same, line)),
            .. Middle(old[head..^tail], now[head..^tail]),
            .. old[^tail..].Select(line => new DiffLine(LineChange.Same, line)),
        ];
    }

    private static IEnumerable<DiffLine> Middle(string[] old, string[] now)
    {
        if ((long)old.Length * now.Length > MaxCells)
            return
            [
                .. old.Select(line => new DiffLine(LineChange.Removed, line)),
                .. now.Select(line => new DiffLine(LineChange.Added, line)),
            ];
        var common = new int[old.Length + 1, now.Length + 1];
        for (var i = old.Length - 1; i >= 0; i--)
        for (var j = now.Length - 1; j >= 0; j--)
            common[i, j] = old[i] == now[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        return Walk(old, now, common);
    }

    private static IEnumerable<DiffLine> Walk(string[] old, string[] now, int[,] common)
    {
        var (i, j) = (0, 0);
        while (i < old.Length || j < now.Length)
        {
            if (i < old.Length && j < now.Length && old[i] == now[j])
            {
                yield return new DiffLine(LineChange.Same, old[i]);
                (i, j) = (i + 1, j + 1);
            }
            else if (j == now.Length || (i < old.Length && common[i + 1, j] >= common[i, j + 1]))
                yield return new DiffLine(LineChange.Removed, old[i++]);
            else
                yield return new DiffLine(LineChange.Added, now[j++]);
        }
    }

    private static string[] Lines(string text) => text.Length == 0 ? [] : text.ReplaceLineEndings("\n").Split('\n');
}
