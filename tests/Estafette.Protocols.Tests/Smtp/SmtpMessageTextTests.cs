using System.Text;
using Estafette.Protocols.Smtp;
using FsCheck;
using FsCheck.Fluent;

namespace Estafette.Protocols.Tests.Smtp;

/// <summary>Which octets may go on the wire, and how dots are doubled.</summary>
public sealed class SmtpMessageTextTests
{
    [Theory]
    [InlineData("", SmtpTextFault.Empty, 0)]
    [InlineData("a\r\n", SmtpTextFault.None, 2)]
    [InlineData("a", SmtpTextFault.None, 0)]
    [InlineData("a\nb\r\n", SmtpTextFault.BareLf, 1)]
    [InlineData("\n", SmtpTextFault.BareLf, 0)]
    [InlineData("a\rb\r\n", SmtpTextFault.BareCr, 1)]
    [InlineData("a\r\r\n", SmtpTextFault.BareCr, 1)]
    [InlineData("a\r", SmtpTextFault.BareCr, 1)]
    [InlineData("a\r\n\n.\r\n", SmtpTextFault.BareLf, 3)]
    [InlineData("a\0b\r\n", SmtpTextFault.Nul, 1)]
    public void Bare_line_ends_and_nul_are_found_where_they_are(string text, SmtpTextFault fault, int at)
    {
        // The same before and after the block of 32 octets that the scan reads at once.
        foreach (var before in new[] { 0, 30, 31, 32, 63, 64, 100 })
        {
            var padded = fault == SmtpTextFault.Empty ? "" : new string('x', before) + text;
            SmtpMessageText.Inspect(Encoding.ASCII.GetBytes(padded), out var found, out _).ShouldBe(fault, $"after {before}");
            if (fault is not (SmtpTextFault.None or SmtpTextFault.Empty))
            {
                found.ShouldBe(before + at);
            }
        }
    }

    [Fact]
    public void Any_text_is_judged_as_by_the_plain_rules()
    {
        Prop.ForAll(
                Texts(),
                text =>
                {
                    var fault = SmtpMessageText.Inspect(text, out var at, out var dot);
                    return (
                        fault == Plainly(text, out var wanted)
                        && (fault == SmtpTextFault.None || at == wanted)
                        && (fault != SmtpTextFault.None || dot == HasLeadingDot(text))
                    ).ToProperty();
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(3000).WithEndSize(300));
    }

    [Fact]
    public void Stuffing_in_pieces_of_any_size_doubles_exactly_the_leading_dots()
    {
        Prop.ForAll(
                Texts().Generator.Zip(Gen.Choose(2, 50)).ToArbitrary(),
                input =>
                {
                    var (text, room) = input;
                    var result = new List<byte>();
                    ReadOnlySpan<byte> rest = text;
                    var atLineStart = true;
                    while (!rest.IsEmpty)
                    {
                        var piece = new byte[room];
                        result.AddRange(piece[..SmtpMessageText.CopyStuffed(ref rest, piece, ref atLineStart)]);
                    }

                    var wanted = ("\n" + Encoding.Latin1.GetString(text)).Replace("\n.", "\n..", StringComparison.Ordinal)[1..];
                    return (Encoding.Latin1.GetString([.. result]) == wanted).ToProperty();
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2000).WithEndSize(200));
    }

    private static Arbitrary<byte[]> Texts()
    {
        var pieces = Gen.Elements("\r\n", "\r\n", "\r\n.", ".", "x", "a line of text that is long enough", "\r", "\n", "\0");
        var clean = Gen.Elements("\r\n", "\r\n.", "\r\n..", ".", "x", "a line of text that is long enough");
        return Gen.OneOf(pieces.ListOf(), clean.ListOf()).Select(all => Encoding.ASCII.GetBytes(string.Concat(all))).ToArbitrary();
    }

    private static SmtpTextFault Plainly(byte[] text, out int at)
    {
        for (at = 0; at < text.Length; at++)
        {
            switch (text[at])
            {
                case 0:
                    return SmtpTextFault.Nul;
                case (byte)'\n' when at == 0 || text[at - 1] != '\r':
                    return SmtpTextFault.BareLf;
                case (byte)'\r' when at + 1 == text.Length || text[at + 1] != '\n':
                    return SmtpTextFault.BareCr;
            }
        }

        at = 0;
        return text.Length == 0 ? SmtpTextFault.Empty : SmtpTextFault.None;
    }

    private static bool HasLeadingDot(byte[] text) => ("\n" + Encoding.Latin1.GetString(text)).Contains("\n.", StringComparison.Ordinal);
}
