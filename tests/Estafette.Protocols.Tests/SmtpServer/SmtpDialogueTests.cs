using System.Text;
using Estafette.Protocols.Smtp;

namespace Estafette.Protocols.Tests.SmtpServer;

/// <summary>Orderly dialogues, and disorderly ones that get a reply.</summary>
public sealed class SmtpDialogueTests
{
    [Fact]
    public async Task Message_arrives_with_its_envelope_and_without_stuffing()
    {
        await using var server = ServerUnderTest.Start();
        await using var client = await server.ConnectAsync();

        (await client.AskAsync("EHLO client.test")).ShouldStartWith("250-mx.test\n250-PIPELINING");
        await client.SayAsync("MAIL FROM:<a@x.test> SIZE=40 BODY=8BITMIME", "RCPT TO:<b@y.test>", "RCPT TO:<c@y.test>", "DATA");
        (await client.AskAsync("Subject: x\r\n\r\n..one\r\n...two\r\n.three\r\n.")).ShouldBe("250 2.0.0 Kept");
        (await client.AskAsync("QUIT")).ShouldBe("221 2.0.0 Goodbye");
        (await client.ReadAsync()).ShouldBe("");

        var kept = server.Messages.Single();
        kept.From.ShouldBe("a@x.test");
        kept.To.ShouldBe(["b@y.test", "c@y.test"]);
        kept.Text.ShouldBe("Subject: x\r\n\r\n.one\r\n..two\r\nthree\r\n");
        kept.Transaction.Is8Bit.ShouldBeTrue();
        kept.Transaction.AnnouncedBytes.ShouldBe(40);
        kept.Transaction.Peer.HelloName.ShouldBe("client.test");
    }

