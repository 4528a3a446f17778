using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Notices;

/// <summary>Every ten seconds: finds what is worth a notice, queues the mails that are owed, and once an hour counts the contacts of the day.</summary>
internal sealed class NoticeWatch(
    IDbContextFactory<EstafetteDb> databases,
    WriteQueue writes,
    Accounts.PageAddress pages,
    Inbound.InboundOptions inbound,
    LoopContext context
) : BackgroundLoop(context, Signal.CampaignChanged, TimeSpan.FromSeconds(10))
{
    protected override async Task<bool> PassAsync(CancellationToken ct)
    {
        await LookAsync(ct);
        return false;
    }

    /// <summary>One round.</summary>
    internal async Task LookAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        await CountContacts.RunAsync(db, Clock, ct);
        await FindNotices.RunAsync(db, Clock, ct);
        await SendNotices.RunAsync(db, writes, Signals, pages, Clock, Logger, ct);
        await ContactNotices.RunAsync(db, writes, Signals, Clock, Logger, ct);
        await AbuseNotices.RunAsync(inbound, db, writes, Signals, pages, Clock, Logger, ct);
        await SendReports.RunAsync(db, writes, Signals, pages, Clock, Logger, ct);
    }
}
