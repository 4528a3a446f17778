using System.Buffers.Binary;

namespace Estafette.Protocols.Images;

/// <summary>GIF (GIF89a specification): a screen, then blocks up to the trailer. Comments and foreign extensions go, the loop of an animation stays.</summary>
internal static class GifFile
{
    public static ImageFile? Read(ReadOnlySpan<byte> file)
    {
        var (width, height) = (BinaryPrimitives.ReadUInt16LittleEndian(file[6..]), BinaryPrimitives.ReadUInt16LittleEndian(file[8..]));
        var at = 13 + ColourTable(file[10]);
        var clean = new MemoryStream(file.Length);
        clean.Write(file[..at]);
        var frames = 0;
        while (true)
        {
            var start = at;
            switch (file[at])
            {
                case 0x3B:
                    clean.WriteByte(0x3B);
                    return width > 0 && height > 0 && frames > 0
                        ? new ImageFile(ImageKind.Gif, width, height, frames > 1, clean.ToArray())
                        : null;
                case 0x21:
                    var label = file[at + 1];
                    at = SubBlocks(file, at + 2);
                    if (label == 0xF9 || (label == 0xFF && IsLoop(file[start..])))
                        clean.Write(file[start..at]);
                    break;
                case 0x2C:
                    at += 10 + ColourTable(file[at + 9]);
                    at = SubBlocks(file, at + 1);
                    clean.Write(file[start..at]);
                    frames++;
                    break;
                default:
                    return null;
            }
        }
    }

    private static int ColourTable(byte flags) => (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);

    private static bool IsLoop(ReadOnlySpan<byte> extension) =>
        extension[3..].StartsWith("NETSCAPE2.0"u8) || extension[3..].StartsWith("ANIMEXTS1.0"u8);

    private static int SubBlocks(ReadOnlySpan<byte> file, int at)
    {
        while (file[at] != 0)
            at += 1 + file[at];
        return at + 1;
    }
}
