using System.Buffers.Binary;
using System.Text;

namespace Estafette.Protocols.Images;

/// <summary>PNG (RFC 2083, W3C PNG 3): a signature, then chunks of length, type, data and checksum.</summary>
internal static class PngFile
{
    private const string Kept = "IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP sBIT bKGD pHYs acTL fcTL fdAT";

    public static ImageFile? Read(ReadOnlySpan<byte> file)
    {
        var clean = new MemoryStream(file.Length);
        clean.Write(file[..8]);
        var (width, height, animated, at) = (0, 0, false, 8);
        while (at < file.Length)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(file[at..]);
            if (length < 0)
                return null;
            var chunk = file.Slice(at, 12 + length);
            var type = Encoding.ASCII.GetString(chunk.Slice(4, 4));
            if (type == "IHDR")
                (width, height) = (BinaryPrimitives.ReadInt32BigEndian(chunk[8..]), BinaryPrimitives.ReadInt32BigEndian(chunk[12..]));
            else if (width == 0)
                return null;
            animated |= type == "acTL";
            if (Kept.Contains(type, StringComparison.Ordinal))
                clean.Write(chunk);
            at += chunk.Length;
            if (type == "IEND")
                return width > 0 && height > 0 ? new ImageFile(ImageKind.Png, width, height, animated, clean.ToArray()) : null;
        }
        return null;
    }
}
