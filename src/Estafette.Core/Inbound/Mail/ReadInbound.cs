using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Core.Suppression;
using Estafette.Core.Tracking;
using Estafette.Protocols.Bounces;

namespace Estafette.Core.Inbound.Mail;

/// <summary>A message that came back, with its envelope.</summary>
/// <param name="From">Envelope sender, empty for the null sender.</param>
/// <param name="To">Envelope recipients below the return domain; empty when it was fetched from a mailbox.</param>
/// <param name="Peer">Who handed it over.</param>
/// <param name="Bytes">The whole message.</param>
/// <param name="At">When it came.</param>
internal sealed record InboundEnvelope(string From, IReadOnlyList<string> To, string? Peer, ReadOnlyMemory<byte> Bytes, DateTimeOffset At);

/// <summary>
/// Understands a message that came back and applies it: finds the delivery by our own token (envelope recipient, addresses and Message-ID in
/// the message), then the status, the suppression and the kept message in one transaction. A message without a valid token changes nothing: forged
/// bounces are how lists get poisoned. The same message twice changes nothing the second time.
/// </summary>
internal sealed class ReadInbound(TrackingTokens tokens, WriteQueue writes, TimeProvider clock)
{
    public async Task<FarEndOutcome> RunAsync(InboundEnvelope envelope, CancellationToken ct)
    {
        await tokens.EnsureLoadedAsync(ct);
        var mail = ReturnedMessage.Read(envelope.Bytes);
        // A mailbox no longer knows the envelope: there the addresses in the message stand for it.
        var names = envelope.To.Count > 0 ? envelope.To.Select(LocalPart) : mail.Tokens;
        var addressed = names.Select(name => ReturnAddress.Read(name, tokens)).ToList();
        var isOptOut = addressed.Exists(a => a is { Purpose: ReturnPurpose.Unsubscribe, Delivery: not null });
        var delivery = addressed.Select(a => a.Delivery).FirstOrDefault(d => d is not null) ?? FindInside(mail);
        var words = delivery is { } id ? Words(mail, id, isOptOut, envelope.At).ToList() : [];
        var now = clock.GetUtcNow();
        return await writes.RunAsync(session => ApplyAsync(session, envelope, mail, delivery, words, now, ct), ct);
    }

    private static async ValueTask<FarEndOutcome> ApplyAsync(
        WriteSession session,
        InboundEnvelope envelope,
        ReturnedMail mail,
        DeliveryId? delivery,
        List<FarEndWord> words,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var digest = DigestOf(envelope);
        if (await IsKnownAsync(session, digest, ct))
            return FarEndOutcome.Noted;
        var outcome = delivery is null ? FarEndOutcome.Unknown : FarEndOutcome.Noted;
        foreach (var word in words)
            if (await ApplyFarEnd.RunAsync(session, word, now, ct) is var applied and not FarEndOutcome.Noted)
                outcome = applied;
        await KeepAsync(session, envelope, mail, delivery, outcome, digest, ct);
        return outcome;
    }

    /// <summary>What the message says about the delivery, worst first of several recipients.</summary>
    private static IEnumerable<FarEndWord> Words(ReturnedMail mail, DeliveryId delivery, bool isOptOutAddress, DateTimeOffset at)
    {
        FarEndWord Word(FarEndFact fact, string? text) => new(delivery, fact, at, DeliveryEventSource.BounceMessage, text);
        switch (mail.Kind)
        {
            // Machines do not opt out: an absence notice to the opt-out address says nothing.
            case ReturnedKind.AutoReply:
                break;
            case ReturnedKind.Complaint:
                yield return Word(FarEndFact.Complained, $"feedback loop: {mail.FeedbackType} {mail.ReportingMta}") with
                {
                    Origin = SuppressionOrigin.FeedbackLoop,
                };
                break;
            case ReturnedKind.Delayed:
                yield return Word(FarEndFact.Deferred, First(mail)?.Diagnostic);
                break;
            case ReturnedKind.Delivered:
                yield return Word(FarEndFact.Delivered, First(mail)?.Diagnostic);
                break;
            case ReturnedKind.Bounce:
                yield return OfBounce(Word(FarEndFact.HardBounced, First(mail)?.Diagnostic), First(mail));
                break;
            case ReturnedKind.Unsubscribe:
            case var _ when isOptOutAddress:
                yield return Word(FarEndFact.Unsubscribed, $"mail from {mail.From}") with
                {
                    Origin = SuppressionOrigin.Mail,
                };
                break;
        }
    }

