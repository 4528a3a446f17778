using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Estafette.Core.Accounts;
using Estafette.Core.Channels;
using Estafette.Core.Deliverability;
using Estafette.Core.Messages;
using Estafette.Core.Messages.Content;
using Estafette.Core.Platform;
using Estafette.Protocols.Addresses;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Delivery;

/// <summary>A mail the product itself sends for a customer: a confirmation, an invitation, a notice.</summary>
/// <param name="Customer">Whose servers and sender it uses.</param>
/// <param name="To">One address.</param>
/// <param name="Body">The same for all recipients; what differs is in <see cref="Data"/>, so that the content is stored once.</param>
public sealed record SystemMail(CustomerId Customer, string To, SystemMailBody Body)
{
    /// <summary>Values of the merge fields by name; encoded where they are shown.</summary>
    public IReadOnlyDictionary<string, string?> Data { get; init; } = new Dictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>The contact it goes to, when it is one: it stands in their history and their fields can be shown.</summary>
    public ContactId? Contact { get; init; }

    /// <summary>The sender identity; null: the customer's first.</summary>
    public long? Identity { get; init; }

    /// <summary>Who it is from when the customer has no sender identity, as programs that use the API alone have none.</summary>
    public MailSender? Sender { get; init; }

    /// <summary>Done in the transaction that queues the mail: an outbox marks what it owes no more.</summary>
    internal Func<WriteSession, ValueTask>? With { get; init; }
}

/// <summary>An address with the name it is shown with.</summary>
public sealed record MailSender(string Email, string? Name, string? ReplyTo = null);

/// <summary>What became of a system mail.</summary>
public enum SystemMailOutcome
{
    Queued,

    /// <summary>The customer has no sender identity.</summary>
    NoSender,

    /// <summary>The customer has no active sending server.</summary>
    NoServer,

    /// <summary>The address cannot be written to.</summary>
    BadAddress,

    /// <summary>The text cannot be sent; a fault of whoever wrote it.</summary>
    BadContent,

    /// <summary>The customer has used up the messages of its month; whoever asks first says it.</summary>
    LimitReached,
}

/// <summary>The outcome, and the delivery when there is one.</summary>
public readonly record struct SystemMailResult(SystemMailOutcome Outcome, DeliveryId? Delivery);

/// <summary>
/// Queues one mail through the one queue, ahead of campaigns. It is not tracked and has no unsubscribe link; an opt-out of the recipient does
/// not hold it back, since it answers something they did; bounces and complaints do.
/// </summary>
public static class SendSystemMail
{
    public static async Task<SystemMailResult> RunAsync(
        SystemMail mail,
        EstafetteDb db,
        WriteQueue writes,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (!EmailAddress.TryParse(mail.To, out var to, out _))
            return new(SystemMailOutcome.BadAddress, null);
        if ((await SenderAsync(mail.Customer, mail.Identity, db, ct) ?? mail.Sender) is not { } sender)
            return new(SystemMailOutcome.NoSender, null);
        if (!await HasServerAsync(mail.Customer, db, ct))
            return new(SystemMailOutcome.NoServer, null);
        var now = clock.GetUtcNow();
        if (await ContentAsync(mail, db, now, ct) is not { } content)
            return new(SystemMailOutcome.BadContent, null);
        var queued = new QueuedSingle(mail.Customer, SingleMessageKind.System, content, to)
        {
            FromEmail = sender.Email,
            FromName = sender.Name,
            ReplyTo = sender.ReplyTo,
            Contact = mail.Contact,
            MergeData = JsonSerializer.Serialize(mail.Data),
        };
        var id = default(DeliveryId);
        await writes.RunAsync(
            async session =>
            {
                id = await QueueSingle.RunAsync(session, queued, now, ct);
                if (mail.With is { } with)
                    await with(session);
                return id;
            },
            ct
        );
        signals.Ring(Signal.DeliveriesReady);
        return new(SystemMailOutcome.Queued, id);
    }

    /// <summary><see cref="SystemMailOutcome.Queued"/> when the customer can send such mails, else what it lacks.</summary>
    public static async Task<SystemMailOutcome> CheckAsync(CustomerId customer, long? identity, EstafetteDb db, CancellationToken ct) =>
        await SenderAsync(customer, identity, db, ct) is null ? SystemMailOutcome.NoSender
        : await HasServerAsync(customer, db, ct) ? SystemMailOutcome.Queued
        : SystemMailOutcome.NoServer;

    private static Task<MailSender?> SenderAsync(CustomerId customer, long? identity, EstafetteDb db, CancellationToken ct) =>
        db.Of<SenderIdentity>(customer)
            .AsNoTracking()
            .Where(i => identity == null || i.Id == identity)
            .OrderBy(i => i.Id)
            .Select(i => new MailSender(i.Email, i.Name, i.ReplyTo))
            .FirstOrDefaultAsync(ct);

    private static Task<bool> HasServerAsync(CustomerId customer, EstafetteDb db, CancellationToken ct) =>
        db.Of<SendingServer>(customer).AnyAsync(s => s.Active && !s.NeedsCheck, ct);

    /// <summary>The stored version of the body, made when it is sent for the first time; null when it cannot be sent.</summary>
    private static async Task<ContentId?> ContentAsync(SystemMail mail, EstafetteDb db, DateTimeOffset now, CancellationToken ct)
    {
        var language = await db.Set<Customer>().Where(c => c.Id == mail.Customer).Select(c => c.Language).SingleAsync(ct);
        var processed = ContentProcessor.Process(
            new ContentSource(mail.Body.Subject, mail.Body.Html, mail.Body.Text),
            new ProcessOptions { Language = language, AppendsUnsubscribe = false }
        );
        if (processed.Content is not { } content)
            return null;
        var json = JsonSerializer.Serialize(content);
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json)));
        if (await FindAsync(mail.Customer, digest, db, ct) is { } known)
            return known;
        var version = new ContentVersion
        {
            CustomerId = mail.Customer,
            Version = 1,
            Subject = mail.Body.Subject,
            Html = mail.Body.Html,
            Text = mail.Body.Text,
            Processed = json,
            Digest = digest,
            CreatedAt = now,
        };
        db.Add(version);
        try
        {
            await db.SaveChangesAsync(ct);
            return version.Id;
        }
        catch (DbUpdateException taken)
        {
            // Somebody stored the same text at the same moment.
            db.Entry(version).State = EntityState.Detached;
            return await FindAsync(mail.Customer, digest, db, ct)
                ?? throw new InvalidOperationException("The content was not stored.", taken);
        }
    }

    private static async Task<ContentId?> FindAsync(CustomerId customer, string digest, EstafetteDb db, CancellationToken ct) =>
        await db.Of<ContentVersion>(customer).Where(c => c.Digest == digest).Select(c => (ContentId?)c.Id).SingleOrDefaultAsync(ct);
}
