using System.Text;
using System.Text.Unicode;

namespace Estafette.Core.Contacts.Import;

/// <summary>Which encoding a file is written in.</summary>
internal static class DetectFileEncoding
{
    /// <summary>Bytes looked at together.</summary>
    public const int PieceBytes = 64 * 1024;
    private const int SearchedBytes = 64 * 1024 * 1024;

    /// <summary>By the mark at its beginning, by zeros, by whether it is well-formed UTF-8; else the encoding of old spreadsheets.</summary>
    /// <param name="path">The whole file.</param>
    /// <param name="sample">Its first <see cref="PieceBytes"/> bytes.</param>
    public static FileEncoding Run(string path, ReadOnlySpan<byte> sample)
    {
        if (sample.StartsWith("\uFEFF"u8))
            return FileEncoding.Utf8;
        if (sample.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]))
            return FileEncoding.Utf16LittleEndian;
        if (sample.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            return FileEncoding.Utf16BigEndian;
        var (evenZeros, oddZeros) = Zeros(sample);
        var half = Math.Min(sample.Length, 4096) / 2;
        if (oddZeros > half / 2 && evenZeros < half / 10)
            return FileEncoding.Utf16LittleEndian;
        if (evenZeros > half / 2 && oddZeros < half / 10)
            return FileEncoding.Utf16BigEndian;
        return IsUtf8(path) ? FileEncoding.Utf8 : FileEncoding.Windows1252;
    }

    // The first accented letter may stand far down the file. A piece may end inside a character, which then begins the next piece.
    private static bool IsUtf8(string path)
    {
        using var file = File.OpenRead(path);
        var piece = new byte[PieceBytes];
        var kept = 0;
        for (long searched = 0; searched < SearchedBytes; )
        {
            var read = file.ReadAtLeast(piece.AsSpan(kept), piece.Length - kept, throwOnEndOfStream: false);
            searched += read;
            var filled = piece.AsSpan(0, kept + read);
            if (filled.Length < piece.Length)
                return Utf8.IsValid(filled);
            var whole = WithoutCutCharacter(filled);
            if (!Utf8.IsValid(whole))
                return false;
            kept = filled.Length - whole.Length;
            filled[whole.Length..].CopyTo(piece);
        }
        return true;
    }

    private static (int Even, int Odd) Zeros(ReadOnlySpan<byte> sample)
    {
        var (even, odd) = (0, 0);
        for (var i = 0; i < Math.Min(sample.Length, 4096); i++)
        {
            if (sample[i] == 0)
                _ = i % 2 == 0 ? even++ : odd++;
        }
        return (even, odd);
    }

    // Up to the last byte that begins a character.
    private static ReadOnlySpan<byte> WithoutCutCharacter(ReadOnlySpan<byte> piece)
    {
        var end = piece.Length - 1;
        while (end > piece.Length - 4 && (piece[end] & 0xC0) == 0x80)
            end--;
        return piece[..end];
    }

    /// <summary>What is probably wrong with a chosen encoding; null when nothing is.</summary>
    public static ImportReason? Contradiction(ReadOnlySpan<byte> sample, FileEncoding found, FileEncoding chosen)
    {
        var plain = Ascii.IsValid(sample) && found == FileEncoding.Utf8;
        if (found == chosen || (plain && chosen is FileEncoding.Utf8 or FileEncoding.Windows1252))
            return null;
        return ImportReason.Of("encoding-looks", found, chosen);
    }

    /// <summary>No text at all.</summary>
    public static bool IsBinary(ReadOnlySpan<byte> sample, FileEncoding encoding) =>
        encoding is FileEncoding.Utf8 or FileEncoding.Windows1252 && sample.Contains((byte)0);
}
