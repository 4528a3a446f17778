using System.Text;
using Estafette.Protocols.Smtp;
using FsCheck;
using FsCheck.Fluent;

namespace Estafette.Protocols.Tests.Smtp;

/// <summary>Replies in all the forms that servers give them, and in none.</summary>
public sealed class SmtpReplyTests
{
    [Theory]
    [InlineData("250 2.0.0 Ok: queued as 1\r\n", 250, "2.0.0", "2.0.0 Ok: queued as 1")]
    [InlineData("250\r\n", 250, null, "")]
    [InlineData("250 \r\n", 250, null, "")]
    [InlineData("354 go\n", 354, null, "go")]
    [InlineData("550-5.1.1 no\r\n550-\r\n550 5.1.1 really\r\n", 550, "5.1.1", "5.1.1 no\n\n5.1.1 really")]
    [InlineData("452 4.2.2.1 odd\r\n", 452, null, "4.2.2.1 odd")]
    [InlineData("550 5.7.515 x\r\n", 550, "5.7.515", "5.7.515 x")]
    [InlineData("550 5.7.5155 x\r\n", 550, null, "5.7.5155 x")]
    public void Code_enhanced_status_and_whole_text_are_read(string wire, int code, string? status, string text)
    {
        var reply = Read(wire);

        reply.Code.ShouldBe(code);
        reply.EnhancedStatus?.ToString().ShouldBe(status);
        (reply.EnhancedStatus is null).ShouldBe(status is null);
        reply.Text.ShouldBe(text);
    }

    [Fact]
    public void Reply_of_several_lines_is_shown_as_it_came()
    {
        Read("250-a\r\n250-b\r\n250 c\r\n").ToString().ShouldBe("250-a\n250-b\n250 c");
    }

    [Fact]
    public void Class_of_status_that_contradicts_code_is_noticed_and_code_wins()
    {
        var reply = Read("450 5.1.1 unsure\r\n");

        reply.EnhancedStatusContradicts.ShouldBeTrue();
        reply.IsTransient.ShouldBeTrue();
    }

    [Fact]
    public void Control_characters_and_nul_never_reach_the_text()
    {
        Read("550 a\0b\u001b[31mc\r\n").Text.ShouldBe("550 a b [31mc"[4..]);
    }

    [Fact]
    public void Text_that_is_not_utf8_is_read_as_latin1()
    {
        SmtpReply.FromWire(550, [.. "550 refus\u00e9\r\n".Select(c => (byte)c)]).Text.ShouldBe("refus\u00e9");
    }

    [Theory]
    [InlineData("hello\r\n")]
    [InlineData("H")]
    [InlineData("25\r\n")]
    [InlineData("150 no such class\r\n")]
    [InlineData("650 no such class\r\n")]
    [InlineData("250x\r\n")]
    [InlineData("250-a\r\n251 b\r\n")]
    [InlineData("\r\n")]
    public void Garbage_is_refused(string wire)
    {
        new SmtpReplyScanner().Scan(Encoding.ASCII.GetBytes(wire)).ShouldBe(SmtpScan.Malformed);
    }

    [Fact]
    public void Line_and_reply_beyond_their_limits_are_refused_before_their_end()
    {
        new SmtpReplyScanner().Scan(Encoding.ASCII.GetBytes("250 " + new string('x', 4092))).ShouldBe(SmtpScan.Malformed);
        Feed(string.Concat(Enumerable.Repeat("250-x\r\n", 101))).ShouldBe(SmtpScan.Malformed);
        Feed(string.Concat(Enumerable.Repeat("250-" + new string('x', 3000) + "\r\n", 30))).ShouldBe(SmtpScan.Malformed);
        Feed(string.Concat(Enumerable.Repeat("250-x\r\n", 99)) + "250 x\r\n").ShouldBe(SmtpScan.Complete);
    }

    [Fact]
    public void Any_octets_in_any_pieces_are_read_alike_and_never_beyond_the_limits()
    {
        var octet = Gen.Elements("0123456789 -\r\n25ax\0\u00ff".Select(c => (byte)c).ToArray());
        var arbitrary = octet.ArrayOf().SelectMany(_ => Gen.Choose(1, 7), (bytes, piece) => (Prefix: bytes, piece)).ToArbitrary();
        Prop.ForAll(
                arbitrary,
                input =>
                {
                    byte[] all = [.. "250-a\r\n"u8, .. input.Prefix];
                    return (
                        Whole(all) == InPieces(all, input.piece) && Whole(input.Prefix) == InPieces(input.Prefix, input.piece)
                    ).ToProperty();
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2000).WithEndSize(200));
    }

    private static (SmtpScan, int, int) Whole(byte[] bytes)
    {
        var scanner = new SmtpReplyScanner();
        var result = scanner.Scan(bytes);
        return Verdict(result, scanner);
    }

    private static (SmtpScan, int, int) InPieces(byte[] bytes, int piece)
    {
        var scanner = new SmtpReplyScanner();
        for (var end = Math.Min(piece, bytes.Length); ; end = Math.Min(end + piece, bytes.Length))
        {
            var result = scanner.Scan(bytes.AsSpan(0, end));
            if (result != SmtpScan.NeedMore || end == bytes.Length)
            {
                return Verdict(result, scanner);
            }
        }
    }

    private static (SmtpScan, int, int) Verdict(SmtpScan result, in SmtpReplyScanner scanner) =>
        result == SmtpScan.Complete ? (result, scanner.Code, scanner.Length) : (result, 0, 0);

    private static SmtpScan Feed(string wire) => new SmtpReplyScanner().Scan(Encoding.ASCII.GetBytes(wire));

    private static SmtpReply Read(string wire)
    {
        var bytes = Encoding.UTF8.GetBytes(wire);
        var scanner = new SmtpReplyScanner();
        scanner.Scan(bytes).ShouldBe(SmtpScan.Complete);
        scanner.Length.ShouldBe(bytes.Length);
        return SmtpReply.FromWire(scanner.Code, bytes);
    }
}
