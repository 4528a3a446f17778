using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Deliverability;
using Estafette.Core.Messages.Content;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Delivery.Checks;

/// <summary>What a content looks like once processed, placeholders left as they are written.</summary>
public sealed record ShownContent(string? Html, string? Text);

/// <summary>
/// Says whether a campaign's content can be sent and how much of spam it has: the whole message is made as it would leave for a recipient who does
/// not exist. What was found is kept until the content changes.
/// </summary>
public sealed class CheckContent(IDbContextFactory<EstafetteDb> databases, SpamScorer scorer, ContentComposer composer, TimeProvider clock)
{
    // Raised when rules change, so that what is kept counts no more.
    private const string Rules = "1";

    /// <summary>Nothing is sent while the spam test cannot be made.</summary>
    public bool RequiresSpamTest => scorer.IsRequired;

    /// <summary>What is known of the campaign's content, found out now if it is not; null when the customer has no such campaign.</summary>
    public async Task<ContentCheck?> RunAsync(CustomerId customer, CampaignId id, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        if (await db.Of<Campaign>(customer).AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct) is not { } campaign)
            return null;
        var owner = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == customer, ct);
        var fingerprint = FingerprintOf(campaign);
        var row = await db.Of<ContentCheckRow>(customer).SingleOrDefaultAsync(c => c.CampaignId == id, ct);
        if (row?.Fingerprint == fingerprint && row.Error is null)
            return Read(row);
        var check = await LookAsync(campaign, owner, ct);
        if (row is null)
            db.Add(
                row = new ContentCheckRow
                {
                    CampaignId = id,
                    CustomerId = customer,
                    Fingerprint = fingerprint,
                    Checks = "[]",
                }
            );
        (row.Fingerprint, row.Issue, row.CheckedAt) = (fingerprint, check.Issue, clock.GetUtcNow());
        (row.Score, row.Threshold, row.Error) = (check.Spam.Score, check.Spam.Threshold, check.Spam.Error);
        row.Checks = JsonSerializer.Serialize(check.Spam.Checks);
        try
        {
            await db.SaveChangesAsync(ct);
        }
        catch (DbUpdateException)
        {
            // Somebody else looked at the same moment: theirs is as good.
        }
        return check;
    }

    /// <summary>The processed content of a campaign for people to look at; the issue when there is none.</summary>
    public static (ShownContent? Content, string? Issue) Show(Campaign campaign, Customer owner)
    {
        var (content, problems) = CampaignContent.Process(campaign, owner);
        return content is null
            ? (null, string.Join(' ', problems.Where(p => p.IsError).Select(p => p.Message)))
            : (new ShownContent(Literal(content.Html, content, isHtml: true), Literal(content.Text, content, isHtml: false)), null);
    }

    private async Task<ContentCheck> LookAsync(Campaign campaign, Customer owner, CancellationToken ct)
    {
        var none = new SpamVerdict(null, scorer.Threshold, null, []);
        var (content, problems) = CampaignContent.Process(campaign, owner);
        if (content is null)
            return new(string.Join(' ', problems.Where(p => p.IsError).Select(p => p.Message)), none);
        var (message, problem) = await composer.ComposeAsync(campaign, owner, content, ct);
        return message is null ? new(problem, none) : new(null, await scorer.ScoreAsync(message, owner.Language, ct));
    }

    private static ContentCheck Read(ContentCheckRow row) =>
        new(row.Issue, new SpamVerdict(row.Score, row.Threshold, row.Error, JsonSerializer.Deserialize<List<SpamFinding>>(row.Checks)!));

    private string FingerprintOf(Campaign campaign)
    {
        var said = JsonSerializer.Serialize(
            new[]
            {
                Rules,
                scorer.Name,
                campaign.Subject,
                campaign.Preheader,
                campaign.Html,
                campaign.Text,
                campaign.FromEmail,
                campaign.FromName,
            }
        );
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(said)));
    }

    /// <summary>The markers of a processed content as their authors write them.</summary>
    private static string? Literal(string? text, ProcessedContent content, bool isHtml)
    {
        if (text is null)
            return null;
        var shown = new StringBuilder(text)
            .Replace("<!--{{{__open}}}-->", "")
            .Replace("{{{__open}}}", "")
            .Replace("{{{__unsubscribe}}}", "UNSUBSCRIBE_URL")
            .Replace("{{{__web}}}", "WEB_VERSION_URL")
            .Replace("{{{__preferences}}}", "PREFERENCES_URL");
        foreach (var link in content.Links)
            shown.Replace($"{{{{{{__link {link.Number}}}}}}}", isHtml ? System.Net.WebUtility.HtmlEncode(link.Url) : link.Url);
        return shown.ToString();
    }
}
