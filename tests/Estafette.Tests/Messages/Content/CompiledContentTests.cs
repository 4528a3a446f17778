using System.Text;
using Estafette.Core.Messages.Content;
using Estafette.Protocols.Mime;

namespace Estafette.Tests.Messages.Content;

public sealed class CompiledContentTests
{
    private static readonly Dictionary<string, object?> Zoe = new(StringComparer.Ordinal)
    {
        ["first_name"] = "Zoé & Léa",
        ["id"] = "42",
        ["host"] = "a@evil",
    };

    private static readonly ProcessedContent Sample = new(
        "Bonjour {{first_name}}",
        "<html><body><p>Bonjour {{first_name}}, une ligne assez longue pour un bloc à part.</p><a href=\"{{{__link 1}}}\">A</a>"
            + "<a href=\"{{{__link 2}}}\">B</a>{{#if id}}<a href=\"{{{__unsubscribe}}}\">U</a>{{/if}}<a href=\"{{{__web}}}\">W</a>{{{__open}}}</body></html>",
        "Bonjour {{first_name}}\n[A]: {{{__link 1}}}\n{{{__unsubscribe}}}",
        [new ContentLink(1, "https://example.com/?a=1&b=2", false), new ContentLink(2, "https://example.com/{{id}}", true)]
    );

    [Fact]
    public void Each_recipient_gets_his_own_links_and_pixel()
    {
        var links = new NumberedLinks();
        var output = new StringContentOutput();
        Compile().Render(Zoe, links, output).ShouldBeNull();
        output.Get(ContentPart.Subject).ShouldBe("Bonjour Zoé & Léa");
        output.Get(ContentPart.Text).ShouldBe("Bonjour Zoé & Léa\n[A]: https://t.example/Link/1/1\nhttps://t.example/Unsubscribe/0/2");
        var html = output.Get(ContentPart.Html)!;
        html.ShouldContain("Bonjour Zoé &amp; Léa, une");
        // The number at the end counts the calls: link 1 and unsubscribe keep the URL they got in the text.
        html.ShouldContain("<a href=\"https://t.example/Link/1/1\">A</a><a href=\"https://t.example/Link/2/3\">B</a>");
        html.ShouldContain("<a href=\"https://t.example/Unsubscribe/0/2\">U</a><a href=\"https://t.example/WebVersion/0/4\">W</a>");
        html.ShouldContain("<img src=\"https://t.example/OpenPixel/0/5\" alt=\"\"");
    }

    [Fact]
    public void Untracked_links_lead_to_their_targets_and_no_pixel_is_left()
    {
        var links = new NumberedLinks { Tracks = false };
        var output = new StringContentOutput();
        Compile().Render(Zoe, links, output).ShouldBeNull();
        var html = output.Get(ContentPart.Html)!;
        html.ShouldContain("<a href=\"https://example.com/?a=1&amp;b=2\">A</a><a href=\"https://example.com/42\">B</a>");
        html.ShouldNotContain("<img");
        output.Get(ContentPart.Text)!.ShouldContain("[A]: https://example.com/?a=1&b=2\n");

        var campaign = CompiledContent.Compile(Sample, new CompileOptions { TracksClicks = false, TracksOpens = false }, out _)!;
        campaign.Render(Zoe, new NumberedLinks(), output).ShouldBeNull();
        output.Get(ContentPart.Html)!.ShouldContain("<a href=\"https://example.com/42\">B</a>");
        output.Get(ContentPart.Html)!.ShouldNotContain("OpenPixel");
    }

    [Fact]
    public void Preview_is_inert()
    {
        var (preview, failure) = Compile().RenderPreview(Zoe);
        failure.ShouldBeNull();
        preview!.Html!.ShouldContain("<a href=\"UNSUBSCRIBE_URL\">U</a><a href=\"WEB_VERSION_URL\">W</a></body>");
        preview.Text.ShouldEndWith("UNSUBSCRIBE_URL");
    }

    [Fact]
    public void Link_with_merge_fields_resolves_only_to_a_clean_web_address()
    {
        var compiled = Compile();
        compiled.ResolveLink(1, Zoe).ShouldBe("https://example.com/?a=1&b=2");
        compiled.ResolveLink(2, Zoe).ShouldBe("https://example.com/42");
        compiled.ResolveLink(3, Zoe).ShouldBeNull();
        compiled.ResolveLink(0, Zoe).ShouldBeNull();
        var hostile = Sample with { Links = [new ContentLink(1, "https://{{host}}/", true)] };
        CompiledContent.Compile(hostile with { Html = null, Text = "x" }, new CompileOptions(), out _)!.ResolveLink(1, Zoe).ShouldBeNull();
    }

