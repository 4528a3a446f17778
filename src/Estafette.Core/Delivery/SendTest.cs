using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Campaigns.Variants;
using Estafette.Core.Channels;
using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Estafette.Protocols.Addresses;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Delivery;

/// <summary>
/// Sends a campaign as it is now to a few addresses, through the real pipeline: subject prefixed, links inert, in no statistics.
/// </summary>
public static class SendTest
{
    public const int MaxAddresses = 20;

    public static async Task<CampaignOutcome> RunAsync(
        CustomerId customer,
        CampaignId id,
        IReadOnlyList<string> addresses,
        ContactId? seenBy,
        EstafetteDb db,
        WriteQueue writes,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct,
        bool allVariants = false
    )
    {
        if (await db.Of<Campaign>(customer).SingleOrDefaultAsync(c => c.Id == id, ct) is not { } campaign)
            return CampaignOutcome.NotFound.Instance;
        if (seenBy is { } contact && !await db.Of<Contact>(customer).AnyAsync(c => c.Id == contact, ct))
            return CampaignOutcome.NotFound.Instance;
        var owner = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == customer, ct);
        var problems = (await CheckCampaign.RunAsync(campaign, owner, db, ct))
            .Where(p => p.IsError && p.Field is not ("lists" or "schedule" or "name" or "approval"))
            .ToList();
        var parsed = Parse(addresses, problems);
        var server = await (
            from use in db.Of<CampaignServer>(customer)
            join row in db.Of<SendingServer>(customer) on use.ServerId equals row.Id
            where use.CampaignId == id && row.Active && !row.NeedsCheck
            orderby row.Priority, row.Id
            select use
        ).FirstOrDefaultAsync(ct);
        if (problems.Count > 0 || server is null)
            return new CampaignOutcome.Invalid(problems);
        var now = clock.GetUtcNow();
        var versions = await StoreAsync(campaign, owner, allVariants, db, now, ct);
        await writes.RunAsync(
            async session =>
            {
                foreach (var (version, fromName, prefix) in versions)
                foreach (var address in parsed)
                    await QueueSingle.RunAsync(
                        session,
                        new QueuedSingle(customer, SingleMessageKind.Test, version, address)
                        {
                            TestOf = id,
                            FromEmail = (server.FromEmail ?? campaign.FromEmail)!,
                            FromName = fromName ?? server.FromName ?? campaign.FromName,
                            ReplyTo = campaign.ReplyTo,
                            SubjectPrefix = prefix,
                            MergeContact = seenBy,
                            Server = server.ServerId,
                            Channel = campaign.Channel,
                        },
                        now,
                        ct
                    );
            },
            ct
        );
        signals.Ring(Signal.DeliveriesReady);
        return CampaignOutcome.Done.Instance;
    }

    /// <summary>The content versions to be sent with their sender names and subject prefixes: the campaign, or each variant of its A/B test.</summary>
    private static async Task<List<(ContentId Version, string? FromName, string Prefix)>> StoreAsync(
        Campaign campaign,
        Customer owner,
        bool allVariants,
        EstafetteDb db,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var variants = allVariants
            ? await db.Of<Variant>(campaign.CustomerId)
                .AsNoTracking()
                .Where(v => v.CampaignId == campaign.Id)
                .OrderBy(v => v.Number)
                .ToListAsync(ct)
            : [];
        var versions = new List<(ContentId, string?, string)>();
        await using var write = await db.BeginWriteAsync(ct);
        if (variants.Count == 0)
        {
            var source = CampaignContent.SourceOf(campaign);
            var (content, _) = CampaignContent.Process(source, owner);
            versions.Add((await CampaignContent.StoreAsync(db, campaign, source, content!, now, ct), null, "[TEST] "));
        }
        foreach (var variant in variants)
        {
            var source = VariantContents.SourceOf(campaign, variant);
            if (CampaignContent.Process(source, owner).Content is { } content)
                versions.Add(
                    (
                        await CampaignContent.StoreAsync(db, campaign, source, content, now, ct),
                        variant.FromName,
                        $"[TEST {Variant.Letter(variant.Number)}] "
                    )
                );
        }
        await write.CommitAsync(ct);
        return versions;
    }

    private static List<EmailAddress> Parse(IReadOnlyList<string> addresses, List<CampaignProblem> problems)
    {
        var parsed = new List<EmailAddress>();
        foreach (var text in addresses)
            if (EmailAddress.TryParse(text, out var address, out var wrong))
                parsed.Add(address);
            else
                problems.Add(new("test.address", "to", true, $"'{text}' is not an address: {wrong}", text));
        if (addresses.Count is 0 or > MaxAddresses)
            problems.Add(new("test.count", "to", true, $"A test goes to 1 to {MaxAddresses} addresses."));
        return parsed;
    }
}
