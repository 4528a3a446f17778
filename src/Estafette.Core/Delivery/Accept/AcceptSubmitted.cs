using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using Estafette.Core.Platform;
using Estafette.Protocols.Addresses;

namespace Estafette.Core.Delivery.Accept;

/// <summary>A message that a program hands over whole.</summary>
/// <param name="Customer">Whose it is.</param>
/// <param name="Application">Who called: "key:12".</param>
/// <param name="From">The one address of its From field.</param>
/// <param name="Subject">For lists and reports; the message keeps its own.</param>
/// <param name="Recipients">Of the envelope.</param>
/// <param name="Message">As it goes out, but for the signature.</param>
internal sealed record SubmittedMail(
    CustomerId Customer,
    string Application,
    EmailAddress From,
    string Subject,
    IReadOnlyList<EmailAddress> Recipients,
    byte[] Message
);

/// <summary>
/// Takes a message into the queue as it is: one transaction stores its bytes, compressed and once for all recipients, and a delivery for each of them. Whoever
/// handed it over may forget it when this comes back.
/// </summary>
internal sealed class AcceptSubmitted(MailContents contents, WriteQueue writes, Signals signals, TimeProvider clock)
{
    private const int IdLength = 22;
    private const string IdAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private const int MaxSubject = 250;

    /// <returns>The id its events carry before the dot.</returns>
    public async Task<string> RunAsync(SubmittedMail mail, CancellationToken ct)
    {
        var id = RandomNumberGenerator.GetString(IdAlphabet, IdLength);
        var hash = Convert.ToHexStringLower(SHA256.HashData(mail.Message));
        var packed = Packed(mail.Message);
        var subject = mail.Subject.Length > MaxSubject ? mail.Subject[..MaxSubject] : mail.Subject;
        // What it says is in its bytes; the content only gives it a name.
        var content = contents.Prepare(new MailText(subject, null, "")).Content!;
        var now = clock.GetUtcNow();
        await writes.RunAsync(
            async session =>
            {
                await session
                    .Statement("Delivery/insert-submitted-message")
                    .Set("@customer", mail.Customer.Value)
                    .Set("@hash", hash)
                    .Set("@bytes", packed)
                    .Set("@size", (long)mail.Message.Length)
                    .Set("@now", now.ToUnixTimeMilliseconds())
                    .ExecuteNonQueryAsync(ct);
                var contentId = await MailContents.StoreAsync(session, mail.Customer, content, now, ct);
                var stored = await session
                    .Statement("Delivery/insert-accepted-mail")
                    .Set("@customer", mail.Customer.Value)
                    .Set("@message", id)
                    .Set("@application", mail.Application)
                    .Set("@categories", null)
                    .Set("@raw", hash)
                    .Set("@now", now.ToUnixTimeMilliseconds())
                    .ExecuteScalarAsync(ct);
                var head = new LetterHead { Subject = subject }.ToJson();
                foreach (var recipient in mail.Recipients)
                {
                    var single = new QueuedSingle(mail.Customer, SingleMessageKind.Submitted, contentId, recipient)
                    {
                        FromEmail = mail.From.Address,
                    };
                    var delivery = await QueueSingle.RunAsync(session, single, now, ct);
                    var mailId = Convert.ToInt64(stored, CultureInfo.InvariantCulture);
                    await AcceptMail.StoreLetterAsync(session, mail.Customer, delivery, mailId, head, null, ct);
                }
            },
            ct
        );
        signals.Ring(Signal.DeliveriesReady);
        return id;
    }

    private static byte[] Packed(byte[] message)
    {
        using var packed = new MemoryStream();
        using (var stream = new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            stream.Write(message);
        return packed.ToArray();
    }
}
