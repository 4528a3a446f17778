using System.Text.Json;
using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Campaigns.Attachments;
using Estafette.Core.Campaigns.Variants;
using Estafette.Core.Contacts;
using Estafette.Core.Deliverability;
using Estafette.Core.Messages;
using Estafette.Core.Messages.Content;
using Estafette.Core.Platform;
using Estafette.Core.Tracking;
using Estafette.Protocols.Addresses;
using Estafette.Protocols.Dkim;
using Estafette.Protocols.Mime;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Delivery.Render;

/// <summary>Reads what a composition is made of: content version, customer, senders, signing keys.</summary>
internal sealed class CompositionLoader(
    IDbContextFactory<EstafetteDb> databases,
    TrackingTokens tokens,
    TrackingUrls urls,
    DkimSigners dkim,
    DnsOptions dns,
    Store store
)
{
    /// <summary>The files that go with every message of a campaign.</summary>
    public async Task<IReadOnlyList<MimeAttachment>> AttachmentsAsync(Campaign campaign, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        return await AttachmentFiles.ReadAsync(campaign.CustomerId, campaign.Id, db, ct);
    }

    /// <summary>The composition of a campaign: of its current content, or of an older version.</summary>
    /// <exception cref="CannotComposeException">The content does not compile or the sender is missing.</exception>
    public async Task<Composition> ForCampaignAsync(
        Campaign campaign,
        IReadOnlyList<CampaignServer> servers,
        IReadOnlySet<ServerId> usable,
        CancellationToken ct,
        ContentId? version = null,
        string? fromName = null,
        IReadOnlyList<MimeAttachment>? attachments = null
    )
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var customer = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == campaign.CustomerId, ct);
        var contentId = version ?? campaign.ContentId;
        var content = await ReadContentAsync(db, campaign.CustomerId, contentId, ct);
        var listName = await (
            from target in db.Of<CampaignList>(campaign.CustomerId)
            join list in db.Of<ContactList>(campaign.CustomerId) on target.ListId equals list.Id
            where target.CampaignId == campaign.Id && !target.Excluded
            orderby list.Id
            select list.Name
        ).FirstOrDefaultAsync(ct);
        var from =
            campaign.FromEmail
            ?? servers.Select(s => s.FromEmail).FirstOrDefault(f => f is not null)
            ?? throw new CannotComposeException("The campaign has no sender address.");
        await tokens.EnsureLoadedAsync(ct);
        var signers = await ReadSignersAsync(campaign.CustomerId, servers.Select(s => s.FromEmail).OfType<string>().Append(from), ct);
        return new Composition(
            new CompositionParts
            {
                Customer = campaign.CustomerId,
                Campaign = campaign.Id,
                CampaignName = campaign.Name,
                ContentId = contentId!.Value,
                Content = Compile(HostedImages.Absolute(content, urls.BaseOf(customer)), CampaignContent.OptionsOf(campaign, customer)),
                From = new From(from, fromName ?? campaign.FromName),
                FromByServer = servers
                    .Where(s => s.FromEmail is not null || s.FromName is not null)
                    .ToDictionary(s => s.ServerId, s => new From(s.FromEmail ?? from, fromName ?? s.FromName ?? campaign.FromName)),
                ReplyTo = campaign.ReplyTo,
                Servers = usable,
                TrackingBaseUrl = urls.BaseOf(customer),
                ListName = listName,
                Attachments = attachments ?? [],
                Tokens = tokens,
                IsOptOutExternal = campaign.LeavesOptOutTo(customer),
                ReturnDomain = dns.ReturnDomain,
                SignerOf = domain => signers.GetValueOrDefault(domain),
            }
        );
    }

    /// <summary>The composition of a content that is not stored, as a campaign would send it; for looking at it only.</summary>
    /// <exception cref="CannotComposeException">The content does not compile.</exception>
    public async Task<Composition> ForContentAsync(Campaign campaign, Customer customer, ProcessedContent content, CancellationToken ct)
    {
        await tokens.EnsureLoadedAsync(ct);
        var from = campaign.FromEmail ?? "sender@example.org";
        var signers = await ReadSignersAsync(campaign.CustomerId, [from], ct);
        var options = CampaignContent.OptionsOf(campaign, customer);
        return new Composition(
            new CompositionParts
            {
                Customer = campaign.CustomerId,
                Campaign = campaign.Id,
                CampaignName = campaign.Name,
                ContentId = default,
                Content = Compile(
                    HostedImages.Absolute(content, urls.BaseOf(customer)),
                    options with
                    {
                        Merge = options.Merge with { Missing = Messages.Content.MissingFieldPolicy.Empty },
                    }
                ),
                From = new From(from, campaign.FromName),
                ReplyTo = campaign.ReplyTo,
                Servers = new HashSet<ServerId>(),
                TrackingBaseUrl = urls.BaseOf(customer),
                Tokens = tokens,
                IsOptOutExternal = campaign.LeavesOptOutTo(customer),
                ReturnDomain = dns.ReturnDomain,
                SignerOf = domain => signers.GetValueOrDefault(domain),
            }
        );
    }

    /// <summary>What the variants of an A/B test send, by number; 0 is the chosen one, for the rest. Empty without a test.</summary>
    /// <exception cref="CannotComposeException">A content does not compile.</exception>
    public async Task<Dictionary<int, Composition>> ForVariantsAsync(
        Campaign campaign,
        IReadOnlyList<CampaignServer> servers,
        IReadOnlySet<ServerId> usable,
        IReadOnlyList<MimeAttachment> attachments,
        CancellationToken ct
    )
    {
        var compositions = new Dictionary<int, Composition>();
        await using var db = await databases.CreateDbContextAsync(ct);
        if (
            await db.Of<AbTest>(campaign.CustomerId).AsNoTracking().SingleOrDefaultAsync(t => t.CampaignId == campaign.Id, ct)
            is not { } test
        )
            return compositions;
        var variants = await db.Of<Variant>(campaign.CustomerId).AsNoTracking().Where(v => v.CampaignId == campaign.Id).ToListAsync(ct);
        foreach (var variant in variants)
            compositions[variant.Number] = await ForCampaignAsync(
                campaign,
                servers,
                usable,
                ct,
                variant.ContentId,
                variant.FromName,
                attachments
            );
        if (test.Winner is { } winner && compositions.TryGetValue(winner, out var chosen))
            compositions[0] = chosen;
        return compositions;
    }

    /// <summary>The composition of a message outside a campaign.</summary>
    /// <exception cref="CannotComposeException">The content does not compile.</exception>
    public async Task<Composition> ForSingleAsync(
        CustomerId customerId,
        SingleMessage single,
        IReadOnlySet<ServerId> usable,
        CancellationToken ct
    )
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var customer = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == customerId, ct);
        var content = await ReadContentAsync(db, customerId, single.Content, ct);
        var campaign = single.TestOf is { } id
            ? await db.Of<Campaign>(customerId).AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct)
            : null;
        await tokens.EnsureLoadedAsync(ct);
        var signers = await ReadSignersAsync(customerId, [single.FromEmail], ct);
        var options = campaign is null
            ? new CompileOptions { Merge = new MergeOptions { Language = customer.Language } }
            : CampaignContent.OptionsOf(campaign, customer);
        return new Composition(
            new CompositionParts
            {
                Customer = customerId,
                CampaignName = campaign?.Name,
                ContentId = single.Content,
                Content = content.Tags is not null
                    ? new LiteralContent(content)
                    : Compile(
                        HostedImages.Absolute(content, urls.BaseOf(customer)),
                        options with
                        {
                            Merge = options.Merge with { Missing = Messages.Content.MissingFieldPolicy.Empty },
                        }
                    ),
                From = new From(single.FromEmail, single.FromName),
                ReplyTo = single.ReplyTo,
                Servers = usable,
                TrackingBaseUrl = urls.BaseOf(customer),
                SubjectPrefix = single.SubjectPrefix,
                Attachments = campaign is null ? [] : await AttachmentFiles.ReadAsync(campaign.CustomerId, campaign.Id, db, ct),
                IsTest = single.Kind == SingleMessageKind.Test,
                IsSystem = single.Kind == SingleMessageKind.System,
                PassesOptOut = single.Kind is SingleMessageKind.System or SingleMessageKind.Transactional or SingleMessageKind.Submitted,
                IsTransactional =
                    single.Kind is SingleMessageKind.Transactional or SingleMessageKind.Marketing or SingleMessageKind.Submitted,
                Bytes = single is { FilesOf: null, Raw: null } ? null : new SingleBytes(store, customerId, single.FilesOf, single.Raw),
                Tokens = tokens,
                ReturnDomain = dns.ReturnDomain,
                SignerOf = domain => signers.GetValueOrDefault(domain),
            }
        );
    }

    private static CompiledContent Compile(ProcessedContent content, CompileOptions options) =>
        CompiledContent.Compile(content, options, out var issues)
        ?? throw new CannotComposeException(string.Join(' ', issues.Select(i => i.ToString())));

    private static async Task<ProcessedContent> ReadContentAsync(EstafetteDb db, CustomerId customer, ContentId? id, CancellationToken ct)
    {
        var processed = await db.Of<ContentVersion>(customer).Where(c => c.Id == id).Select(c => c.Processed).SingleOrDefaultAsync(ct);
        return processed is null
            ? throw new CannotComposeException("The campaign has no content.")
            : JsonSerializer.Deserialize<ProcessedContent>(processed)!;
    }

    /// <summary>The signers of the From domains in use; a domain without one maps to null.</summary>
    private async Task<Dictionary<string, DkimSigner?>> ReadSignersAsync(
        CustomerId customer,
        IEnumerable<string> senders,
        CancellationToken ct
    )
    {
        var signers = new Dictionary<string, DkimSigner?>(StringComparer.Ordinal);
        foreach (var sender in senders)
            if (EmailAddress.TryParse(sender, out var address, out _) && !signers.ContainsKey(address.Domain))
                signers.Add(address.Domain, await dkim.FindAsync(customer, address.Domain, ct));
        return signers;
    }
}

/// <summary>A content or sender that cannot be sent; the message says why.</summary>
internal sealed class CannotComposeException(string message) : Exception(message);
