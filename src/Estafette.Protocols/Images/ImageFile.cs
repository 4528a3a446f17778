namespace Estafette.Protocols.Images;

/// <summary>The kinds of image that mail programs show.</summary>
public enum ImageKind
{
    Png = 1,
    Jpeg = 2,
    Gif = 3,
    WebP = 4,
}

/// <summary>An image as it may be published: known by its content and not by its name, and without what a camera or program wrote beside it.</summary>
/// <param name="Bytes">The file without place, camera, comments and thumbnails; the turn that a camera asks for is kept.</param>
/// <param name="IsAnimated">It has more than one frame.</param>
public sealed record ImageFile(ImageKind Kind, int Width, int Height, bool IsAnimated, byte[] Bytes)
{
    /// <summary>RFC 2045 type.</summary>
    public string ContentType => "image/" + Kind.ToString().ToLowerInvariant();

    /// <summary>Ending of its name, without a dot.</summary>
    public string Extension => Kind == ImageKind.Jpeg ? "jpg" : Kind.ToString().ToLowerInvariant();

    /// <summary>Reads the structure of the file; pixels are not decoded.</summary>
    /// <returns>Null when it is none of the known kinds, or damaged.</returns>
    public static ImageFile? Read(ReadOnlySpan<byte> file)
    {
        try
        {
            if (IsPng(file))
                return PngFile.Read(file);
            if (file.Length > 3 && file[0] == 0xFF && file[1] == 0xD8)
                return JpegFile.Read(file);
            if (file.StartsWith("GIF87a"u8) || file.StartsWith("GIF89a"u8))
                return GifFile.Read(file);
            if (file.Length > 20 && file.StartsWith("RIFF"u8) && file[8..].StartsWith("WEBP"u8))
                return WebPFile.Read(file);
            return null;
        }
        catch (ArgumentOutOfRangeException)
        {
            // A length that leads beyond the end: cut short, or made to mislead.
            return null;
        }
        catch (IndexOutOfRangeException)
        {
            return null;
        }
    }

    private static bool IsPng(ReadOnlySpan<byte> file) =>
        file.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
}
