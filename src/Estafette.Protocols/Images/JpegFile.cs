using System.Buffers.Binary;

namespace Estafette.Protocols.Images;

/// <summary>JPEG (ITU T.81 annex B): markers with a length, then scans up to the end marker.</summary>
/// <remarks>Segments APP1 to APP15 hold what cameras write; the colour profile (APP2) and Adobe's colour transform (APP14) are needed to show the picture.</remarks>
internal static class JpegFile
{
    private const byte StartOfScan = 0xDA;

    public static ImageFile? Read(ReadOnlySpan<byte> file)
    {
        var clean = new MemoryStream(file.Length);
        clean.Write([0xFF, 0xD8]);
        var (width, height, turn, at) = (0, 0, 1, 2);
        while (true)
        {
            if (file[at] != 0xFF)
                return null;
            var marker = file[at + 1];
            if (marker == 0xFF)
            {
                at++;
                continue;
            }
            var segment = file.Slice(at, 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]));
            if (segment.Length < 4)
                return null;
            if (IsFrame(marker))
                (height, width) = (BinaryPrimitives.ReadUInt16BigEndian(segment[5..]), BinaryPrimitives.ReadUInt16BigEndian(segment[7..]));
            if (marker == 0xE1 && segment[4..].StartsWith("Exif\0\0"u8))
                turn = Orientation(segment[10..]);
            if (marker == StartOfScan)
                break;
            if (IsKept(marker, segment))
                clean.Write(segment);
            at += segment.Length;
        }
        var end = file.LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xD9]);
        if (width == 0 || height == 0 || end < at)
            return null;
        var whole = new MemoryStream();
        var head = clean.ToArray();
        whole.Write(head.AsSpan(0, 2));
        if (turn is > 1 and <= 8)
            whole.Write(TurnOnly(turn));
        whole.Write(head.AsSpan(2));
        // What stands behind the end marker is no picture.
        whole.Write(file[at..(end + 2)]);
        return turn >= 5
            ? new ImageFile(ImageKind.Jpeg, height, width, false, whole.ToArray())
            : new ImageFile(ImageKind.Jpeg, width, height, false, whole.ToArray());
    }

    private static bool IsFrame(byte marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);

    private static bool IsKept(byte marker, ReadOnlySpan<byte> segment) =>
        marker switch
        {
            0xE0 or 0xEE => true,
            0xE2 => segment[4..].StartsWith("ICC_PROFILE\0"u8),
            >= 0xE1 and <= 0xEF or 0xFE => false,
            _ => true,
        };

    /// <summary>Tag 0x0112 of the first directory (Exif 2.3 §4.6.4); 1 when it is not there.</summary>
    private static int Orientation(ReadOnlySpan<byte> tiff)
    {
        var little = tiff.StartsWith("II"u8);
        int Short(ReadOnlySpan<byte> data, int at) =>
            little ? BinaryPrimitives.ReadUInt16LittleEndian(data[at..]) : BinaryPrimitives.ReadUInt16BigEndian(data[at..]);
        var directory = little ? BinaryPrimitives.ReadInt32LittleEndian(tiff[4..]) : BinaryPrimitives.ReadInt32BigEndian(tiff[4..]);
        if (directory < 8 || directory + 2 > tiff.Length)
            return 1;
        var count = Short(tiff, directory);
        for (var i = 0; i < count && directory + 14 + i * 12 <= tiff.Length; i++)
            if (Short(tiff, directory + 2 + i * 12) == 0x0112)
                return Short(tiff, directory + 10 + i * 12);
        return 1;
    }

    private static byte[] TurnOnly(int turn) =>
        [0xFF, 0xE1, 0, 34, .. "Exif\0\0MM\0*\0\0\0\u0008"u8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)turn, 0, 0, 0, 0, 0, 0];
}
