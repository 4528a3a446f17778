using System.Buffers.Binary;
using System.Text;
using System.Xml;

namespace Estafette.Core.Accounts;

/// <summary>
/// A small picture that somebody uploaded, judged by its bytes and never by its name: PNG, JPEG (both up to 2000 pixels a side; a JPEG loses
/// its metadata, which may tell where it was taken) or SVG, of which only drawing elements remain.
/// </summary>
public sealed record ImageFile(string ContentType, byte[] Data, string? Fault)
{
    public const int MaxBytes = 200_000;
    public const string Svg = "image/svg+xml";
    private const int MaxSide = 2000;

    /// <summary>The picture as it may be kept; <see cref="Fault"/> is "too-big", "no-image" or "too-large" when it may not.</summary>
    public static ImageFile Read(byte[] bytes)
    {
        if (bytes.Length > MaxBytes)
            return Refused("too-big");
        if (bytes.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
            return ReadPng(bytes);
        return bytes.AsSpan().StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) ? ReadJpeg(bytes) : ReadSvg(bytes);
    }

    private static ImageFile Refused(string fault) => new("", [], fault);

    // The header comes first: length, "IHDR", width, height (PNG specification §11.2.2).
    private static ImageFile ReadPng(byte[] bytes)
    {
        if (bytes.Length < 33 || !bytes.AsSpan(12, 4).SequenceEqual("IHDR"u8))
            return Refused("no-image");
        return Sized(
            "image/png",
            bytes,
            BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(16)),
            BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(20))
        );
    }

    private static ImageFile Sized(string type, byte[] bytes, uint width, uint height) =>
        width is 0 or > MaxSide || height is 0 or > MaxSide ? Refused("too-large") : new(type, bytes, null);

    // Segments of marker, length and content until the scan; APP1 to APP15 and comments are left out (ITU T.81 §B.1.1).
    private static ImageFile ReadJpeg(byte[] bytes)
    {
        using var kept = new MemoryStream();
        kept.Write(bytes, 0, 2);
        var (width, height) = (0u, 0u);
        for (var at = 2; at + 4 <= bytes.Length && bytes[at] == 0xFF; )
        {
            var marker = bytes[at + 1];
            var length = 2 + BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at + 2));
            if (at + length > bytes.Length || length < 4)
                break;
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC) && length >= 9)
                (height, width) = (
                    BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at + 5)),
                    BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at + 7))
                );
            if (marker == 0xDA)
            {
                kept.Write(bytes, at, bytes.Length - at);
                return Sized("image/jpeg", kept.ToArray(), width, height);
            }
            if (marker is not (>= 0xE1 and <= 0xEF or 0xFE))
                kept.Write(bytes, at, length);
            at += length;
        }
        return Refused("no-image");
    }

    private static ImageFile ReadSvg(byte[] bytes)
    {
        try
        {
            return SvgCleaner.Clean(bytes) is { } clean ? new(Svg, Encoding.UTF8.GetBytes(clean), null) : Refused("no-image");
        }
        catch (XmlException)
        {
            return Refused("no-image");
        }
    }
}