    [Fact]
    public void Value_that_looks_like_a_marker_stays_text()
    {
        var compiled = Compile();
        var output = new StringContentOutput();
        compiled.Render(Zoe, new NumberedLinks(), output).ShouldBeNull();
        foreach (var text in new[] { "{{{__link 1}}}", "{{{__open}}}", "UNSUBSCRIBE_URL", "\uE000" + new string('A', 32) + "\uE100\uE100" })
        {
            var data = new Dictionary<string, object?>(StringComparer.Ordinal) { ["first_name"] = text };
            compiled.Render(data, new NumberedLinks(), output).ShouldBeNull();
            output.Get(ContentPart.Text).ShouldStartWith("Bonjour " + text + "\n");
        }
    }

    [Fact]
    public void Mime_bytes_say_the_same_as_strings()
    {
        var compiled = Compile();
        var skeleton = MimeSkeleton.Build(hasText: true, hasHtml: true);
        var output = new MimeContentOutput(skeleton);
        using var buffer = new MimeBuffer();
        var strings = new StringContentOutput();
        for (var round = 0; round < 3; round++)
        {
            buffer.Clear();
            output.Start(buffer, static (message, subject) => MimeHeaders.WriteText(message, "Subject", subject));
            compiled.Render(Zoe, new NumberedLinks(), output).ShouldBeNull();
            output.Complete();
            compiled.Render(Zoe, new NumberedLinks(), strings).ShouldBeNull();
            var message = Encoding.ASCII.GetString(buffer.WrittenSpan);
            message.ShouldStartWith("Subject: =?utf-8?", Case.Insensitive);
            var bodies = message.Split("quoted-printable\r\n\r\n");
            bodies.Length.ShouldBe(3);
            Decode(bodies[1]).ShouldStartWith(strings.Get(ContentPart.Text)!.Replace("\n", "\r\n", StringComparison.Ordinal) + "\r\n--");
            Decode(bodies[2]).ShouldStartWith(strings.Get(ContentPart.Html)! + "\r\n--");
            message.Split("\r\n").Max(line => line.Length).ShouldBeLessThanOrEqualTo(78);
        }
    }

    [Fact]
    public void Failure_of_one_recipient_leaves_the_next_untouched()
    {
        var compiled = Compile(new MergeOptions { Missing = MissingFieldPolicy.SkipRecipient });
        var output = new StringContentOutput();
        compiled.Render(new Dictionary<string, object?>(StringComparer.Ordinal), new NumberedLinks(), output)!.Field.ShouldBe("first_name");
        var big = new Dictionary<string, object?>(StringComparer.Ordinal) { ["first_name"] = new string('x', 3 << 20), ["id"] = "1" };
        compiled.Render(big, new NumberedLinks(), output)!.Kind.ShouldBe(RenderFailureKind.TooLong);
        compiled.Render(Zoe, new NumberedLinks(), output).ShouldBeNull();
        output.Get(ContentPart.Subject).ShouldBe("Bonjour Zoé & Léa");
    }

    [Fact]
    public void Content_that_does_not_compile_names_part_and_place()
    {
        CompiledContent.Compile(Sample with { Html = "<p>\n{{#if x}}" }, new CompileOptions(), out var issues).ShouldBeNull();
        issues.ShouldHaveSingleItem().ToString().ShouldStartWith("html, line 2, column 1: the block");
    }

    [Fact]
    public void Render_allocates_nothing_per_message()
    {
        var compiled = Compile();
        var output = new MimeContentOutput(MimeSkeleton.Build(hasText: true, hasHtml: true));
        using var buffer = new MimeBuffer();
        var links = new NumberedLinks();
        long spent = 0;
        for (var i = 0; i < 200; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            buffer.Clear();
            output.Start(buffer, static (_, _) => { });
            compiled.Render(Zoe, links, output).ShouldBeNull();
            output.Complete();
            spent = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        // The subject is one string; the rest is what the links of this test cost.
        spent.ShouldBeLessThan(500);
    }

    private static CompiledContent Compile(MergeOptions? merge = null)
    {
        var compiled = CompiledContent.Compile(Sample, new CompileOptions { Merge = merge ?? new MergeOptions() }, out var issues);
        issues.ShouldBeEmpty();
        return compiled!;
    }

    private static string Decode(string quotedPrintable)
    {
        var text = quotedPrintable.Replace("=\r\n", "", StringComparison.Ordinal);
        var bytes = new List<byte>();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '=' && i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1]))
            {
                bytes.Add(Convert.ToByte(text.Substring(i + 1, 2), 16));
                i += 2;
            }
            else
                bytes.Add((byte)text[i]);
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }

    private sealed class NumberedLinks : RecipientLinks
    {
        private int _calls;

        public bool Tracks { get; init; } = true;

        public override bool TracksClicks => Tracks;

        public override int WriteUrl(MarkerKind kind, int number, Span<byte> destination)
        {
            if (kind == MarkerKind.OpenPixel && !Tracks)
                return 0;
            System.Text.Unicode.Utf8.TryWrite(destination, $"https://t.example/{kind}/{number}/{++_calls}", out var written);
            return written;
        }
    }
}
