using System.Diagnostics;
using Estafette.Protocols.Bounces;
using FsCheck;
using FsCheck.Fluent;

namespace Estafette.Protocols.Tests.Bounces;

public sealed class ReturnedMessageFuzzTests
{
    // Far above any real time (a message takes well under a millisecond): only a hang passes it.
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(20);

    private static readonly byte[][] Files =
    [
        .. Directory.GetFiles(ReturnedMessageTests.Folder(), "*.eml").Order(StringComparer.Ordinal).Select(File.ReadAllBytes),
    ];

    [Fact]
    public void Damaged_messages_neither_throw_nor_hang()
    {
        var random = new Random(20250505);
        foreach (var file in Files)
        {
            for (var round = 0; round < 40; round++)
                Read(Damage(file, random));
        }
    }

    [Fact]
    public void Messages_cut_anywhere_are_read()
    {
        foreach (var file in Files)
        {
            for (var length = 0; length < file.Length; length += 97)
                Read(file[..length]);
        }
    }

    [Fact]
    public void Spliced_messages_are_read()
    {
        var random = new Random(7);
        for (var round = 0; round < 1500; round++)
        {
            var a = Files[random.Next(Files.Length)];
            var b = Files[random.Next(Files.Length)];
            Read([.. a.AsSpan(0, random.Next(a.Length)), .. b.AsSpan(random.Next(b.Length))]);
        }
    }

    [Fact]
    public void Any_text_is_classified() =>
        Prop.ForAll<string?, int, string?>((text, code, status) => ReplyClassifier.Classify(code, status, text ?? "").Rule is not null)
            .QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("<")]
    [InlineData("@")]
    [InlineData("a@")]
    [InlineData("a@b.test ")]
    [InlineData("\r\n")]
    [InlineData("<a@b.test>:\n")]
    [InlineData("550-")]
    [InlineData("550 5.1.1 ")]
    [InlineData("=?utf-8?Q?=")]
    [InlineData("\\x{")]
    [InlineData("&lt;")]
    [InlineData("<script>")]
    [InlineData("Final-Recipient: rfc822; a@b.test\n")]
    [InlineData("--b\n")]
    [InlineData("é")]
    public void Repetition_of_one_thing_takes_no_longer_than_its_length(string piece)
    {
        var body = string.Concat(Enumerable.Repeat(piece, 900_000 / piece.Length));
        foreach (
            var header in (string[])
                [
                    "From: MAILER-DAEMON@x.test\nSubject: failure notice\n\n",
                    "From: MAILER-DAEMON@x.test\nSubject: failure notice\nContent-Type: text/html\n\n",
                    "Content-Type: message/delivery-status\n\n",
                    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n",
                    "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/feedback-report\n\nOriginal-Rcpt-To: ",
                    "Subject: ",
                    "To: ",
                    "References: ",
                ]
        )
            Read(System.Text.Encoding.UTF8.GetBytes(header + body));
    }

    private static void Read(byte[] message)
    {
        var clock = Stopwatch.StartNew();
        ReturnedMessage.Read(message).ShouldNotBeNull();
        clock.Elapsed.ShouldBeLessThan(Hang);
    }

    private static byte[] Damage(byte[] file, Random random)
    {
        var bytes = file.ToList();
        for (var i = random.Next(1, 12); i > 0 && bytes.Count > 4; i--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 60), bytes.Count - at));
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 200), bytes.Count - at)));
                    break;
                case 3:
                    bytes.Insert(at, (byte)"\n\r:;<>@=-"[random.Next(9)]);
                    break;
                default:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }
        return [.. bytes];
    }
}
