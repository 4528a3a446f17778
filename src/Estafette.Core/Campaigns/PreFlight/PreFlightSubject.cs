using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Estafette.Core.Accounts;
using Estafette.Core.Messages.Content;

namespace Estafette.Core.Campaigns.PreFlight;

/// <summary>What the checks of a content look at: the campaign, its processed content, and its HTML as a browser reads it.</summary>
internal sealed class PreFlightSubject
{
    public PreFlightSubject(Campaign campaign, Customer owner, ProcessedContent? content)
    {
        (Campaign, Owner, Content) = (campaign, owner, content);
        if (string.IsNullOrWhiteSpace(campaign.Html))
            return;
        Document = new HtmlParser().ParseDocument(campaign.Html);
        Images = [.. Document.Images];
        Links = [.. Document.Links.OfType<IHtmlAnchorElement>().Select(a => (a.GetAttribute("href")?.Trim() ?? "", a.TextContent.Trim()))];
        foreach (var hidden in Document.QuerySelectorAll("style, script, title"))
            hidden.Remove();
        // A paragraph ends a word as well as a space does.
        Words = string.Join(' ', Document.Body?.Descendants<IText>().Select(t => t.Data) ?? []);
    }

    public Campaign Campaign { get; }
    public Customer Owner { get; }

    /// <summary>Null when it cannot be made into a message.</summary>
    public ProcessedContent? Content { get; }

    /// <summary>Null without HTML.</summary>
    public IHtmlDocument? Document { get; }
    public IReadOnlyList<IHtmlImageElement> Images { get; } = [];

    /// <summary>Target and text of each link, as written.</summary>
    public IReadOnlyList<(string Url, string Text)> Links { get; } = [];

    /// <summary>What a person reads of the HTML.</summary>
    public string Words { get; } = "";

    /// <summary>The addresses that may be asked whether they answer: without merge fields, http or https.</summary>
    public IEnumerable<string> Addresses =>
        Links
            .Select(l => l.Url)
            .Concat(Images.Select(i => i.GetAttribute("src")?.Trim() ?? ""))
            .Where(u =>
                !u.Contains("{{", StringComparison.Ordinal)
                && Uri.TryCreate(u, UriKind.Absolute, out var uri)
                && uri.Scheme is "http" or "https"
            )
            .Where(u =>
                !u.Contains("UNSUBSCRIBE_URL", StringComparison.Ordinal) && !u.Contains("WEB_VERSION_URL", StringComparison.Ordinal)
            )
            .Distinct(StringComparer.Ordinal);
}

/// <summary>One thing that is looked at before a launch.</summary>
internal interface IPreFlightCheck
{
    IEnumerable<CampaignProblem> Check(PreFlightSubject subject);
}

/// <summary>The checks that need nothing but the campaign itself, in the order in which they are shown.</summary>
internal static class PreFlightChecks
{
    public static readonly IReadOnlyList<IPreFlightCheck> All =
    [
        new UnsubscribeCheck(),
        new SubjectCheck(),
        new SizeCheck(),
        new ImageCheck(),
        new LinkCheck(),
        new MarkupCheck(),
        new TextPartCheck(),
        new SpamWordingCheck(),
        new SenderCheck(),
    ];

    public static IEnumerable<CampaignProblem> Run(PreFlightSubject subject) => All.SelectMany(check => check.Check(subject));

    public static CampaignProblem Warning(string code, string field, string message, string? argument = null) =>
        new(code, field, false, message, argument);
}
