using Estafette.Core.Platform;
using Estafette.Core.Statistics;

namespace Estafette.Web.Campaigns;

/// <summary>The share of each link of one content version, as it is written on the message and in the list beside it.</summary>
internal static class ZoneMarks
{
    /// <summary>The least share of each level above 0, in percent.</summary>
    public static readonly int[] Bounds = [0, 5, 15, 30];

    public static List<LinkFigures> LinksOf(IReadOnlyList<LinkFigures> links, ContentId content) =>
        [.. links.Where(l => l.Content == content)];

    /// <summary>The version whose zones are shown: the one asked for, or the one that was clicked most.</summary>
    public static ContentId? Choose(IReadOnlyList<LinkFigures> links, long asked)
    {
        var versions = links.GroupBy(l => l.Content).ToList();
        return versions.Find(v => v.Key.Value == asked)?.Key
            ?? versions.OrderByDescending(v => v.Sum(l => l.AllClicks)).FirstOrDefault()?.Key;
    }

    public static List<ZoneMark> Of(IReadOnlyList<LinkFigures> links)
    {
        var total = links.Sum(l => l.AllClicks);
        return [.. links.Select(l => new ZoneMark(l.LinkNo, Formats.Rate(l.AllClicks, Math.Max(1, total)), LevelOf(l.AllClicks, total)))];
    }

    public static int LevelOf(long clicks, long total)
    {
        if (clicks == 0 || total == 0)
            return 0;
        var share = 100.0 * clicks / total;
        return Bounds.Count(bound => share >= bound);
    }
}
