using System.Collections.Concurrent;
using Estafette.Core.Campaigns;
using Estafette.Core.Campaigns.Attachments;
using Estafette.Core.Campaigns.Variants;
using Estafette.Core.Channels;
using Estafette.Core.Messages.Content;
using Estafette.Core.Platform;
using Estafette.Protocols.Mime;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Delivery.Render;

/// <summary>A message rendered again as its recipient got it.</summary>
public sealed record DeliveryCopy(string? Subject, string? Html, string? Text);

/// <summary>The source of a message.</summary>
/// <param name="Bytes">Headers and body.</param>
/// <param name="IsExact">The octets that were handed over; else made again from what is stored.</param>
public sealed record DeliverySource(byte[] Bytes, bool IsExact);

/// <summary>
/// Renders sent messages again from their content version and the contact's data of today: for the web version, for links with merge fields, and for
/// the message page. Compiled contents are kept, at most a hundred.
/// </summary>
internal sealed class DeliveryCopies(IDbContextFactory<EstafetteDb> databases, CompositionLoader loader, Store store)
{
    private const int MaxKept = 100;
    private readonly ConcurrentDictionary<(long Campaign, long Content, int Variant), Composition> _kept = new();

    /// <summary>The web version of a message; null when it does not exist or cannot be rendered any more.</summary>
    public async ValueTask<string?> WebVersionAsync(DeliveryId delivery, CancellationToken ct)
    {
        if (await FindAsync(delivery, null, ct) is not { } found)
            return null;
        return found.Composition.Copy(found.Row, found.Server)?.Html;
    }

    /// <summary>
    /// A message of a customer as it went out, links that lead nowhere; without text when it was never rendered or cannot be any more; null
    /// when the customer has no such message.
    /// </summary>
    public async Task<DeliveryCopy?> CopyAsync(CustomerId customer, DeliveryId delivery, CancellationToken ct)
    {
        await using (var db = await databases.CreateDbContextAsync(ct))
            if (!await db.Of<DeliveryRecord>(customer).AnyAsync(d => d.Id == delivery, ct))
                return null;
        var found = await FindAsync(delivery, customer, ct);
        return
            found?.Composition.Copy(found.Value.Row, found.Value.Server, InertLinks.Instance) is { } copy
            && copy is not { Html: null, Text: null or "" }
            ? new DeliveryCopy(copy.Subject, copy.Html, copy.Text)
            : new DeliveryCopy(null, null, null);
    }

    /// <summary>
    /// The source of a message: from the capture server when it went there, else made again from its content version, the contact's data of today and
    /// the time it left. Null when the customer has no such message or it cannot be made.
    /// </summary>
    public async Task<DeliverySource?> SourceAsync(CustomerId customer, DeliveryId delivery, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var ledger = await db.Of<DeliveryRecord>(customer).AsNoTracking().SingleOrDefaultAsync(d => d.Id == delivery, ct);
        if (ledger is null)
            return null;
        var captured = await db.Of<CapturedMessage>(customer)
            .Where(m => m.DeliveryId == delivery)
            .OrderByDescending(m => m.Id)
            .Select(m => (long?)m.Id)
            .FirstOrDefaultAsync(ct);
        if (captured is { } kept && await ReadCaptured.RunAsync(new ReadCaptured.Request(customer, kept), db, ct) is { } exact)
            return new DeliverySource(exact.Source, true);
        var attachments = ledger.CampaignId is { } campaign ? await AttachmentFiles.ReadAsync(customer, campaign, db, ct) : [];
        var found = await FindAsync(delivery, customer, ct, attachments: attachments);
        if (found is not { } known)
            return null;
        var bytes = await known.Composition.LoadAsync(ct);
        return known.Composition.Source(known.Row, known.Server, bytes, ledger.SentAt ?? ledger.StatusAt) is { } source
            ? new DeliverySource(source, false)
            : null;
    }

