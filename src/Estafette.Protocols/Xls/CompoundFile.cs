using System.Buffers.Binary;
using System.Text;

namespace Estafette.Protocols.Xls;

/// <summary>
/// A compound file with one stream ([MS-CFB] version 3): header, the sectors of the stream, one sector of directory, the allocation table (FAT), and the
/// table of its sectors (DIFAT) when the 109 places of the header are not enough.
/// </summary>
internal static class CompoundFile
{
    private const int Sector = 512;
    private const int PerFat = Sector / 4;
    private const int PerDifat = PerFat - 1;
    private const int InHeader = 109;

    /// <summary>Streams below it would have to go into the mini stream; they are filled up with zeros instead.</summary>
    private const int LeastStream = 4096;

    private const uint Free = 0xFFFFFFFF,
        EndOfChain = 0xFFFFFFFE,
        FatSector = 0xFFFFFFFD,
        DifatSector = 0xFFFFFFFC;

    public static byte[] Write(string name, byte[] content)
    {
        var length = Math.Max(content.Length, LeastStream);
        var data = (length + Sector - 1) / Sector;
        var (fats, difats) = Tables(data + 1);
        var directory = data;
        var firstFat = directory + 1;
        var firstDifat = firstFat + fats;
        var file = new byte[Sector * (1 + data + 1 + fats + difats)];
        Header(file, (uint)directory, firstFat, fats, firstDifat, difats);
        content.CopyTo(file, Sector);
        Directory(file.AsSpan(Sector * (1 + directory)), name, (uint)length);
        Fat(file.AsSpan(Sector * (1 + firstFat), Sector * fats), data, fats, difats);
        Difat(file, firstFat, fats, firstDifat, difats);
        return file;
    }

    /// <summary>How many sectors the tables need, which have to list themselves too.</summary>
    private static (int Fats, int Difats) Tables(int others)
    {
        for (var fats = 1; ; fats++)
        {
            var difats = fats <= InHeader ? 0 : (fats - InHeader + PerDifat - 1) / PerDifat;
            if (others + fats + difats <= fats * PerFat)
                return (fats, difats);
        }
    }

    private static void Header(Span<byte> file, uint directory, int firstFat, int fats, int firstDifat, int difats)
    {
        ReadOnlySpan<byte> signature = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
        signature.CopyTo(file);
        BinaryPrimitives.WriteUInt16LittleEndian(file[24..], 0x003E);
        BinaryPrimitives.WriteUInt16LittleEndian(file[26..], 0x0003);
        BinaryPrimitives.WriteUInt16LittleEndian(file[28..], 0xFFFE);
        BinaryPrimitives.WriteUInt16LittleEndian(file[30..], 9);
        BinaryPrimitives.WriteUInt16LittleEndian(file[32..], 6);
        Word(file, 44, (uint)fats);
        Word(file, 48, directory);
        Word(file, 56, LeastStream);
        Word(file, 60, EndOfChain);
        Word(file, 68, difats == 0 ? EndOfChain : (uint)firstDifat);
        Word(file, 72, (uint)difats);
        for (var i = 0; i < InHeader; i++)
            Word(file, 76 + 4 * i, i < fats ? (uint)(firstFat + i) : Free);
    }

    private static void Directory(Span<byte> sector, string name, uint length)
    {
        // The root (kind 5) has no mini stream; its child is entry 1, the stream (kind 2). Both are black.
        Entry(sector, "Root Entry", 5, child: 1, EndOfChain, 0);
        Entry(sector[128..], name, 2, child: Free, 0, length);
        for (var i = 2; i < 4; i++)
            Entry(sector[(128 * i)..], "", 0, child: Free, 0, 0);
    }

    private static void Entry(Span<byte> entry, string name, byte kind, uint child, uint start, uint length)
    {
        Encoding.Unicode.GetBytes(name, entry);
        BinaryPrimitives.WriteUInt16LittleEndian(entry[64..], (ushort)(name.Length == 0 ? 0 : (name.Length + 1) * 2));
        (entry[66], entry[67]) = (kind, 1);
        Word(entry, 68, Free);
        Word(entry, 72, Free);
        Word(entry, 76, child);
        Word(entry, 116, start);
        Word(entry, 120, length);
    }

    private static void Fat(Span<byte> fat, int data, int fats, int difats)
    {
        fat.Fill(0xFF);
        for (var i = 0; i < data; i++)
            Word(fat, 4 * i, i == data - 1 ? EndOfChain : (uint)(i + 1));
        Word(fat, 4 * data, EndOfChain);
        for (var i = 0; i < fats; i++)
            Word(fat, 4 * (data + 1 + i), FatSector);
        for (var i = 0; i < difats; i++)
            Word(fat, 4 * (data + 1 + fats + i), DifatSector);
    }

    private static void Difat(Span<byte> file, int firstFat, int fats, int firstDifat, int difats)
    {
        for (var i = 0; i < difats; i++)
        {
            var sector = file.Slice(Sector * (1 + firstDifat + i), Sector);
            for (var j = 0; j < PerDifat; j++)
            {
                var fat = InHeader + i * PerDifat + j;
                Word(sector, 4 * j, fat < fats ? (uint)(firstFat + fat) : Free);
            }
            Word(sector, 4 * PerDifat, i == difats - 1 ? EndOfChain : (uint)(firstDifat + i + 1));
        }
    }

    private static void Word(Span<byte> target, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(target[at..], value);
}
