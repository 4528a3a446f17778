using System.Diagnostics;
using System.Text;
using Estafette.Protocols.Mime;

namespace Estafette.Protocols.Tests.Mime;

public sealed class MimeMessageTests
{
    private static readonly MimeAttachment Logo = new("logo.png", "image/png", new byte[] { 1, 2, 3 }, "logo@x");
    private static readonly MimeAttachment Report = new(
        "../etc/\u00C9t\u00E9.pdf",
        "application/pdf",
        Enumerable.Range(0, 1000).Select(i => (byte)i).ToArray()
    );

    [Fact]
    public void Short_ascii_text_travels_as_7bit()
    {
        var part = Compose("Hello\nWorld", null);
        part.ContentType.ShouldBe("text/plain");
        part.TransferEncoding.ShouldBe("7bit");
        part.Text().ShouldBe("Hello\r\nWorld\r\n");
    }

    [Theory]
    [InlineData(".dot")]
    [InlineData("From me")]
    [InlineData("--x")]
    [InlineData("end ")]
    [InlineData("caf\u00E9")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345678901234567890")]
    public void Anything_fragile_is_quoted_printable(string text)
    {
        var part = Compose(text, null);
        part.TransferEncoding.ShouldBe("quoted-printable");
        part.Text().ShouldBe(text + "\r\n");
    }

    [Fact]
    public void Text_comes_before_html_in_the_alternative()
    {
        var part = Compose("text \u00E9", "<p>html \u00E9</p>");
        part.ContentType.ShouldBe("multipart/alternative");
        part.Children.Select(c => c.ContentType).ShouldBe(["text/plain", "text/html"]);
        part.Children.Select(c => c.Text()).ShouldBe(["text \u00E9", "<p>html \u00E9</p>"]);
        part.TypeParameter("boundary")!.ShouldStartWith("=_");
    }

    [Fact]
    public void Files_and_inline_images_stand_where_readers_look_for_them()
    {
        var part = Compose("t", "<img src=\"cid:logo@x\">", Logo, Report);
        part.Walk()
            .Select(p => p.ContentType)
            .ShouldBe([
                "multipart/mixed",
                "multipart/alternative",
                "text/plain",
                "multipart/related",
                "text/html",
                "image/png",
                "application/pdf",
            ]);
        var image = part.Walk().Single(p => p.ContentType == "image/png");
        (image.ContentId, image.Disposition).ShouldBe(("logo@x", "inline"));
        image.DecodeBody().ShouldBe([1, 2, 3]);
        var report = part.Walk().Last();
        (report.FileName, report.Disposition).ShouldBe(("\u00C9t\u00E9.pdf", "attachment"));
        report.DecodeBody().ShouldBe(Report.Content.ToArray());
    }

    [Fact]
    public void Html_alone_with_an_image_is_related_and_text_with_a_file_is_mixed()
    {
        Compose(null, "<p>", Logo).Walk().Select(p => p.ContentType).ShouldBe(["multipart/related", "text/html", "image/png"]);
        Compose("t", null, Report).Walk().Select(p => p.ContentType).ShouldBe(["multipart/mixed", "text/plain", "application/pdf"]);
        Compose("t", null, Logo).Walk().Select(p => p.ContentType).ShouldBe(["multipart/mixed", "text/plain", "image/png"]);
    }

    [Fact]
    public void Skeleton_and_blocks_make_one_message_per_recipient()
    {
        var skeleton = MimeSkeleton.Build(hasText: true, hasHtml: true);
        var before = QpBlock.Encode("<p>Dear ");
        var after = QpBlock.Encode(",</p>\r\n<p>\u00E9t\u00E9</p>");
        using var buffer = new MimeBuffer();
        var writer = new QuotedPrintableWriter(buffer);
        foreach (var name in new[] { "Ann", "J\u00E9r\u00F4me" })
        {
            buffer.Clear();
            MimeHeaders.WriteText(buffer, "Subject", "Hi " + name);
            buffer.Write(skeleton.Opening.Span);
            writer.Write("Dear " + name);
            writer.Finish();
            buffer.Write(skeleton.BetweenBodies.Span);
            writer.WriteBlock(before);
            writer.Write(name);
            writer.WriteBlock(after);
            writer.Finish();
            buffer.Write(skeleton.Closing.Span);
            var part = MimeReader.Read(buffer.ToArray());
            part.Field("Subject").ShouldBe("Hi " + name);
            part.Children.Select(c => c.Text()).ShouldBe([$"Dear {name}", $"<p>Dear {name},</p>\r\n<p>\u00E9t\u00E9</p>"]);
            AssertWireForm(buffer.WrittenSpan);
        }
    }

    [Fact]
    public void Attachment_cannot_inject_headers_or_claim_a_composite_type()
    {
        var part = Compose(
            "t",
            null,
            new MimeAttachment("a\r\nBcc: x.txt", "text/plain\r\nX: y", new byte[1]),
            new MimeAttachment("", "multipart/mixed", new byte[1])
        );
        part.Children.Skip(1)
            .Select(c => (c.ContentType, c.FileName))
            .ShouldBe([("application/octet-stream", " x.txt".Trim()), ("application/octet-stream", "attachment")]);
        part.Walk().SelectMany(p => p.Fields).ShouldNotContain(f => f.Name == "Bcc" || f.Name == "X");
        Should.Throw<ArgumentException>(() => Compose(null, "x", Logo with { ContentId = "a>\r\nX: y" }));
        Should.Throw<ArgumentException>(() => Compose(null, null));
    }

    [Fact]
    public async Task Python_reads_the_same_structure()
    {
        using var buffer = new MimeBuffer();
        MimeHeaders.WriteText(buffer, "Subject", "\u00C9t\u00E9 " + new string('\u00E9', 100));
        MimeMessageWriter.WriteBodies(buffer, "t\u00E9xt", "<p>\u20AC</p>", [Logo, Report]);
        const string Script = """
            import sys, email, email.policy
            m = email.message_from_bytes(bytes.fromhex(sys.stdin.read().strip()), policy=email.policy.default)
            print(ascii(m['subject']), [p.get_content_type() for p in m.walk()], ascii(m.get_body(('plain',)).get_content()), ascii([a.get_filename() for a in m.iter_attachments()]), any(p.defects for p in m.walk()))
            """;
        var start = new ProcessStartInfo("/usr/bin/python3")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(Script);
        using var python = Process.Start(start)!;
        await python.StandardInput.WriteAsync(Convert.ToHexStringLower(buffer.WrittenSpan));
        python.StandardInput.Close();
        (await python.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken))
            .Trim()
            .ShouldBe(
                $@"'\xc9t\xe9 {string.Concat(Enumerable.Repeat(@"\xe9", 100))}' ['multipart/mixed', 'multipart/alternative', 'text/plain', 'multipart/related', 'text/html', 'image/png', 'application/pdf'] 't\xe9xt' ['\xc9t\xe9.pdf'] False"
            );
    }

    private static MimePart Compose(string? text, string? html, params MimeAttachment[] files)
    {
        using var buffer = new MimeBuffer();
        MimeMessageWriter.WriteBodies(buffer, text, html, files);
        AssertWireForm(buffer.WrittenSpan);
        return MimeReader.Read(buffer.ToArray());
    }

    private static void AssertWireForm(ReadOnlySpan<byte> message)
    {
        var text = Encoding.Latin1.GetString(message);
        text.EndsWith("\r\n", StringComparison.Ordinal).ShouldBeTrue();
        text.Replace("\r\n", "", StringComparison.Ordinal).ShouldNotContain('\n');
        text.Replace("\r\n", "", StringComparison.Ordinal).ShouldNotContain('\r');
        text.Split("\r\n").ShouldAllBe(l => l.Length <= 78 && Ascii.IsValid(l));
    }
}
