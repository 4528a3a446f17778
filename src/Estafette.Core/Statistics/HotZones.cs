using System.Globalization;
using System.Text;
using System.Text.Json;
using AngleSharp.Html.Parser;
using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Messages;
using Estafette.Core.Messages.Content;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Statistics;

/// <summary>How a link is marked in the message.</summary>
/// <param name="LinkNo">Its number in the content version.</param>
/// <param name="Label">What is written on it, such as "12.3 %".</param>
/// <param name="Level">0 (nobody) to 4 (most): the strength of its colour.</param>
public sealed record ZoneMark(int LinkNo, string Label, int Level);

/// <summary>
/// Shows a stored content version, as it was sent, with a mark on each counted link. Links lead nowhere and there is no pixel; the frame that
/// shows it allows no script. What was sent stays as it is: marks are outlines and labels laid over it.
/// </summary>
public static class HotZones
{
    private const string Scheme = "x-estafette-link:";

    /// <summary>Outlines and labels; the levels differ in lightness, so that they can be told apart without colour.</summary>
    private const string Style = """
        body{padding-top:20px!important}
        .estafette-zone{position:relative!important;outline:2px solid #4a5568!important;outline-offset:1px!important}
        .estafette-zone-label{position:absolute!important;top:-13px!important;left:-4px!important;z-index:9!important;padding:1px 5px!important;
        border-radius:8px!important;font:600 11px/14px system-ui,sans-serif!important;white-space:nowrap!important;text-decoration:none!important;
        border:1px solid #fff!important;letter-spacing:0!important;text-transform:none!important}
        .estafette-zone-0{background:#e2e8f0!important;color:#1a202c!important}
        .estafette-zone-1{background:#fde3b0!important;color:#3d2600!important}
        .estafette-zone-2{background:#f7a541!important;color:#2b1700!important}
        .estafette-zone-3{background:#c2410c!important;color:#fff!important}
        .estafette-zone-4{background:#8c1206!important;color:#fff!important}
        """;

    /// <summary>The page for the frame; "" for a version without HTML; null when the customer has no such campaign or version.</summary>
    public static async Task<string?> RunAsync(
        CustomerId customer,
        CampaignId campaign,
        ContentId content,
        IReadOnlyList<ZoneMark> marks,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        if (await db.Of<Campaign>(customer).AsNoTracking().SingleOrDefaultAsync(c => c.Id == campaign, ct) is not { } found)
            return null;
        var processed = await db.Of<ContentVersion>(customer)
            .Where(c => c.Id == content && c.CampaignId == campaign)
            .Select(c => c.Processed)
            .SingleOrDefaultAsync(ct);
        if (processed is null)
            return null;
        var owner = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == customer, ct);
        return Render(processed, found, owner) is { } html ? await MarkAsync(html, marks, ct) : "";
    }

    private static string? Render(string processed, Campaign campaign, Customer owner)
    {
        if (processed.Length == 0 || JsonSerializer.Deserialize<ProcessedContent>(processed) is not { Html: not null } content)
            return null;
        var options = CampaignContent.OptionsOf(campaign, owner);
        // Nobody in particular reads it: a missing value is left out, whatever the campaign does about it.
        options = options with
        {
            TracksClicks = true,
            Merge = options.Merge with { Missing = Messages.Content.MissingFieldPolicy.Empty },
        };
        var data = MergeData.Create(
            new MergeContact("contact@example.org", null, null, null, owner.Language),
            ReadOnlyMemory<byte>.Empty.ToArray(),
            new MergeCampaign(campaign.Name, null, campaign.FromName, campaign.FromEmail)
        );
        var output = new StringContentOutput();
        return CompiledContent.Compile(content, options, out _)?.Render(data, NumberedLinks.Instance, output) is null
            ? output.Get(ContentPart.Html)
            : null;
    }

    private static async Task<string> MarkAsync(string html, IReadOnlyList<ZoneMark> marks, CancellationToken ct)
    {
        var byNumber = marks.ToDictionary(m => m.LinkNo);
        var document = await new HtmlParser().ParseDocumentAsync(html, ct);
        foreach (var link in document.QuerySelectorAll($"a[href^='{Scheme}'],area[href^='{Scheme}']"))
        {
            var number = int.Parse(link.GetAttribute("href")![Scheme.Length..], CultureInfo.InvariantCulture);
            link.RemoveAttribute("href");
            if (byNumber.GetValueOrDefault(number) is not { } mark || link.LocalName == "area")
                continue;
            link.ClassList.Add("estafette-zone");
            var label = document.CreateElement("span");
            label.ClassName = $"estafette-zone-label estafette-zone-{mark.Level}";
            label.TextContent = mark.Label;
            link.AppendChild(label);
        }
        foreach (var other in document.QuerySelectorAll("a[href],area[href],form,script,meta[http-equiv]"))
            if (other.LocalName is "a" or "area")
                other.RemoveAttribute("href");
            else
                other.Remove();
        var style = document.CreateElement("style");
        style.TextContent = Style;
        document.Head!.AppendChild(style);
        return document.DocumentElement.OuterHtml;
    }

    /// <summary>URLs that say the number of their link, to find it again in the rendered document.</summary>
    private sealed class NumberedLinks : RecipientLinks
    {
        public static readonly NumberedLinks Instance = new();

        public override int WriteUrl(MarkerKind kind, int number, Span<byte> destination) =>
            kind == MarkerKind.Link
                ? Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Scheme}{number}"), destination)
                : InertLinks.Instance.WriteUrl(kind, number, destination);
    }
}
