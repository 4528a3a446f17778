using Estafette.Core.Platform;
using Estafette.Protocols.Imap;
using Estafette.Protocols.Mailboxes;
using Estafette.Protocols.Pop3;
using Microsoft.Extensions.Logging;

namespace Estafette.Core.Inbound.Mail;

/// <summary>
/// Reads a mailbox that bounces are delivered into. A message is marked or deleted once it is applied and kept; one that is read twice after a crash
/// is known by its digest and changes nothing.
/// </summary>
internal sealed partial class MailboxPoller(
    MailboxPollOptions options,
    InboundOptions limits,
    ReadInbound reader,
    MailboxState state,
    LoopContext context
) : BackgroundLoop(context, Signal.MailboxChanged, TimeSpan.FromSeconds(options.EverySeconds))
{
    private const int MaxAtOnce = 500;

    protected override async Task<bool> PassAsync(CancellationToken ct)
    {
        if (options.Host is not { Length: > 0 })
            return false;
        try
        {
            var more = await ReadAsync(ct) > 0;
            state.Read(Clock.GetUtcNow());
            return more;
        }
        catch (MailboxException refused)
        {
            // Told to the operators too; what was read before is kept, and the next look goes on after it.
            state.Failed(refused.Message, Clock.GetUtcNow());
            Unreadable(Logger, options.Host, options.User, refused.Message);
            return false;
        }
    }

    /// <summary>One look as the loop takes it; for tests.</summary>
    internal Task<bool> LookAsync(CancellationToken ct) => PassAsync(ct);

    /// <summary>Reads what is new; the number of messages, of which there may be more.</summary>
    internal Task<int> ReadAsync(CancellationToken ct) => options.Protocol == MailboxProtocol.Imap ? ReadImapAsync(ct) : ReadPopAsync(ct);

    private async Task<int> ReadImapAsync(CancellationToken ct)
    {
        await using var mailbox = await ImapClient.ConnectAsync(options.ToMailbox(Clock), ct);
        await mailbox.SelectAsync(options.Folder, ct);
        var found = await mailbox.SearchAsync(new ImapSearch { Unseen = true, Undeleted = true }, ct);
        foreach (var uid in found.Take(MaxAtOnce))
        {
            using var bytes = new MemoryStream();
            switch (await mailbox.FetchAsync(uid, bytes, limits.MaxKiB * 1024L, ct))
            {
                case ImapFetch.Complete:
                    await TakeAsync(bytes, ct);
                    break;
                case ImapFetch.TooLarge:
                    TooLarge(Logger, limits.MaxKiB);
                    break;
                default:
                    continue;
            }
            await mailbox.AddFlagsAsync([uid], options.Delete ? @"\Seen \Deleted" : @"\Seen", ct);
            if (options.Delete)
                await mailbox.ExpungeAsync([uid], ct);
        }
        await mailbox.LogoutAsync(ct);
        return Math.Min(found.Count, MaxAtOnce);
    }

    private async Task<int> ReadPopAsync(CancellationToken ct)
    {
        await using var mailbox = await PopClient.ConnectAsync(options.ToMailbox(Clock), ct);
        var found = await mailbox.ListAsync(ct);
        foreach (var message in found.Take(MaxAtOnce))
        {
            using var bytes = new MemoryStream();
            if (await mailbox.RetrieveAsync(message.Number, bytes, limits.MaxKiB * 1024L, ct))
                await TakeAsync(bytes, ct);
            else
                TooLarge(Logger, limits.MaxKiB);
            await mailbox.DeleteAsync(message.Number, ct);
        }
        // What was deleted goes with the good-bye; without it everything comes again.
        await mailbox.QuitAsync(ct);
        return Math.Min(found.Count, MaxAtOnce);
    }

    private async Task TakeAsync(MemoryStream bytes, CancellationToken ct) =>
        await reader.RunAsync(new InboundEnvelope("", [], null, bytes.GetBuffer().AsMemory(0, (int)bytes.Length), Clock.GetUtcNow()), ct);

    [LoggerMessage(3112, LogLevel.Error, "The mailbox of {User} on {Host} cannot be read: {Reason}")]
    private static partial void Unreadable(ILogger logger, string host, string user, string reason);

    [LoggerMessage(3111, LogLevel.Warning, "A message in the mailbox is larger than {MaxKiB} KiB and was not read")]
    private static partial void TooLarge(ILogger logger, int maxKiB);
}
