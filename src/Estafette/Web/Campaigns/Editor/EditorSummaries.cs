using Estafette.Core.Campaigns;
using Estafette.Core.Campaigns.Editing;
using Estafette.Core.Campaigns.Variants;
using Estafette.Core.Channels;
using Estafette.Core.Contacts;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Platform;
using Estafette.Web.Layout;
using Microsoft.EntityFrameworkCore;
using static Estafette.Web.Words;

namespace Estafette.Web.Campaigns.Editor;

/// <summary>Reads a campaign for its checklist and says in a few words what each line holds.</summary>
internal static class EditorSummaries
{
    public static async Task<EditorState> ReadAsync(
        Campaign campaign,
        IReadOnlyList<CampaignProblem> problems,
        int version,
        Func<DateTimeOffset, string> time,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var lines = new List<EditorLine>();
        foreach (var key in EditorState.Keys)
        {
            var own = problems.Where(p => EditorState.LineOf(p) == key).ToList();
            lines.Add(new EditorLine(key, StateOf(key, own), await SummaryAsync(key, campaign, time, db, ct), own));
        }
        return new EditorState(campaign, version, problems, lines);
    }

    private static LineState StateOf(string key, List<CampaignProblem> problems) =>
        problems.Any(p => p.IsError) ? LineState.ToDo
        : problems.Count > 0 ? LineState.Warning
        : key is "test" or "variants" ? LineState.Optional
        : LineState.Done;

    private static async Task<string> SummaryAsync(
        string key,
        Campaign campaign,
        Func<DateTimeOffset, string> time,
        EstafetteDb db,
        CancellationToken ct
    ) =>
        key switch
        {
            "name" => campaign.Name,
            "to" => await TargetsAsync(campaign, db, ct),
            "from" => campaign.FromEmail is { } from ? $"{campaign.FromName} <{from}>".Trim() : "",
            "subject" => await SubjectAsync(campaign, db, ct),
            "variants" => await VariantsAsync(campaign, db, ct),
            "content" => ContentOf(campaign),
            "servers" => await ServersAsync(campaign, db, ct),
            "tracking" => StatusWords.Of("campaigns.tracking", campaign.Tracking),
            "schedule" => ScheduleWords.Summary(campaign, time),
            _ => "",
        };

    private static async Task<string> SubjectAsync(Campaign campaign, EstafetteDb db, CancellationToken ct)
    {
        var sample = await SubjectSample.LoadAsync(campaign.CustomerId, db, ct);
        return campaign.Preheader is { } preheader
            ? $"{sample.Show(campaign.Subject)} · {sample.Show(preheader)}"
            : sample.Show(campaign.Subject);
    }

    private static string ContentOf(Campaign campaign) =>
        (campaign.Html, campaign.Text) switch
        {
            (null, null) => "",
            (null, { } text) => T("editor.content-text", Formats.Bytes(text.Length)),
            ({ } html, null) => T("editor.content-html", Formats.Bytes(html.Length)),
            ({ } html, _) => T("editor.content-both", Formats.Bytes(html.Length)),
        };

    private static async Task<string> VariantsAsync(Campaign campaign, EstafetteDb db, CancellationToken ct)
    {
        var test = await db.Of<AbTest>(campaign.CustomerId).AsNoTracking().SingleOrDefaultAsync(t => t.CampaignId == campaign.Id, ct);
        if (test is null)
            return "";
        var count = await db.Of<Variant>(campaign.CustomerId).CountAsync(v => v.CampaignId == campaign.Id, ct);
        return T("variants.summary", N(count), StatusWords.Of("variants.kind", test.Kind), test.Share);
    }

    private static async Task<string> TargetsAsync(Campaign campaign, EstafetteDb db, CancellationToken ct)
    {
        var names = await (
            from target in db.Of<CampaignList>(campaign.CustomerId)
            join list in db.Of<ContactList>(campaign.CustomerId) on target.ListId equals list.Id
            where target.CampaignId == campaign.Id
            orderby target.Excluded, list.Name
            select new { target.Excluded, list.Name }
        ).ToListAsync(ct);
        var segments = await (
            from target in db.Of<CampaignSegment>(campaign.CustomerId)
            join segment in db.Of<Segment>(campaign.CustomerId) on target.SegmentId equals segment.Id
            where target.CampaignId == campaign.Id
            orderby target.Excluded, segment.Name
            select new { target.Excluded, segment.Name }
        ).ToListAsync(ct);
        names.AddRange(segments);
        var to = string.Join(", ", names.Where(n => !n.Excluded).Select(n => n.Name));
        var not = string.Join(", ", names.Where(n => n.Excluded).Select(n => n.Name));
        return not.Length == 0 ? to : T("editor.to-except", to, not);
    }

    private static async Task<string> ServersAsync(Campaign campaign, EstafetteDb db, CancellationToken ct)
    {
        var names = await (
            from use in db.Of<CampaignServer>(campaign.CustomerId)
            join server in db.Of<SendingServer>(campaign.CustomerId) on use.ServerId equals server.Id
            where use.CampaignId == campaign.Id
            orderby server.Priority, server.Name
            select server.Name
        ).ToListAsync(ct);
        return string.Join(", ", names);
    }
}