    [Fact]
    public async Task Extensions_are_offered_as_far_as_they_are_possible()
    {
        await using var server = ServerUnderTest.Start(o => o with { OffersDsn = true });
        await using var client = await server.ConnectAsync();

        var offered = (await client.AskAsync("EHLO x")).Split('\n').Select(l => l[4..]).ToArray();

        offered.ShouldBe(["mx.test", "PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "CHUNKING", $"SIZE {25 << 20}", "DSN"]);
        (await client.AskAsync("HELO x")).ShouldBe("250 mx.test");
    }

    [Fact]
    public async Task Pipelined_groups_are_answered_in_order_with_refusals_in_between()
    {
        await using var server = ServerUnderTest.Start();
        await using var client = await server.ConnectAsync();
        await client.SayAsync("EHLO x");

        await client.SendAsync("MAIL FROM:<a@x.test>\r\nRCPT TO:<nobody@y.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n");
        string[] replies = [await client.ReadAsync(), await client.ReadAsync(), await client.ReadAsync(), await client.ReadAsync()];
        await client.SendAsync("one\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<c@y.test>\r\nDATA\r\n");
        string[] second = [await client.ReadAsync(), await client.ReadAsync(), await client.ReadAsync(), await client.ReadAsync()];
        await client.SendAsync("two\r\n.\r\nQUIT\r\n");
        var last = await client.ReadToEndAsync();

        replies.Select(r => r[..3]).ShouldBe(["250", "550", "250", "354"]);
        second.Select(r => r[..3]).ShouldBe(["250", "250", "250", "354"]);
        last.Select(r => r[..3]).ShouldBe(["250", "221"]);
        server
            .Messages.Select(m => (m.From, m.To.Single(), m.Text))
            .ShouldBe([("a@x.test", "b@y.test", "one\r\n"), ("", "c@y.test", "two\r\n")]);
    }

    [Fact]
    public async Task Every_octet_alone_makes_the_same_message()
    {
        await using var server = ServerUnderTest.Start();
        await using var client = await server.ConnectAsync();
        await client.SayAsync("EHLO x", "MAIL FROM:<a@x.test>", "RCPT TO:<b@y.test>", "DATA");

        foreach (var octet in Encoding.ASCII.GetBytes("..a\r\n.b\r\n\r\n.\r\n"))
        {
            await client.SendAsync([octet]);
        }

        (await client.ReadAsync()).ShouldStartWith("250");
        server.Messages.Single().Text.ShouldBe(".a\r\nb\r\n\r\n");
    }

    [Theory]
    [InlineData("MAIL FROM:<a@x.test>", "503")]
    [InlineData("EHLO", "501")]
    [InlineData("EHLO two words", "501")]
    [InlineData("EHLO x|RCPT TO:<b@y.test>", "503")]
    [InlineData("EHLO x|DATA", "503")]
    [InlineData("EHLO x|MAIL FROM:a@x.test", "501")]
    [InlineData("EHLO x|MAIL FROM:<a@x.test", "501")]
    [InlineData("EHLO x|MAIL FROM:<a@@x.test>", "501")]
    [InlineData("EHLO x|MAIL FROM:<a b@x.test>", "501")]
    [InlineData("EHLO x|MAIL FROM:<a@-x.test>", "501")]
    [InlineData("EHLO x|MAIL FROM:<a..b@x.test>", "501")]
    [InlineData("EHLO x|MAIL FROM:<a@x.test> WHAT=1", "555")]
    [InlineData("EHLO x|MAIL FROM:<a@x.test> SIZE=x", "501")]
    [InlineData("EHLO x|MAIL FROM:<a@x.test> SIZE=1 SIZE=1", "501")]
    [InlineData("EHLO x|MAIL FROM:<a@x.test> BODY=BINARYMIME", "501")]
    [InlineData("EHLO x|MAIL FROM:<a@x.test> SIZE=99999999999", "552")]
    [InlineData("EHLO x|MAIL FROM:<\u00e9@x.test>", "553")]
    [InlineData("EHLO x|MAIL FROM:<a@x.test>|MAIL FROM:<a@x.test>", "503")]
    [InlineData("EHLO x|MAIL FROM:<a@x.test>|DATA", "503")]
    [InlineData("EHLO x|MAIL FROM:<a@x.test>|RCPT TO:<>", "501")]
    [InlineData("EHLO x|MAIL FROM:<a@x.test>|RCPT TO:<b>", "501")]
    [InlineData("EHLO x|MAIL FROM:<a@x.test>|RCPT TO:<b@y.test> NOTIFY=NEVER,DELAY", "501")]
    [InlineData("EHLO x|MAIL FROM:<a@x.test>|RCPT TO:<b@y.test>|DATA now", "501")]
    [InlineData("EHLO x|STARTTLS", "502")]
    [InlineData("EHLO x|AUTH PLAIN", "502")]
    [InlineData("EHLO x|EXPN list", "502")]
    [InlineData("EHLO x|XFOO", "500")]
    [InlineData("EHLO x|NO\u0001OP", "500")]
    public async Task Commands_out_of_place_or_malformed_are_refused_and_the_session_goes_on(string lines, string code)
    {
        await using var server = ServerUnderTest.Start();
        await using var client = await server.ConnectAsync();
        var all = lines.Split('|');
        await client.SayAsync(all[..^1]);

        (await client.AskAsync(all[^1])).ShouldStartWith(code);

        (await client.AskAsync("NOOP")).ShouldStartWith("250");
        server.Messages.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("MAIL FROM:<>", "")]
    [InlineData("mail from: <a@x.test>", "a@x.test")]
    [InlineData("MAIL FROM:<@r.test,@s.test:a@x.test>", "a@x.test")]
    [InlineData("MAIL FROM:<\"a b\\\"> c\"@x.test>", "\"a b\\\"> c\"@x.test")]
    [InlineData("MAIL FROM:<a@[192.0.2.1]>", "a@[192.0.2.1]")]
    [InlineData("MAIL FROM:<\u00e9@\u00fc.test> SMTPUTF8", "\u00e9@\u00fc.test")]
    [InlineData("MAIL FROM:<a@x.test> AUTH=<> RET=HDRS ENVID=q", "a@x.test")]
    public async Task Senders_are_read_as_written(string mail, string sender)
    {
        await using var server = ServerUnderTest.Start();
        await using var client = await server.ConnectAsync();

        await client.SayAsync("EHLO x", mail, "RCPT TO:<postmaster> NOTIFY=success,delay ORCPT=rfc822;b@y.test", "DATA", "x\r\n.");

        var kept = server.Messages.Single();
        kept.From.ShouldBe(sender);
        kept.To.ShouldBe(["postmaster"]);
        kept.Transaction.Recipients[0].Notify.ShouldBe("SUCCESS,DELAY");
        kept.Transaction.Recipients[0].OriginalRecipient.ShouldBe("rfc822;b@y.test");
    }

    [Fact]
    public async Task Reset_and_a_new_hello_drop_the_transaction()
    {
        await using var server = ServerUnderTest.Start();
        await using var client = await server.ConnectAsync();

        await client.SayAsync("EHLO x", "MAIL FROM:<a@x.test>", "RCPT TO:<b@y.test>", "RSET");
        (await client.AskAsync("DATA")).ShouldStartWith("503");
        await client.SayAsync("MAIL FROM:<a@x.test>", "RCPT TO:<b@y.test>", "EHLO x");
        (await client.AskAsync("DATA")).ShouldStartWith("503");
    }

    [Fact]
    public async Task Chunks_make_one_message_octet_for_octet()
    {
        await using var server = ServerUnderTest.Start();
        await using var client = await server.ConnectAsync();
        await client.SayAsync("EHLO x", "MAIL FROM:<a@x.test>", "RCPT TO:<b@y.test>");

        await client.SendAsync("BDAT 5\r\na\r\n.\rBDAT 6\r\n\n..b\r\nBDAT 0 LAST\r\nNOOP\r\n");

        (await client.ReadAsync()).ShouldStartWith("250");
        (await client.ReadAsync()).ShouldStartWith("250");
        (await client.ReadAsync()).ShouldBe("250 2.0.0 Kept");
        (await client.ReadAsync()).ShouldStartWith("250");
        server.Messages.Single().Text.ShouldBe("a\r\n.\r\n..b\r\n");
    }

    [Fact]
    public async Task Chunk_without_recipient_is_read_and_refused()
    {
        await using var server = ServerUnderTest.Start();
        await using var client = await server.ConnectAsync();
        await client.SayAsync("EHLO x", "MAIL FROM:<a@x.test>");

        await client.SendAsync("RCPT TO:<nobody@y.test>\r\nBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n");

        (await client.ReadAsync()).ShouldStartWith("550");
        (await client.ReadAsync()).ShouldStartWith("503");
        (await client.ReadAsync()).ShouldStartWith("250");
        server.Messages.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("MAIL FROM:<c@x.test>")]
    [InlineData("RCPT TO:<c@y.test>")]
    [InlineData("DATA")]
    public async Task Chunks_are_not_mixed_with_other_commands_of_a_transaction(string command)
    {
        await using var server = ServerUnderTest.Start();
        await using var client = await server.ConnectAsync();
        await client.SayAsync("EHLO x", "MAIL FROM:<a@x.test>", "RCPT TO:<b@y.test>", "BDAT 3\r\nx");

        (await client.AskAsync(command)).ShouldStartWith("503");
        await client.SayAsync("BDAT 0 LAST");
        server.Messages.Single().Text.ShouldBe("x\r\n");
    }

    [Fact]
    public async Task Chunk_of_unknown_length_ends_the_session()
    {
        await using var server = ServerUnderTest.Start();
        await using var client = await server.ConnectAsync();
        await client.SayAsync("EHLO x", "MAIL FROM:<a@x.test>", "RCPT TO:<b@y.test>");

        await client.SendAsync("BDAT -1 LAST\r\nQUIT\r\n");

        (await client.ReadToEndAsync()).Single().ShouldStartWith("501");
    }

    [Fact]
    public async Task Message_larger_than_memory_goes_through_a_file_unchanged()
    {
        await using var server = ServerUnderTest.Start(o => o with { Limits = new() { MemoryBytes = 4096 } });
        await using var client = await server.ConnectAsync();
        var text = string.Concat(Enumerable.Range(0, 20000).Select(i => $"line {i} of the text\r\n"));

        await client.SayAsync("EHLO x", "MAIL FROM:<a@x.test>", "RCPT TO:<b@y.test>", "DATA", text + ".");

        server.Messages.Single().Text.ShouldBe(text);
        server.Messages.Single().WasInMemory.ShouldBeFalse();
    }

    [Fact]
    public async Task Message_over_the_limit_is_refused_and_the_session_goes_on()
    {
        await using var server = ServerUnderTest.Start(o => o with { Limits = new() { MessageBytes = 65536 } });
        await using var client = await server.ConnectAsync();

        await client.SayAsync("EHLO x", "MAIL FROM:<a@x.test>", "RCPT TO:<b@y.test>", "DATA");
        (await client.AskAsync(new string('x', 65535) + "\r\n.")).ShouldStartWith("552 5.3.4");
        await client.SayAsync("MAIL FROM:<a@x.test>", "RCPT TO:<b@y.test>");
        (await client.AskAsync("BDAT 65537\r\n" + new string('x', 65535))).ShouldStartWith("552 5.3.4");
        await client.SayAsync("MAIL FROM:<a@x.test>", "RCPT TO:<b@y.test>", "DATA", "x\r\n.");

        server.Messages.Single().Text.ShouldBe("x\r\n");
    }

    [Fact]
    public async Task Message_far_over_the_limit_ends_the_session()
    {
        await using var server = ServerUnderTest.Start(o => o with { Limits = new() { MessageBytes = 65536 } });
        await using var client = await server.ConnectAsync();
        await client.SayAsync("EHLO x", "MAIL FROM:<a@x.test>", "RCPT TO:<b@y.test>");

        (await client.AskAsync("BDAT 999999999")).ShouldStartWith("552");
        (await client.ReadAsync()).ShouldBe("");
    }

    [Fact]
    public async Task Receiver_that_throws_or_answers_nonsense_means_try_later()
    {
        await using var server = ServerUnderTest.Start();
        await using var client = await server.ConnectAsync();
        await client.SayAsync("EHLO x", "MAIL FROM:<a@x.test>");
        server.Receiver.Recipient = _ => throw new InvalidOperationException("no database");
        (await client.AskAsync("RCPT TO:<b@y.test>")).ShouldStartWith("451 4.3.0");
        server.Receiver.Recipient = _ => null;
        server.Receiver.Receive = (_, _) => Task.FromResult(new SmtpReply(354, "what"));

        await client.SayAsync("RCPT TO:<b@y.test>", "DATA");
        (await client.AskAsync("x\r\n.")).ShouldStartWith("451 4.3.0");

        server.Receiver.Faults.Single().Message.ShouldBe("no database");
    }

    [Fact]
    public async Task Reply_of_the_receiver_cannot_break_the_dialogue()
    {
        await using var server = ServerUnderTest.Start();
        await using var client = await server.ConnectAsync();
        server.Receiver.Recipient = r => new SmtpReply(550, $"5.1.1 first\nsecond {new string('y', 600)}\r\nthird \u00e9\u0007");

        await client.SayAsync("EHLO x", "MAIL FROM:<a@x.test>");
        var reply = (await client.AskAsync("RCPT TO:<b@y.test>")).Split('\n');

        reply.Length.ShouldBe(3);
        reply[0].ShouldBe("550-5.1.1 first");
        reply[1].Length.ShouldBeLessThanOrEqualTo(510);
        reply[2].ShouldBe("550 third ??");
    }

    [Fact]
    public async Task Trace_field_tells_how_the_message_came()
    {
        await using var server = ServerUnderTest.Start();
        await using var client = await server.ConnectAsync();

        await client.SayAsync("EHLO evil)(from", "MAIL FROM:<a@x.test>", "RCPT TO:<b@y.test>", "DATA", "x\r\n.");

        var lines = server.Messages.Single().Received.Split("\r\n");
        lines[0].ShouldBe("Received: from evil??from ([127.0.0.1])");
        lines[1].ShouldBe("\tby mx.test with ESMTP id 1");
        lines[2].ShouldBe("\tfor <b@y.test>;");
        DateTimeOffset.TryParse(lines[3].Trim(), out _).ShouldBeTrue();
    }
}
