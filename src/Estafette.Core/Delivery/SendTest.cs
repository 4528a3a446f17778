using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
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
        CancellationToken ct
    )
    {
        if (await db.Of<Campaign>(customer).SingleOrDefaultAsync(c => c.Id == id, ct) is not { } campaign)
            return CampaignOutcome.NotFound.Instance;
        if (seenBy is { } contact && !await db.Of<Contact>(customer).AnyAsync(c => c.Id == contact, ct))
            return CampaignOutcome.NotFound.Instance;
        var owner = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == customer, ct);
        var problems = (await CheckCampaign.RunAsync(campaign, owner, db, ct))
            .Where(p => p.IsError && p.Field is not ("lists" or "schedule" or "name"))
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
        var (content, _) = CampaignContent.Process(campaign, owner);
        var now = clock.GetUtcNow();
        ContentId version;
        await using (var write = await db.BeginWriteAsync(ct))
        {
            version = await CampaignContent.StoreAsync(db, campaign, content!, now, ct);
            await write.CommitAsync(ct);
        }
        await writes.RunAsync(
            async session =>
            {
                foreach (var address in parsed)
                    await QueueSingle.RunAsync(
                        session,
                        new QueuedSingle(customer, SingleMessageKind.Test, version, address)
                        {
                            TestOf = id,
                            FromEmail = (server.FromEmail ?? campaign.FromEmail)!,
                            FromName = server.FromName ?? campaign.FromName,
                            ReplyTo = campaign.ReplyTo,
                            SubjectPrefix = "[TEST] ",
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
