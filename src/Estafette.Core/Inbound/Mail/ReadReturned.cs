using System.IO.Compression;
using AngleSharp.Html.Parser;
using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Estafette.Protocols.Bounces;
using Estafette.Protocols.Mime;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Inbound.Mail;

/// <summary>A message that came back, taken apart for reading. Every text in it is hostile: encode it before showing it.</summary>
/// <param name="Mail">As it is kept.</param>
/// <param name="Recipient">Whom our message was for.</param>
/// <param name="Campaign">Its campaign.</param>
/// <param name="Report">What was understood.</param>
/// <param name="Headers">Fields of the message, decoded, in their order.</param>
/// <param name="Text">What a person reads, at most <see cref="ReadReturned.MaxText"/> characters.</param>
/// <param name="Source">The message as it came.</param>
public sealed record ReturnedContent(
    KeptMail Mail,
    string? Recipient,
    CampaignId? Campaign,
    ReturnedMail Report,
    IReadOnlyList<KeyValuePair<string, string>> Headers,
    string? Text,
    byte[] Source
);

/// <summary>Reads one message that came back.</summary>
internal static class ReadReturned
{
    public const int MaxText = 100_000;
    private const int MaxHeaders = 300;

    /// <summary>Null when the customer has no such message.</summary>
    public static async Task<ReturnedContent?> RunAsync(CustomerId customer, long id, EstafetteDb db, CancellationToken ct)
    {
        if (await db.Of<KeptMail>(customer).AsNoTracking().SingleOrDefaultAsync(m => m.Id == id, ct) is not { } mail)
            return null;
        var source = (await SourceAsync(customer, id, db, ct))!;
        var ledger = mail.DeliveryId is { } delivery
            ? await db.Of<DeliveryRecord>(customer)
                .Where(d => d.Id == delivery)
                .Select(d => new { d.Address, d.CampaignId })
                .SingleOrDefaultAsync(ct)
            : null;
        var part = MimeReader.Read(source);
        var headers = part.Fields.Take(MaxHeaders).Select(f => KeyValuePair.Create(f.Name, f.Value)).ToList();
        return new ReturnedContent(mail, ledger?.Address, ledger?.CampaignId, ReturnedMessage.Read(source), headers, TextOf(part), source);
    }

    /// <summary>The message as it came; null when the customer has no such message.</summary>
    public static async Task<byte[]?> SourceAsync(CustomerId customer, long id, EstafetteDb db, CancellationToken ct)
    {
        var packed = await db
            .Database.SqlQuery<byte[]>(
                $"SELECT source AS \"Value\" FROM inbound_messages WHERE id = {id} AND customer_id = {customer.Value}"
            )
            .ToListAsync(ct);
        if (packed.Count == 0)
            return null;
        using var output = new MemoryStream();
        await using var deflate = new DeflateStream(new MemoryStream(packed[0]), CompressionMode.Decompress);
        await deflate.CopyToAsync(output, ct);
        return output.ToArray();
    }

    private static string? TextOf(MimePart message)
    {
        var parts = message.Walk().Where(p => p.Children.Count == 0).ToList();
        var chosen =
            parts.FirstOrDefault(p => p.ContentType == "text/plain")
            ?? parts.FirstOrDefault(p => p.ContentType == "message/delivery-status");
        var text =
            chosen?.Text()
            ?? (
                parts.FirstOrDefault(p => p.ContentType == "text/html") is { } html
                    ? new HtmlParser().ParseDocument(html.Text()).Body?.TextContent.Trim()
                    : null
            );
        return text is { Length: > MaxText } ? text[..MaxText] : text;
    }
}
