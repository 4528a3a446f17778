using System.Buffers.Binary;
using System.Text;
using Estafette.Protocols.Images;

namespace Estafette.Protocols.Tests.Images;

public sealed class ImageFileTests
{
    [Fact]
    public void Png_is_known_by_its_content_and_loses_what_was_written_beside_the_picture()
    {
        var image = ImageFile.Read(Png(("IHDR", Header(300, 200)), ("tEXt", "Author\0Anne"u8.ToArray()), ("IDAT", [1, 2]), ("IEND", [])))!;
        (image.Kind, image.Width, image.Height, image.IsAnimated).ShouldBe((ImageKind.Png, 300, 200, false));
        Encoding.Latin1.GetString(image.Bytes).ShouldNotContain("Anne");
        image.ContentType.ShouldBe("image/png");
    }

    [Fact]
    public void Jpeg_loses_place_and_camera_and_keeps_its_turn()
    {
        byte[] exif = [.. "Exif\0\0II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, .. "GPS 48.85"u8];
        byte[] frame = [8, 0, 100, 0, 50, 1, 1, 0x11, 0];
        byte[] file =
        [
            0xFF,
            0xD8,
            .. Segment(0xE1, exif),
            .. Segment(0xFE, "comment"u8),
            .. Segment(0xC0, frame),
            .. Segment(0xDA, [1, 1, 0, 0, 63, 0]),
            9,
            9,
            0xFF,
            0xD9,
            .. "behind"u8,
        ];
        var image = ImageFile.Read(file)!;
        // Turned by a quarter, it is shown 100 wide and 50 high.
        (image.Kind, image.Width, image.Height).ShouldBe((ImageKind.Jpeg, 100, 50));
        var text = Encoding.Latin1.GetString(image.Bytes);
        text.ShouldNotContain("GPS");
        text.ShouldNotContain("comment");
        text.ShouldNotContain("behind");
        ImageFile.Read(image.Bytes)!.Width.ShouldBe(100);
    }

    [Fact]
    public void Animation_of_a_gif_is_kept_and_its_comment_is_not()
    {
        byte[] frame = [0x2C, 0, 0, 0, 0, 2, 0, 2, 0, 0, 2, 1, 7, 0];
        byte[] loop = [0x21, 0xFF, 11, .. "NETSCAPE2.0"u8, 3, 1, 0, 0, 0];
        byte[] comment = [0x21, 0xFE, 5, .. "Bruno"u8, 0];
        var image = ImageFile.Read([.. "GIF89a"u8, 2, 0, 3, 0, 0, 0, 0, .. loop, .. comment, .. frame, .. frame, 0x3B])!;
        (image.Kind, image.Width, image.Height, image.IsAnimated).ShouldBe((ImageKind.Gif, 2, 3, true));
        Encoding.Latin1.GetString(image.Bytes).ShouldNotContain("Bruno");
        Encoding.Latin1.GetString(image.Bytes).ShouldContain("NETSCAPE2.0");
    }

    [Theory]
    [InlineData("<svg xmlns=\"http://www.w3.org/2000/svg\"/>")]
    [InlineData("GIF89a")]
    [InlineData("")]
    public void What_is_no_whole_image_is_refused(string text) => ImageFile.Read(Encoding.Latin1.GetBytes(text)).ShouldBeNull();

    [Fact]
    public void Png_cut_anywhere_is_refused()
    {
        var whole = Png(("IHDR", Header(3, 2)), ("IDAT", [1, 2]), ("IEND", []));
        for (var length = 0; length < whole.Length; length++)
            ImageFile.Read(whole.AsSpan(0, length)).ShouldBeNull($"{length}");
    }

    private static byte[] Header(int width, int height)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        return header;
    }

    private static byte[] Png(params (string Type, byte[] Data)[] chunks)
    {
        var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        foreach (var (type, data) in chunks)
        {
            var length = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
            file.Write([.. length, .. Encoding.ASCII.GetBytes(type), .. data, 0, 0, 0, 0]);
        }
        return file.ToArray();
    }

    private static byte[] Segment(byte marker, ReadOnlySpan<byte> data) =>
        [0xFF, marker, (byte)((data.Length + 2) >> 8), (byte)(data.Length + 2), .. data];
}