    /// <summary>The target of a link with merge fields for the recipient of a delivery.</summary>
    public async ValueTask<string?> ResolveLinkAsync(
        DeliveryId delivery,
        ContentId content,
        int linkNo,
        string storedUrl,
        CancellationToken ct
    ) => await FindAsync(delivery, null, ct, content) is { } found ? found.Composition.ResolveLink(found.Row, found.Server, linkNo) : null;

    private async Task<(ClaimedDelivery Row, Composition Composition, ServerId Server)?> FindAsync(
        DeliveryId delivery,
        CustomerId? only,
        CancellationToken ct,
        ContentId? version = null,
        IReadOnlyList<MimeAttachment>? attachments = null
    )
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var ledger = await db.Set<DeliveryRecord>().AsNoTracking().SingleOrDefaultAsync(d => d.Id == delivery, ct);
        if (ledger is null || (only is { } customer && ledger.CustomerId != customer))
            return null;
        if (ledger.CampaignId is not { } campaignId)
            return await FindSingleAsync(ledger, ct);
        var campaign = await db.Of<Campaign>(ledger.CustomerId).AsNoTracking().SingleAsync(c => c.Id == campaignId, ct);
        if ((version ?? ledger.ContentId ?? campaign.ContentId) is not { } content)
            return null;
        var row = await ClaimDeliveries.LoadOneAsync(store, delivery, ct);
        var variant = await VariantAsync(db, campaign, ledger.Variant, ct);
        var composition = await ComposeAsync(db, campaign, content, variant, attachments ?? [], ct);
        return row is null || composition is null ? null : (row, composition, ledger.ServerId ?? default);
    }

    /// <summary>A message outside a campaign. What the product itself sends is nobody's to look at: it may hold a link that opens an account.</summary>
    private async Task<(ClaimedDelivery Row, Composition Composition, ServerId Server)?> FindSingleAsync(
        DeliveryRecord ledger,
        CancellationToken ct
    )
    {
        var row = await ClaimDeliveries.LoadOneAsync(store, ledger.Id, ct);
        if (row is not { Single: { Kind: not SingleMessageKind.System } single })
            return null;
        try
        {
            var composition = await loader.ForSingleAsync(ledger.CustomerId, single, new HashSet<ServerId>(), ct);
            return (row, composition, ledger.ServerId ?? default);
        }
        catch (CannotComposeException)
        {
            return null;
        }
    }

    /// <summary>The variant of a delivery; the rest of an A/B test has the chosen one.</summary>
    private static async Task<int> VariantAsync(EstafetteDb db, Campaign campaign, int variant, CancellationToken ct) =>
        variant > 0
            ? variant
            : await db.Of<AbTest>(campaign.CustomerId)
                .Where(t => t.CampaignId == campaign.Id)
                .Select(t => (int?)t.Winner)
                .SingleOrDefaultAsync(ct)
                ?? 0;

    private async Task<Composition?> ComposeAsync(
        EstafetteDb db,
        Campaign campaign,
        ContentId content,
        int variant,
        IReadOnlyList<MimeAttachment> attachments,
        CancellationToken ct
    )
    {
        // Files are megabytes, and looked at far less often than web versions: with them nothing is kept.
        var keeps = attachments.Count == 0;
        if (keeps && _kept.TryGetValue((campaign.Id.Value, content.Value, variant), out var known))
            return known;
        try
        {
            var servers = await db.Of<CampaignServer>(campaign.CustomerId)
                .AsNoTracking()
                .Where(s => s.CampaignId == campaign.Id)
                .ToListAsync(ct);
            var fromName = await db.Of<Variant>(campaign.CustomerId)
                .Where(v => v.CampaignId == campaign.Id && v.Number == variant)
                .Select(v => v.FromName)
                .SingleOrDefaultAsync(ct);
            var composition = await loader.ForCampaignAsync(campaign, servers, new HashSet<ServerId>(), ct, content, fromName, attachments);
            if (!keeps)
                return composition;
            if (_kept.Count >= MaxKept)
                _kept.Clear();
            return _kept[(campaign.Id.Value, content.Value, variant)] = composition;
        }
        catch (CannotComposeException)
        {
            return null;
        }
    }
}
