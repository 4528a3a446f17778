using System.Text.Json;
using Estafette.Core.Accounts;
using Estafette.Core.Messages;
using Estafette.Core.Messages.Content;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns;

/// <summary>Turns what a campaign says into a stored content version with its link table.</summary>
internal static class CampaignContent
{
    /// <summary>Processes and compiles without storing; problems name the field.</summary>
    public static (ProcessedContent? Content, IReadOnlyList<CampaignProblem> Problems) Process(Campaign campaign, Customer customer) =>
        Process(SourceOf(campaign), customer);

    /// <summary>What the campaign itself says.</summary>
    public static ContentSource SourceOf(Campaign campaign) => new(campaign.Subject, campaign.Html, campaign.Text, campaign.Preheader);

    /// <summary>Processes and compiles without storing; problems name the field.</summary>
    public static (ProcessedContent? Content, IReadOnlyList<CampaignProblem> Problems) Process(ContentSource source, Customer customer)
    {
        var result = ContentProcessor.Process(source, new ProcessOptions { Language = customer.Language });
        if (result.Content is not { } content)
            return (null, result.Issues.Select(ToProblem).ToList());
        var problems = content.Warnings.Select(ToProblem).ToList();
        if (CompiledContent.Compile(content, new CompileOptions(), out var issues) is null)
            return (null, [.. problems, .. issues.Select(ToProblem)]);
        return (content, problems);
    }

    /// <summary>Stores the content as the campaign's next version, unless it equals one of them; returns the version that goes out.</summary>
    public static async Task<ContentId> StoreAsync(
        EstafetteDb db,
        Campaign campaign,
        ContentSource source,
        ProcessedContent content,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var processed = JsonSerializer.Serialize(content);
        // A version that went out already is used again: with an A/B test, several are current at a time.
        var known = await db.Of<ContentVersion>(campaign.CustomerId)
            .Where(c => c.CampaignId == campaign.Id && c.Processed == processed)
            .OrderByDescending(c => c.Version)
            .Select(c => (ContentId?)c.Id)
            .FirstOrDefaultAsync(ct);
        if (known is { } same)
            return same;
        var last = await db.Of<ContentVersion>(campaign.CustomerId)
            .Where(c => c.CampaignId == campaign.Id)
            .MaxAsync(c => (int?)c.Version, ct);
        var version = new ContentVersion
        {
            CustomerId = campaign.CustomerId,
            CampaignId = campaign.Id,
            Version = (last ?? 0) + 1,
            Subject = source.Subject,
            Preheader = source.Preheader,
            Html = source.Html,
            Text = source.Text,
            Processed = processed,
            CreatedAt = now,
        };
        db.Add(version);
        await db.SaveChangesAsync(ct);
        foreach (var link in content.Links)
            db.Add(
                new Messages.ContentLink
                {
                    ContentId = version.Id,
                    LinkNo = link.Number,
                    Url = link.Url,
                    Label = link.Label,
                }
            );
        await db.SaveChangesAsync(ct);
        return version.Id;
    }

    /// <summary>How the content of a campaign is compiled; previews use the same.</summary>
    internal static CompileOptions OptionsOf(Campaign campaign, Customer customer) =>
        new()
        {
            TracksOpens = campaign.CountsOpens && campaign.Tracking != TrackingLevel.None,
            TracksClicks = campaign.CountsClicks && campaign.Tracking is TrackingLevel.Individual or TrackingLevel.Aggregate,
            Merge = new MergeOptions
            {
                Language = customer.Language,
                Missing =
                    campaign.MissingFields == MissingFieldPolicy.Skip
                        ? Messages.Content.MissingFieldPolicy.SkipRecipient
                        : Messages.Content.MissingFieldPolicy.Empty,
                Defaults = campaign.FieldDefaults is { } json
                    ? JsonSerializer.Deserialize<Dictionary<string, string>>(json)!
                    : new Dictionary<string, string>(StringComparer.Ordinal),
            },
        };

    private static CampaignProblem ToProblem(ContentIssue issue) =>
        new($"content.{issue.Field}", issue.Field, issue.Severity == IssueSeverity.Error, issue.ToString(), issue.Message)
        {
            Issue = issue,
        };
}
