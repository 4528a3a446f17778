using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Estafette.Core.Campaigns.Attachments;
using Estafette.Core.Platform;
using Estafette.Protocols.Mime;

namespace Estafette.Core.Delivery.Accept;

/// <summary>
/// Takes a mail of a program into the queue: one transaction stores the content (once for each text), the files, a delivery for each recipient and
/// the answer to a repeated call. Nothing is promised before it is committed; a crash before leaves nothing, a crash after leaves everything.
/// </summary>
internal sealed class AcceptMail(MailContents contents, WriteQueue writes, Signals signals, TimeProvider clock)
{
    /// <summary>How long a repeated call gets the answer of the first.</summary>
    public static readonly TimeSpan AnswersAreKept = TimeSpan.FromHours(72);

    private const int IdLength = 22;
    private const string IdAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    private const short Accepted = 202;

    public async Task<AcceptedMailResult> RunAsync(MailToAccept mail, CancellationToken ct)
    {
        var (content, faults) = contents.Prepare(mail.Text);
        if (content is null)
            return new(null, Faults: faults);
        var files = mail.Files.Select(f => (File: f, Hash: Convert.ToHexStringLower(SHA256.HashData(f.Bytes)))).ToList();
        var messageId = RandomNumberGenerator.GetString(IdAlphabet, IdLength);
        var now = clock.GetUtcNow();
        var result = await writes.RunAsync(
            async session =>
            {
                if (await AnswerBeforeAsync(session, mail, messageId, now, ct) is { } before)
                    return before;
                var contentId = await MailContents.StoreAsync(session, mail.Customer, content, now, ct);
                var id = await StoreMailAsync(session, mail, messageId, now, ct);
                for (var i = 0; i < files.Count; i++)
                    await StoreFileAsync(session, mail.Customer, id, i, files[i].File, files[i].Hash, now, ct);
                foreach (var letter in mail.Letters)
                    await QueueAsync(session, mail, letter, contentId, id, now, ct);
                return new AcceptedMailResult(messageId);
            },
            ct
        );
        if (result.MessageId == messageId && mail.Letters.Any(l => l.SendAt is not { } at || at <= now))
            signals.Ring(Signal.DeliveriesReady);
        return result;
    }

    /// <summary>Keeps the answer under the key of the call; gives what was kept before when the key is in use.</summary>
    private static async ValueTask<AcceptedMailResult?> AnswerBeforeAsync(
        WriteSession session,
        MailToAccept mail,
        string messageId,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        if (mail.Key is not { } call)
            return null;
        var kept = await session
            .Statement("Delivery/keep-answer")
            .Set("@customer", mail.Customer.Value)
            .Set("@key", call.Key)
            .Set("@body", call.BodyHash)
            .Set("@status", Accepted)
            .Set("@answer", messageId)
            .Set("@now", now.ToUnixTimeMilliseconds())
            .Set("@oldest", (now - AnswersAreKept).ToUnixTimeMilliseconds())
            .ExecuteNonQueryAsync(ct);
        if (kept == 1)
            return null;
        await using var reader = await session
            .Statement("Delivery/read-answer")
            .Set("@customer", mail.Customer.Value)
            .Set("@key", call.Key)
            .ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return reader.GetString(0) == call.BodyHash ? new(reader.GetString(1)) : new(null, IsKeyReused: true);
    }

    private static async ValueTask<long> StoreMailAsync(
        WriteSession session,
        MailToAccept mail,
        string messageId,
        DateTimeOffset now,
        CancellationToken ct
    ) =>
        Convert.ToInt64(
            await session
                .Statement("Delivery/insert-accepted-mail")
                .Set("@customer", mail.Customer.Value)
                .Set("@message", messageId)
                .Set("@application", mail.Application)
                .Set("@categories", mail.Categories.Count > 0 ? JsonSerializer.Serialize(mail.Categories) : null)
                .Set("@raw", null)
                .Set("@now", now.ToUnixTimeMilliseconds())
                .ExecuteScalarAsync(ct),
            CultureInfo.InvariantCulture
        );

    private static async ValueTask StoreFileAsync(
        WriteSession session,
        CustomerId customer,
        long mail,
        int number,
        MailFile file,
        string hash,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        await AttachmentFiles.KeepAsync(session, customer, hash, file.Bytes, now, ct);
        await session
            .Statement("Delivery/insert-single-attachment")
            .Set("@mail", mail)
            .Set("@number", number)
            .Set("@customer", customer.Value)
            .Set("@filename", file.Name)
            .Set("@type", file.ContentType)
            .Set("@cid", file.ContentId)
            .Set("@size", (long)file.Bytes.Length)
            .Set("@hash", hash)
            .ExecuteNonQueryAsync(ct);
    }

    private static async ValueTask QueueAsync(
        WriteSession session,
        MailToAccept mail,
        MailLetter letter,
        ContentId content,
        long mailId,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var head = HeadOf(mail, letter);
        var tracking = mail.Text.TracksOpens || mail.Text.TracksClicks ? DeliveryTracking.Individual : DeliveryTracking.None;
        foreach (var recipient in letter.To.Concat(letter.Cc).Concat(letter.Bcc))
        {
            var delivery = await QueueSingle.RunAsync(
                session,
                new QueuedSingle(
                    mail.Customer,
                    mail.IsMarketing ? SingleMessageKind.Marketing : SingleMessageKind.Transactional,
                    content,
                    recipient.Address
                )
                {
                    FromEmail = mail.From.Address.Address,
                    FromName = mail.From.Name,
                    MergeData = letter.Data,
                    Tracking = tracking,
                    DueAt = letter.SendAt > now ? letter.SendAt : null,
                },
                now,
                ct
            );
            await StoreLetterAsync(session, mail.Customer, delivery, mailId, head, letter.CustomArgs, ct);
        }
    }

    internal static async ValueTask StoreLetterAsync(
        WriteSession session,
        CustomerId customer,
        DeliveryId delivery,
        long mail,
        string? head,
        string? customArgs,
        CancellationToken ct
    ) =>
        await session
            .Statement("Delivery/insert-accepted-letter")
            .Set("@delivery", delivery.Value)
            .Set("@customer", customer.Value)
            .Set("@mail", mail)
            .Set("@head", head)
            .Set("@args", customArgs)
            .ExecuteNonQueryAsync(ct);

    /// <summary>Null for the ordinary case: one recipient without name, and nothing of the caller's own.</summary>
    private static string? HeadOf(MailToAccept mail, MailLetter letter)
    {
        var isPlain =
            letter is { To: [{ Name: null or "" }], Cc.Count: 0, Bcc.Count: 0, Headers.Count: 0, Subject: null } && mail.ReplyTo.Count == 0;
        return isPlain
            ? null
            : new LetterHead
            {
                To = Addresses(letter.To),
                Cc = Addresses(letter.Cc),
                ReplyTo = Addresses(mail.ReplyTo),
                Fields = letter.Headers,
                Subject = letter.Subject,
            }.ToJson();
    }

    private static List<LetterAddress> Addresses(IReadOnlyList<DisplayMailbox> mailboxes) =>
        [.. mailboxes.Select(m => new LetterAddress(m.Address.Address, string.IsNullOrWhiteSpace(m.Name) ? null : m.Name))];
}
