using System.Diagnostics;
using System.Globalization;
using System.Text;
using Estafette.Protocols.Mime;

namespace Estafette.Protocols.Tests.Mime;

public sealed class QuotedPrintableWriterTests
{
    private const string Alphabet = "abcdefgh ABC F..  \t\t=&<>\r\n\n\r-_\u00E9\u00E8\u20AC\u7528\uD83D\uDE00\uD83D\uDE00\0\u007F";

    [Theory]
    [InlineData("hello", "hello")]
    [InlineData("caf\u00E9", "caf=C3=A9")]
    [InlineData("a=b", "a=3Db")]
    [InlineData(".dot", "=2Edot")]
    [InlineData("From me", "=46rom me")]
    [InlineData("a\nb\rc\r\nd", "a\r\nb\r\nc\r\nd")]
    [InlineData("end \r\nx\t", "end=20\r\nx=09")]
    [InlineData("\uD83D\uDE00", "=F0=9F=98=80")]
    [InlineData("", "")]
    public void Text_is_encoded_as_RFC_2045_says(string text, string expected) => Encode(w => w.Write(text)).ShouldBe(expected);

    [Fact]
    public void Lone_surrogate_becomes_the_replacement_character() => Encode(w => w.Write("\uD83D.")).ShouldBe("=EF=BF=BD.");

    [Fact]
    public void Line_of_75_stays_whole_and_a_longer_one_is_broken_softly()
    {
        Encode(w => w.Write(new string('a', 75))).ShouldBe(new string('a', 75));
        Encode(w => w.Write(new string('a', 76))).ShouldBe(new string('a', 75) + "=\r\na");
    }

    [Fact]
    public void Block_after_text_starts_on_a_new_soft_line_and_is_copied()
    {
        var block = QpBlock.Encode("<p>constant</p>");
        Encode(w =>
            {
                w.WriteBlock(block);
                w.Write("Bob ");
                w.WriteBlock(block);
            })
            .ShouldBe("<p>constant</p>Bob =\r\n<p>constant</p>");
    }

    [Fact]
    public void Trailing_space_of_a_block_is_protected_when_a_line_end_follows()
    {
        var block = QpBlock.Encode("Dear ");
        Encode(w =>
            {
                w.WriteBlock(block);
                w.Write("\r\nx");
            })
            .ShouldBe("Dear=20\r\nx");
    }

    [Fact]
    public void Characters_and_line_ends_cut_between_pieces_are_joined()
    {
        Encode(w =>
            {
                w.WriteBlock(QpBlock.Encode("a\uD83D"));
                w.WriteBlock(QpBlock.Encode("\uDE00b\r"));
                w.WriteBlock(QpBlock.Encode("\nc"));
                w.Write("\r");
                w.Write("\nd");
            })
            .ShouldBe("a=F0=9F=98=80=\r\nb\r\nc\r\nd");
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public void Any_sequence_of_blocks_and_texts_decodes_to_the_normalised_text(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 4000; i++)
        {
            var (pieces, encoded) = RandomBody(random);
            var normalised = Normalise(string.Concat(pieces));
            AssertShape(encoded, string.Join("|", pieces));
            Encoding.UTF8.GetString(Decode(encoded)).ShouldBe(normalised, string.Join("|", pieces));
        }
    }

    [Fact]
    public async Task Python_decodes_the_same_text()
    {
        var random = new Random(99);
        var bodies = Enumerable.Range(0, 300).Select(_ => RandomBody(random)).ToArray();
        var start = new ProcessStartInfo("/usr/bin/python3")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("import sys,quopri\nfor l in sys.stdin: print(quopri.decodestring(bytes.fromhex(l.strip())).hex())");
        using var python = Process.Start(start)!;
        var reading = python.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        foreach (var (_, encoded) in bodies)
            await python.StandardInput.WriteLineAsync(Convert.ToHexStringLower(Encoding.ASCII.GetBytes(encoded)));
        python.StandardInput.Close();
        var decoded = (await reading).Split('\n');
        for (var i = 0; i < bodies.Length; i++)
            Encoding.UTF8.GetString(Convert.FromHexString(decoded[i])).ShouldBe(Normalise(string.Concat(bodies[i].Pieces)));
    }

    private static (List<string> Pieces, string Encoded) RandomBody(Random random)
    {
        var pieces = new List<string>();
        var encoded = Encode(writer =>
        {
            for (var n = random.Next(1, 7); n > 0; n--)
            {
                var length = random.Next(3) == 0 ? random.Next(60, 90) : random.Next(0, 14);
                var piece = string.Concat(Enumerable.Range(0, length).Select(_ => Alphabet[random.Next(Alphabet.Length)]));
                pieces.Add(piece);
                if (random.Next(2) == 0)
                    writer.Write(piece);
                else
                    writer.WriteBlock(QpBlock.Encode(piece));
            }
        });
        return (pieces, encoded);
    }

    private static string Encode(Action<QuotedPrintableWriter> write)
    {
        using var buffer = new MimeBuffer(16);
        var writer = new QuotedPrintableWriter(buffer);
        write(writer);
        writer.Finish();
        return Encoding.Latin1.GetString(buffer.WrittenSpan);
    }

    private static string Normalise(string text) =>
        Encoding.UTF8.GetString(
            Encoding.UTF8.GetBytes(
                text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Replace("\n", "\r\n", StringComparison.Ordinal)
            )
        );

    private static void AssertShape(string encoded, string context)
    {
        foreach (var line in encoded.Split("\r\n"))
        {
            line.Length.ShouldBeLessThanOrEqualTo(76, context);
            line.All(c => c is >= ' ' and <= '~' or '\t').ShouldBeTrue(context);
            if (line.Length > 0)
                line[^1].ShouldNotBeOneOf([' ', '\t'], context);
            line.StartsWith('.').ShouldBeFalse(context);
            line.StartsWith("From ", StringComparison.Ordinal).ShouldBeFalse(context);
        }
    }

    // Decoder of its own, strict: refuses what RFC 2045 §6.7 does not allow.
    private static byte[] Decode(string encoded)
    {
        var bytes = new List<byte>();
        for (var i = 0; i < encoded.Length; i++)
        {
            if (encoded[i] != '=')
            {
                bytes.Add((byte)encoded[i]);
                continue;
            }
            var next = encoded.Substring(i + 1, 2);
            if (next != "\r\n")
                bytes.Add(byte.Parse(next, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
            i += 2;
        }
        return [.. bytes];
    }
}
