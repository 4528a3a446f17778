using Estafette.Core.Accounts;
using Estafette.Core.Contacts;
using Estafette.Core.Messages;
using Estafette.Core.Messages.Content;
using Estafette.Core.Messages.Editing;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns.Editing;

/// <summary>A content as one contact would get it, with the lines an inbox shows before the message is opened.</summary>
/// <param name="Source">The HTML as its author wrote it: not to be shown outside a frame without scripts.</param>
/// <param name="Changes">What is changed in it on the way to the recipient.</param>
public sealed record ContentPreviewed(
    string? FromName,
    string? FromEmail,
    string? Preheader,
    CampaignPreview Message,
    string? Source,
    IReadOnlyList<PreviewedChange> Changes
);

/// <summary>One kind of change that the treatment of a message made.</summary>
/// <param name="Kind">Its word, as <c>estafette inspect html</c> has it.</param>
/// <param name="Detail">What was changed; empty when the word says it.</param>
/// <param name="Count">How often.</param>
public sealed record PreviewedChange(string Kind, string Detail, int Count);

/// <summary>Renders the content of a template, campaign or variant for a contact, with links that lead nowhere.</summary>
public static class PreviewContent
{
    /// <returns>Null when the customer has no such content or contact.</returns>
    public static async Task<ContentPreviewed?> RunAsync(
        CustomerId customer,
        ContentTarget target,
        ContactId? seenBy,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (await FindContent.RunAsync(customer, target, db, ct) is not { } found)
            return null;
        var owner = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == customer, ct);
        Contact? contact = null;
        if (seenBy is { } id && (contact = await db.Of<Contact>(customer).AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct)) is null)
            return null;
        var campaign = await CampaignOfAsync(customer, target, db, clock, ct);
        (campaign.Subject, campaign.Preheader) = (found.Holder.Subject, found.Holder.Preheader);
        (campaign.Html, campaign.Text) = (found.Holder.Html, found.Holder.Text);
        var message = await PreviewCampaign.RenderAsync(campaign, owner, contact, db, ct);
        var preheader = await PreheaderAsync(campaign, owner, contact, db, ct);
        var source = found.Holder.Html;
        var changes = string.IsNullOrWhiteSpace(source) ? [] : MessageInspector.Process(source).Changes;
        return new ContentPreviewed(
            campaign.FromName,
            campaign.FromEmail,
            preheader,
            message,
            source,
            [.. changes.Select(c => new PreviewedChange(c.Kind, c.Detail, c.Count))]
        );
    }

    /// <summary>The campaign itself, untracked, or a stand-in that lends a template its senders.</summary>
    private static async Task<Campaign> CampaignOfAsync(
        CustomerId customer,
        ContentTarget target,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (target.Kind == ContentOwner.Campaign)
        {
            var id = new CampaignId(target.Id);
            return await db.Of<Campaign>(customer).AsNoTracking().SingleAsync(c => c.Id == id, ct);
        }
        var template = new TemplateId(target.Id);
        var name = await db.Of<Template>(customer).Where(t => t.Id == template).Select(t => t.Name).SingleAsync(ct);
        return new Campaign(customer, name, clock.GetUtcNow());
    }

    /// <summary>The preheader is a template like the subject, and rendered as one.</summary>
    private static async Task<string?> PreheaderAsync(
        Campaign campaign,
        Customer owner,
        Contact? contact,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        if (string.IsNullOrWhiteSpace(campaign.Preheader))
            return null;
        var line = new Campaign(campaign.CustomerId, campaign.Name, campaign.CreatedAt)
        {
            Subject = campaign.Preheader,
            Text = "-",
            FromEmail = campaign.FromEmail,
            FromName = campaign.FromName,
            FieldDefaults = campaign.FieldDefaults,
        };
        return (await PreviewCampaign.RenderAsync(line, owner, contact, db, ct)).Subject;
    }
}
