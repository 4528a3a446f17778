using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Estafette.Api.V1;
using Estafette.Cli;
using Estafette.Core.Accounts;
using Estafette.Core.Deliverability;
using Estafette.Core.Delivery.Accept;
using Estafette.Core.Platform;
using Estafette.Protocols.Addresses;
using Estafette.Protocols.Smtp;
using Estafette.Protocols.SmtpServer;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Submission;

/// <summary>
/// Takes messages of programs that sign in with a key of the API. It relays nothing by itself: who has no key with the scope to send is refused before
/// MAIL, and the From address must be one the customer may use. 250 is said once the message is stored.
/// </summary>
internal sealed class SubmissionReceiver(
    SubmissionOptions options,
    WebOptions web,
    IDbContextFactory<EstafetteDb> databases,
    KeyUses keys,
    AttemptLimiter attempts,
    SenderPermits permits,
    ApiRates rates,
    AcceptSubmitted accept,
    TimeProvider clock,
    ILogger<SubmissionReceiver> logger
) : ISmtpReceiver
{
    private readonly ConditionalWeakTable<SmtpPeer, ApiCaller> _callers = [];

    public string HostName { get; } =
        options.HostName ?? (Uri.TryCreate(web.PublicUrl, UriKind.Absolute, out var url) ? url.IdnHost : Dns.GetHostName());

    public async ValueTask<SmtpAuthResult> AuthenticateAsync(SmtpPeer peer, string user, string password, CancellationToken ct)
    {
        var address = AttemptLimiter.Address(peer.Remote.Address);
        if (!attempts.Allows(address, AttemptLimiter.PerAddress))
            return SmtpAuthResult.Temporary();
        await using var db = await databases.CreateDbContextAsync(ct);
        var caller = await ApiKeys.AuthenticateAsync(password, db, keys, clock, ct);
        if (caller is null || !caller.May(ApiScopes.MessagesSend))
        {
            attempts.Count(address);
            return SmtpAuthResult.Refused();
        }
        _callers.AddOrUpdate(peer, caller);
        return SmtpAuthResult.Accepted(caller.Application);
    }

    public ValueTask<SmtpReply?> AcceptRecipientAsync(SmtpTransaction transaction, SmtpRecipient recipient, CancellationToken ct) =>
        new(
            EmailAddress.TryParse(recipient.Address, out _, out _)
                ? null
                : new SmtpReply(553, "5.1.3 This is no address that can be written to")
        );

    public async ValueTask<SmtpReply> ReceiveAsync(SmtpReceivedMessage message, CancellationToken ct)
    {
        if (!_callers.TryGetValue(message.Transaction.Peer, out var caller) || !await StillMayAsync(caller, ct))
            return new SmtpReply(530, "5.7.0 Sign in again: the key is not valid any more");
        using var lease = rates.Take(caller.Application);
        if (!lease.IsAcquired)
            return new SmtpReply(451, "4.7.1 Too many messages; wait a second");
        if (SubmittedMessage.Read(await message.ToArrayAsync(ct), out var refusal) is not { } submitted)
            return new SmtpReply(550, refusal);
        if (!(await permits.AskAsync(caller.Customer, submitted.From, ct)).MaySend)
            return new SmtpReply(550, $"5.7.1 {submitted.From.Address} is no sender of yours, or its domain lacks its records");
        var recipients = Recipients(message.Transaction);
        var trace = RandomNumberGenerator.GetHexString(16, lowercase: true);
        var bytes = submitted.Complete(
            ReceivedHeader.Format(message, HostName, trace),
            $"{trace}.{message.At.ToUnixTimeMilliseconds():x}@{submitted.From.Domain}",
            message.At
        );
        var mail = new SubmittedMail(caller.Customer, caller.Application, submitted.From, submitted.Subject, recipients, bytes);
        return new SmtpReply(250, $"2.0.0 Accepted as {await accept.RunAsync(mail, ct)}");
    }

    public void Faulted(SmtpPeer peer, Exception exception) => Log.Faulted(logger, peer.Session, exception);

    private static List<EmailAddress> Recipients(SmtpTransaction transaction)
    {
        var recipients = new List<EmailAddress>();
        foreach (var recipient in transaction.Recipients)
            if (EmailAddress.TryParse(recipient.Address, out var address, out _))
                recipients.Add(address);
        return [.. recipients.DistinctBy(r => r.Key)];
    }

    /// <summary>A key that was revoked, or a customer that was suspended, since the session began.</summary>
    private async Task<bool> StillMayAsync(ApiCaller caller, CancellationToken ct)
    {
        if (!long.TryParse(caller.Application.AsSpan("key:".Length), out var id))
            return false;
        var now = clock.GetUtcNow();
        await using var db = await databases.CreateDbContextAsync(ct);
        return await db.Of<ApiKey>(caller.Customer)
                .AnyAsync(k => k.Id == id && k.RevokedAt == null && (k.ExpiresAt == null || k.ExpiresAt > now), ct)
            && !await db.Set<Customer>().AnyAsync(c => c.Id == caller.Customer && c.Suspended, ct);
    }
}

/// <summary>What submission logs.</summary>
internal static partial class Log
{
    [LoggerMessage(9801, LogLevel.Error, "Submission: session {Session} failed")]
    public static partial void Faulted(ILogger logger, long session, Exception failure);
}
