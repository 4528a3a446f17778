using Estafette.Core.Accounts;
using Estafette.Core.Campaigns.Attachments;
using Estafette.Core.Campaigns.PreFlight;
using Estafette.Core.Campaigns.Review;
using Estafette.Core.Campaigns.Variants;
using Estafette.Core.Channels;
using Estafette.Core.Deliverability;
using Estafette.Core.Platform;
using Estafette.Protocols.Addresses;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns;

/// <summary>Says everything that keeps a campaign from leaving, and what its author should know, all at once.</summary>
public static class CheckCampaign
{
    /// <returns>Null when the customer has no such campaign.</returns>
    public static async Task<IReadOnlyList<CampaignProblem>?> RunAsync(
        CustomerId customer,
        CampaignId id,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        if (await db.Of<Campaign>(customer).AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct) is not { } campaign)
            return null;
        var owner = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == customer, ct);
        return await RunAsync(campaign, owner, db, ct);
    }

    internal static async Task<IReadOnlyList<CampaignProblem>> RunAsync(
        Campaign campaign,
        Customer owner,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var problems = new List<CampaignProblem>();
        void Error(string code, string field, string message, string? argument = null) =>
            problems.Add(new(code, field, true, message, argument));
        void Warning(string code, string field, string message, string? argument = null) =>
            problems.Add(new(code, field, false, message, argument));

        if (owner.Suspended)
            Error("customer.suspended", "name", "The customer is suspended.");
        if (string.IsNullOrWhiteSpace(campaign.Name))
            Error("name.missing", "name", "Give the campaign a name.");
        if (string.IsNullOrWhiteSpace(campaign.Subject))
            Error("subject.missing", "subject", "Write a subject.");
        if (string.IsNullOrWhiteSpace(campaign.Html) && string.IsNullOrWhiteSpace(campaign.Text))
            Error("content.missing", "html", "Write the content, as HTML or text.");
        else
            problems.AddRange(CheckContent(campaign, owner, problems));

        var lists = await db.Of<CampaignList>(campaign.CustomerId).Where(l => l.CampaignId == campaign.Id && !l.Excluded).CountAsync(ct);
        var segments = await db.Of<CampaignSegment>(campaign.CustomerId)
            .Where(s => s.CampaignId == campaign.Id && !s.Excluded)
            .CountAsync(ct);
        if (
            lists + segments == 0
            && campaign.Kind != CampaignKind.AutomationStep
            && !await Recipients.GivenRecipients.AnyAsync(campaign, db, ct)
        )
            Error("lists.missing", "lists", "Choose at least one list or segment.");

        var servers = await (
            from use in db.Of<CampaignServer>(campaign.CustomerId)
            join server in db.Of<SendingServer>(campaign.CustomerId) on use.ServerId equals server.Id
            where use.CampaignId == campaign.Id
            select new
            {
                use.FromEmail,
                server.Name,
                server.Active,
                server.NeedsCheck,
                server.Kind,
                server.Settings,
            }
        ).ToListAsync(ct);
        if (servers.Count == 0)
            Error("servers.missing", "servers", "Choose at least one sending server.");
        else if (!servers.Any(s => s.Active && !s.NeedsCheck))
            Error("servers.inactive", "servers", "None of the chosen servers can be used: switch one on, or test it.");
        foreach (var server in servers.Where(s => s.NeedsCheck))
            Warning("servers.check", "servers", $"Sending server '{server.Name}' refused our credentials; check it.", server.Name);

        if (await db.Of<CampaignAttachment>(campaign.CustomerId).AnyAsync(a => a.CampaignId == campaign.Id, ct))
            foreach (var server in servers.Where(s => !ServerSettings.Parse(s.Kind, s.Settings).TakesAttachments))
                Error("servers.attachments", "servers", $"Sending server '{server.Name}' has no place for attachments.", server.Name);

        if (string.IsNullOrWhiteSpace(campaign.FromEmail) && (servers.Count == 0 || servers.Any(s => s.FromEmail is null)))
            Error("from.missing", "from", "Choose a sender address.");
        foreach (
            var from in servers
                .Select(s => s.FromEmail)
                .Append(campaign.FromEmail)
                .OfType<string>()
                .Distinct(StringComparer.OrdinalIgnoreCase)
        )
            await CheckSenderAsync(campaign.CustomerId, from, db, problems, ct);
        await AddVariantsAsync(campaign, owner, db, problems, ct);
        if ((await Approvals.ReadAsync(campaign, owner, db, ct)).State is not (ApprovalState.NotNeeded or ApprovalState.Approved))
            Error("approval.missing", "approval", "Somebody else has to approve the campaign as it is now.");
        return problems;
    }

    private static List<CampaignProblem> CheckContent(Campaign campaign, Customer owner, List<CampaignProblem> known)
    {
        var (content, problems) = CampaignContent.Process(campaign, owner);
        return
        [
            .. problems.Where(p => known.All(k => k.Field != p.Field)),
            .. PreFlightChecks.Run(new PreFlightSubject(campaign, owner, content)),
        ];
    }

    private static async Task AddVariantsAsync(
        Campaign campaign,
        Customer owner,
        EstafetteDb db,
        List<CampaignProblem> problems,
        CancellationToken ct
    )
    {
        if (
            await db.Of<AbTest>(campaign.CustomerId).AsNoTracking().SingleOrDefaultAsync(t => t.CampaignId == campaign.Id, ct)
            is not { } test
        )
            return;
        var variants = await db.Of<Variant>(campaign.CustomerId).AsNoTracking().Where(v => v.CampaignId == campaign.Id).ToListAsync(ct);
        problems.AddRange(VariantContents.Check(campaign, owner, test, variants));
    }

    private static async Task CheckSenderAsync(
        CustomerId customer,
        string from,
        EstafetteDb db,
        List<CampaignProblem> problems,
        CancellationToken ct
    )
    {
        if (!EmailAddress.TryParse(from, out var address, out var wrong))
        {
            problems.Add(new("from.invalid", "from", true, $"'{from}' is not an address: {wrong}", from));
            return;
        }
        var domain = await NearestSenderDomain.FindAsync(customer, address.Domain, db, ct);
        if (domain is not { DkimActive: true })
            problems.Add(
                new(
                    "from.unsigned",
                    "from",
                    false,
                    $"Messages from {address.Domain} are not signed by us (no active DKIM key for it); many providers refuse unsigned bulk mail.",
                    address.Domain
                )
            );
        if (domain is not null)
            problems.AddRange(SenderDomainCheck.Check(domain, address.Domain));
    }
}
