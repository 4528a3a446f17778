using System.Text;
using Estafette.Core.Accounts;

namespace Estafette.Tests.Accounts;

public sealed class ImageFileTests
{
    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("<rect width='1' height='1' onload='alert(1)'/>")]
    [InlineData("<a href='javascript:alert(1)'><rect width='1' height='1'/></a>")]
    [InlineData("<use href='https://evil.example/x.svg#a'/>")]
    [InlineData("<rect fill='url(https://evil.example/x)'/>")]
    [InlineData("<rect fill='url( &quot;//evil.example/x&quot;)'/>")]
    [InlineData("<style>rect { fill: url(https://evil.example/x) }</style>")]
    [InlineData("<foreignObject><iframe xmlns='http://www.w3.org/1999/xhtml' src='https://evil.example/'/></foreignObject>")]
    [InlineData("<image href='https://evil.example/pixel.png'/>")]
    [InlineData("<animate attributeName='href' values='javascript:alert(1)'/>")]
    public void Nothing_but_drawing_remains_of_an_svg(string inner)
    {
        var image = Read($"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'>{inner}<path d='M0 0'/></svg>");
        image.Fault.ShouldBeNull();
        var text = Encoding.UTF8.GetString(image.Data);
        text.ShouldContain("<path d=\"M0 0\"");
        foreach (var word in new[] { "script", "onload", "evil", "style", "foreign", "iframe", "animate", "image" })
            text.ShouldNotContain(word);
    }

    [Theory]
    [InlineData("<html></html>")]
    [InlineData("<svg>no namespace</svg>")]
    [InlineData("<!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><svg xmlns='http://www.w3.org/2000/svg'>&x;</svg>")]
    [InlineData("<svg xmlns='http://www.w3.org/2000/svg'>")]
    [InlineData("GIF89a")]
    [InlineData("")]
    public void What_is_no_picture_is_refused(string text) => Read(text).Fault.ShouldBe("no-image");

    [Fact]
    public void Sizes_are_read_from_the_bytes_and_limited()
    {
        ImageFile.Read(Png(10, 10)).ShouldBe(new ImageFile("image/png", [], null), new SameKind());
        ImageFile.Read(Png(2001, 10)).Fault.ShouldBe("too-large");
        ImageFile.Read(new byte[ImageFile.MaxBytes + 1]).Fault.ShouldBe("too-big");
    }

    [Fact]
    public void Jpeg_loses_what_the_camera_wrote_into_it()
    {
        byte[] exif = [0xFF, 0xE1, 0x00, 0x08, .. "Paris!"u8];
        byte[] frame = [0xFF, 0xC0, 0x00, 0x0B, 8, 0, 10, 0, 10, 1, 1, 0x11, 0];
        byte[] scan = [0xFF, 0xDA, 0x00, 0x02, 1, 2, 3, 0xFF, 0xD9];
        var image = ImageFile.Read([0xFF, 0xD8, .. exif, .. frame, .. scan]);
        image.Fault.ShouldBeNull();
        image.Data.ShouldBe([0xFF, 0xD8, .. frame, .. scan]);
    }

    private static ImageFile Read(string text) => ImageFile.Read(Encoding.UTF8.GetBytes(text));

    private static byte[] Png(int width, int height) =>
        [
            0x89,
            0x50,
            0x4E,
            0x47,
            0x0D,
            0x0A,
            0x1A,
            0x0A,
            0,
            0,
            0,
            13,
            .. "IHDR"u8,
            0,
            0,
            (byte)(width >> 8),
            (byte)width,
            0,
            0,
            (byte)(height >> 8),
            (byte)height,
            8,
            6,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
        ];

    private sealed class SameKind : IEqualityComparer<ImageFile>
    {
        public bool Equals(ImageFile? x, ImageFile? y) => (x?.ContentType, x?.Fault) == (y?.ContentType, y?.Fault);

        public int GetHashCode(ImageFile obj) => 0;
    }
}
