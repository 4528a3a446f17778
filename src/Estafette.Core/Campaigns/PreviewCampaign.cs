using System.Text;
using Estafette.Core.Accounts;
using Estafette.Core.Contacts;
using Estafette.Core.Messages.Content;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns;

/// <summary>A campaign as one contact would see it, or why it cannot be shown.</summary>
public sealed record CampaignPreview(string Subject, string? Html, string? Text, IReadOnlyList<CampaignProblem> Problems);

/// <summary>Renders a campaign for a contact, with links that lead nowhere; without a contact, for nobody in particular.</summary>
public static class PreviewCampaign
{
    /// <returns>Null when the customer has no such campaign or contact.</returns>
    public static async Task<CampaignPreview?> RunAsync(
        CustomerId customer,
        CampaignId id,
        ContactId? seenBy,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        if (await db.Of<Campaign>(customer).AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct) is not { } campaign)
            return null;
        var owner = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == customer, ct);
        Contact? contact = null;
        if (
            seenBy is { } contactId
            && (contact = await db.Of<Contact>(customer).AsNoTracking().SingleOrDefaultAsync(c => c.Id == contactId, ct)) is null
        )
            return null;
        return await RenderAsync(campaign, owner, contact, db, ct);
    }

    /// <summary>Renders what the given campaign says, stored so or not.</summary>
    internal static async Task<CampaignPreview> RenderAsync(
        Campaign campaign,
        Customer owner,
        Contact? contact,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var (customer, id) = (campaign.CustomerId, campaign.Id);
        var (content, problems) = CampaignContent.Process(campaign, owner);
        if (content is null)
            return new CampaignPreview(campaign.Subject, null, null, problems);
        var options = CampaignContent.OptionsOf(campaign, owner);
        var compiled = CompiledContent.Compile(content, options, out _)!;
        var list = await (
            from target in db.Of<CampaignList>(customer)
            join row in db.Of<ContactList>(customer) on target.ListId equals row.Id
            where target.CampaignId == id && !target.Excluded
            orderby row.Id
            select row.Name
        ).FirstOrDefaultAsync(ct);
        var data = MergeData.Create(
            new MergeContact(
                contact?.Email ?? "contact@example.org",
                contact?.FirstName,
                contact?.LastName,
                contact?.Phone,
                contact?.Language
            ),
            Encoding.UTF8.GetBytes(contact?.Attributes ?? ""),
            new MergeCampaign(campaign.Name, list, campaign.FromName, campaign.FromEmail)
        );
        var (preview, failure) = compiled.RenderPreview(data);
        return preview is null
            ? new CampaignPreview(
                campaign.Subject,
                null,
                null,
                [.. problems, new("render.failed", "html", true, failure!.Message, failure.Field)]
            )
            : new CampaignPreview(preview.Subject, preview.Html, preview.Text, problems);
    }
}
