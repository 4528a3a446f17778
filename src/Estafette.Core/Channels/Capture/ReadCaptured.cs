using System.IO.Compression;
using System.Text;
using Estafette.Core.Platform;
using Estafette.Protocols.Mime;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Channels;

/// <summary>A captured message taken apart, as a mail program would.</summary>
/// <param name="Row">What the list shows.</param>
/// <param name="From">Decoded From field.</param>
/// <param name="To">Decoded To field.</param>
/// <param name="Headers">All fields in order, decoded.</param>
/// <param name="Html">HTML body; show it in a sandboxed frame only.</param>
/// <param name="Text">Plain text body.</param>
/// <param name="Attachments">Names and sizes of the other parts.</param>
/// <param name="Source">The message as it would have gone out.</param>
public sealed record CapturedContent(
    CapturedRow Row,
    string? From,
    string? To,
    IReadOnlyList<KeyValuePair<string, string>> Headers,
    string? Html,
    string? Text,
    IReadOnlyList<KeyValuePair<string, long>> Attachments,
    byte[] Source
)
{
    /// <summary>The source as text; octets that are no UTF-8 are shown as replacement characters.</summary>
    public string SourceText => Encoding.UTF8.GetString(Source);
}

/// <summary>Reads one captured message.</summary>
public static class ReadCaptured
{
    private const int MaxBytes = 64 * 1024 * 1024;

    public sealed record Request(CustomerId Customer, long Id);

    /// <returns>Null when it does not exist, belongs to another customer or is not kept any more.</returns>
    public static async Task<CapturedContent?> RunAsync(Request request, EstafetteDb db, CancellationToken ct)
    {
        var kept = await db.Of<CapturedMessage>(request.Customer).AsNoTracking().SingleOrDefaultAsync(m => m.Id == request.Id, ct);
        if (kept is null)
            return null;
        var source = await InflateAsync(kept.Source, ct);
        var row = new CapturedRow(kept.Id, kept.ServerId, kept.DeliveryId, kept.CampaignId, kept.Recipient, kept.Subject, kept.At);
        return Open(row, source);
    }

    private static CapturedContent Open(CapturedRow row, byte[] source)
    {
        MimePart root;
        try
        {
            root = MimeReader.Read(source);
        }
        catch (MimeFormatException)
        {
            return new CapturedContent(row, null, row.Recipient, [], null, null, [], source);
        }
        var leaves = root.Walk().Where(p => p.Children.Count == 0).ToList();
        var html = leaves.FirstOrDefault(p => IsBody(p, "text/html"));
        var text = leaves.FirstOrDefault(p => IsBody(p, "text/plain"));
        return new CapturedContent(
            row,
            root.Field("From"),
            root.Field("To"),
            [.. root.Fields.Select(f => new KeyValuePair<string, string>(f.Name, f.Value))],
            html?.Text(),
            text?.Text(),
            [
                .. leaves
                    .Where(p => p != html && p != text)
                    .Select(p => new KeyValuePair<string, long>(p.FileName ?? p.ContentType, p.DecodeBody().LongLength)),
            ],
            source
        );
    }

    private static bool IsBody(MimePart part, string type) =>
        part.ContentType.Equals(type, StringComparison.OrdinalIgnoreCase)
        && part.Disposition?.StartsWith("attachment", StringComparison.OrdinalIgnoreCase) != true;

    private static async Task<byte[]> InflateAsync(byte[] compressed, CancellationToken ct)
    {
        await using var inflate = new DeflateStream(new MemoryStream(compressed), CompressionMode.Decompress);
        using var plain = new MemoryStream(compressed.Length * 3);
        var block = new byte[16 * 1024];
        for (int count; plain.Length < MaxBytes && (count = await inflate.ReadAsync(block, ct)) > 0; )
            plain.Write(block, 0, count);
        return plain.ToArray();
    }
}