    private static ReturnedRecipient? First(ReturnedMail mail) =>
        mail.Recipients.OrderByDescending(r => r.Class == BounceClass.Hard).FirstOrDefault(r => r.Class != BounceClass.None)
        ?? (mail.Recipients.Count > 0 ? mail.Recipients[0] : null);

    private static FarEndWord OfBounce(FarEndWord word, ReturnedRecipient? recipient) =>
        recipient?.Class switch
        {
            BounceClass.Hard => word with { Blame = FarEndBlame.List },
            BounceClass.Block => word,
            BounceClass.Transient => word with { Fact = FarEndFact.SoftBounced },
            _ => word with
            {
                Fact = FarEndFact.SoftBounced,
                Status = recipient?.Status,
                Blame =
                    recipient?.Status?.StartsWith('4') == true
                    || recipient?.Code is >= 400 and < 500
                    || recipient?.Reason == BounceReason.MailboxFull
                        ? FarEndBlame.CountTemporary
                        : FarEndBlame.CountPermanent,
            },
        };

    /// <summary>A token of ours inside the message: addresses it came to, its original's return path and Message-ID.</summary>
    private DeliveryId? FindInside(ReturnedMail mail)
    {
        foreach (var token in mail.Tokens)
            if (ReturnAddress.Read(token, tokens).Delivery is { } found)
                return found;
        var ids = mail.References.Prepend(mail.InReplyTo).Prepend(mail.Original.MessageId).OfType<string>();
        foreach (var id in ids)
            if (tokens.TryReadVerp(LocalPart(id), out var delivery))
                return delivery;
        return null;
    }

    /// <summary>The same message to the same address is the same report, told twice.</summary>
    private static string DigestOf(InboundEnvelope envelope)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(string.Join(' ', envelope.To) + "\n"));
        hash.AppendData(envelope.Bytes.Span);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string LocalPart(string address) => address.LastIndexOf('@') is >= 0 and var at ? address[..at] : address;

    private static async ValueTask<bool> IsKnownAsync(WriteSession session, string digest, CancellationToken ct) =>
        await session.Prepare("SELECT 1 FROM inbound_messages WHERE digest = @digest").Set("@digest", digest).ExecuteScalarAsync(ct)
            is not null;

    private static async ValueTask KeepAsync(
        WriteSession session,
        InboundEnvelope envelope,
        ReturnedMail mail,
        DeliveryId? delivery,
        FarEndOutcome outcome,
        string digest,
        CancellationToken ct
    )
    {
        var first = First(mail);
        await session
            .Statement("Inbound/keep-message")
            .Set("@delivery", delivery?.Value)
            .Set("@at", envelope.At.ToUnixTimeMilliseconds())
            .Set("@peer", envelope.Peer)
            .Set("@from", ApplyFarEnd.Clean(envelope.From) ?? "")
            .Set("@to", ApplyFarEnd.Clean(string.Join(' ', envelope.To)) ?? "")
            .Set("@sender", ApplyFarEnd.Clean(mail.From))
            .Set("@subject", ApplyFarEnd.Clean(mail.Subject))
            .Set("@kind", (short)mail.Kind)
            .Set("@class", (short)(first?.Class ?? BounceClass.None))
            .Set("@reason", first?.Reason is { } reason ? reason.Word() : null)
            .Set("@status", first?.Status)
            .Set("@code", first?.Code)
            .Set("@diagnostic", ApplyFarEnd.Clean(first?.Diagnostic))
            .Set("@format", mail.Format)
            .Set("@outcome", (short)outcome)
            .Set("@digest", digest)
            .Set("@source", Compress(envelope.Bytes))
            .ExecuteNonQueryAsync(ct);
    }

    private static byte[] Compress(ReadOnlyMemory<byte> bytes)
    {
        using var output = new MemoryStream();
        using (var deflate = new DeflateStream(output, CompressionLevel.Fastest, leaveOpen: true))
            deflate.Write(bytes.Span);
        return output.ToArray();
    }
}
