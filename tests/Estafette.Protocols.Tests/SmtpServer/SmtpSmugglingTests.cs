using Estafette.Protocols.SmtpServer;

namespace Estafette.Protocols.Tests.SmtpServer;

/// <summary>One message must never become two, nor a line of text a command.</summary>
public sealed class SmtpSmugglingTests
{
    private const string Hidden = "MAIL FROM:<admin@x.test>\r\nRCPT TO:<c@y.test>\r\nDATA\r\nhidden\r\n";

    /// <summary>Ends that are none: only CR LF dot CR LF is one (RFC 5321 §4.1.1.4).</summary>
    public static TheoryData<string> FalseEnds =>
        ["\n.\n", "\n.\r\n", "\r.\r", "\r.\r\n", "\r\n.\n", "\r\n.\r", "\r\n.\0\r\n", "\r\n\0.\r\n", "\r\n.\r\r\n", "\n\r.\r\n", "\n.\r"];

    [Theory]
    [MemberData(nameof(FalseEnds))]
    public async Task Text_goes_on_after_a_false_end_and_is_refused_at_the_true_one(string falseEnd)
    {
        await using var server = ServerUnderTest.Start();
        await using var client = await server.ConnectAsync();
        await client.SayAsync("EHLO x", "MAIL FROM:<a@x.test>", "RCPT TO:<b@y.test>", "DATA");

        await client.SendAsync("first" + falseEnd + Hidden + ".\r\nQUIT\r\n");

        var replies = await client.ReadToEndAsync();
        replies[0].ShouldStartWith("550 5.6.0");
        replies[1].ShouldStartWith("221");
        replies.Count.ShouldBe(2);
        server.Messages.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(BareLineEnds.Normalize, "\r\n")]
    [InlineData(BareLineEnds.Keep, "\n")]
    public async Task False_end_stays_text_when_bare_line_ends_are_taken(BareLineEnds choice, string kept)
    {
        await using var server = ServerUnderTest.Start(o => o with { BareLineEnds = choice });
        await using var client = await server.ConnectAsync();
        await client.SayAsync("EHLO x", "MAIL FROM:<a@x.test>", "RCPT TO:<b@y.test>", "DATA");

        await client.SendAsync("first\n.\r\n" + Hidden + ".\r\nQUIT\r\n");

        (await client.ReadToEndAsync()).Count.ShouldBe(2);
        server.Messages.Single().Text.ShouldBe("first" + kept + ".\r\n" + Hidden);
    }

    [Fact]
    public async Task Bare_line_end_in_chunks_is_refused_too()
    {
        await using var server = ServerUnderTest.Start();
        await using var client = await server.ConnectAsync();

        await client.SayAsync("EHLO x", "MAIL FROM:<a@x.test>", "RCPT TO:<b@y.test>");
        (await client.AskAsync("BDAT 5 LAST\r\na\nb")).ShouldStartWith("550 5.6.0");
        await client.SayAsync("MAIL FROM:<a@x.test>", "RCPT TO:<b@y.test>");
        await client.SendAsync("BDAT 2 LAST\r\na\r");

        (await client.ReadAsync()).ShouldStartWith("550 5.6.0");
        server.Messages.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("NOOP\nMAIL FROM:<a@x.test>\r\n")]
    [InlineData("NOOP\rMAIL FROM:<a@x.test>\r\n")]
    [InlineData("\n")]
    public async Task Command_with_another_line_end_closes_the_session(string line)
    {
        await using var server = ServerUnderTest.Start();
        await using var client = await server.ConnectAsync();
        await client.SayAsync("EHLO x");

        await client.SendAsync(line + "NOOP\r\n");

        (await client.ReadToEndAsync()).Single().ShouldStartWith("500");
    }

    [Fact]
    public async Task Text_sent_without_waiting_for_the_go_ahead_is_not_read_as_commands()
    {
        await using var server = ServerUnderTest.Start();
        await using var client = await server.ConnectAsync();
        await client.SayAsync("EHLO x");

        await client.SendAsync("MAIL FROM:<a@x.test>\r\nRCPT TO:<nobody@y.test>\r\nDATA\r\n" + Hidden + ".\r\n");

        (await client.ReadToEndAsync()).Select(r => r[..3]).ShouldBe(["250", "550", "503"]);
        server.Messages.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("POST / HTTP/1.1")]
    [InlineData("\u0016\u0003\u0001")]
    public async Task Other_protocol_is_closed_at_its_first_line(string line)
    {
        await using var server = ServerUnderTest.Start();
        await using var client = await server.ConnectAsync();

        await client.SendAsync($"{line}\r\nEHLO x\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\n");

        (await client.ReadToEndAsync()).First().ShouldStartWith("500");
        server.Messages.ShouldBeEmpty();
    }
}
