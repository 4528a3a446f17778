using System.Buffers.Binary;
using System.Text;

namespace Estafette.Protocols.Images;

/// <summary>WebP (RFC 9649): RIFF chunks. What a camera wrote (EXIF, XMP) goes, and the flags that announce it.</summary>
internal static class WebPFile
{
    public static ImageFile? Read(ReadOnlySpan<byte> file)
    {
        var clean = new MemoryStream(file.Length);
        clean.Write(file[..12]);
        var (width, height, animated, pictures, at) = (0, 0, false, 0, 12);
        while (at + 8 <= file.Length)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(file[(at + 4)..]);
            if (length < 0)
                return null;
            var padded = Math.Min(8 + length + (length & 1), file.Length - at);
            var chunk = file.Slice(at, padded);
            var data = chunk.Slice(8, length);
            var type = Encoding.ASCII.GetString(chunk[..4]);
            at += padded;
            if (type is "EXIF" or "XMP ")
                continue;
            pictures += type is "VP8 " or "VP8L" or "ANMF" ? 1 : 0;
            animated |= type == "ANIM";
            if (width == 0)
                (width, height) = Size(type, data);
            clean.Write(chunk);
            if (type == "VP8X")
                clean.GetBuffer()[clean.Length - chunk.Length + 8] &= 0xF3;
        }
        var bytes = clean.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), bytes.Length - 8);
        return width > 0 && height > 0 && pictures > 0 ? new ImageFile(ImageKind.WebP, width, height, animated, bytes) : null;
    }

    private static (int, int) Size(string type, ReadOnlySpan<byte> data)
    {
        switch (type)
        {
            case "VP8X":
                return (1 + Three(data[4..]), 1 + Three(data[7..]));
            case "VP8L":
                var bits = BinaryPrimitives.ReadUInt32LittleEndian(data[1..]);
                return (1 + (int)(bits & 0x3FFF), 1 + (int)((bits >> 14) & 0x3FFF));
            case "VP8 ":
                return (
                    BinaryPrimitives.ReadUInt16LittleEndian(data[6..]) & 0x3FFF,
                    BinaryPrimitives.ReadUInt16LittleEndian(data[8..]) & 0x3FFF
                );
            default:
                return (0, 0);
        }
    }

    private static int Three(ReadOnlySpan<byte> data) => data[0] | data[1] << 8 | data[2] << 16;
}
