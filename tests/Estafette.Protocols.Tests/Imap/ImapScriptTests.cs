using System.Text;
using Estafette.Protocols.Imap;
using Estafette.Protocols.Mailboxes;
using Estafette.Protocols.Tests.Smtp;
using Estafette.Testing;

namespace Estafette.Protocols.Tests.Imap;

/// <summary>Servers with a past, and servers that lie, each as a dialogue line by line.</summary>
public sealed class ImapScriptTests
{
    private const string Greeting =
        "S: * OK [CAPABILITY IMAP4rev1 IDLE] ready\nC: A1 LOGIN \"u\" \"p\"\nS: A1 OK [CAPABILITY IMAP4rev1 IDLE] in\n";

    private static TranscriptServer Play(string dialogue) =>
        new([.. dialogue.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => (l[0] == 'S', l[3..]))]);

    private static MailboxOptions To(TranscriptServer server) =>
        new()
        {
            Host = "127.0.0.1",
            Port = server.Port,
            Tls = MailboxTls.None,
            Username = "u",
            Password = "p",
            MaxResponseBytes = 64 << 10,
        };

    private static async Task<MailboxException> FailsAsync(Func<ValueTask> act) =>
        await Should.ThrowAsync<MailboxException>(async () => await act());

    private static async Task<string> FetchAsync(ImapClient client, long maxBytes, ImapFetch outcome)
    {
        using var text = new MemoryStream();
        (await client.FetchAsync(7, text, maxBytes)).ShouldBe(outcome);
        return Encoding.ASCII.GetString(text.ToArray());
    }

    [Theory]
    [InlineData("S: * 2 FETCH (UID 7 BODY[]<0> {5}\nS: abc\nS: )", "abc\r\n")]
    [InlineData("S: * 2 FETCH (FLAGS (\\Seen) BODY[] {5}\nS: abc\nS:  UID 7)", "abc\r\n")]
    [InlineData("S: * 2 FETCH (BODY[] \"abc\" UID 7)", "abc")]
    [InlineData("S: * 2 FETCH (UID 7 BODY[]<0> NIL)", "")]
    [InlineData("S: * 2 FETCH (UID 7 BODY[]<0> {0}\nS: )", "")]
    [InlineData(
        "S: * 3 EXISTS\nS: * 1 FETCH (UID 5 FLAGS ())\nS: * 2 FETCH (UID 7 BODY[]<0> {5}\nS: a)\"(\nS: )\nS: * OK still here {3}",
        "a)\"(\r\n"
    )]
    public async Task Text_is_found_in_whatever_form_it_comes(string answer, string text)
    {
        text = text.Length > 5 ? text[^6..] : text;
        var octets = text.Length;
        await using var server = Play(
            Greeting + "C: A2 UID FETCH 7 (UID BODY.PEEK[]<0.101>)\n" + answer.Replace("{5}", $"{{{octets}}}") + "\nS: A2 OK done"
        );
        await using var client = await ImapClient.ConnectAsync(To(server));

        (await FetchAsync(client, 100, ImapFetch.Complete)).ShouldBe(text);
    }

    [Fact]
    public async Task Message_that_is_gone_and_one_that_is_larger_are_told_apart()
    {
        await using var server = Play(
            Greeting
                + "C: A2 UID FETCH 7 (UID BODY.PEEK[]<0.4>)\nS: A2 OK nothing\n"
                + "C: A3 UID FETCH 7 (UID BODY.PEEK[]<0.4>)\nS: * 1 FETCH (UID 7 BODY[]<0> {4}\nS: ab\nS: )\nS: A3 OK done"
        );
        await using var client = await ImapClient.ConnectAsync(To(server));

        await FetchAsync(client, 3, ImapFetch.Gone);
        (await FetchAsync(client, 3, ImapFetch.TooLarge)).ShouldBe("ab\r");
    }

    [Theory]
    [InlineData("S: * 1 FETCH (UID 7 BODY[]<0> {4000000000}\nS: x", MailboxFailure.Protocol)]
    [InlineData("S: * 1 FETCH (UID 7 FLAGS {4000000000}\nS: x", MailboxFailure.Protocol)]
    [InlineData("S: * 1 FETCH (UID 7", MailboxFailure.Protocol)]
    [InlineData("S: * 1 FETCH )", MailboxFailure.Protocol)]
    [InlineData("S: * 1 FETCH (BODY[ 7)", MailboxFailure.Protocol)]
    [InlineData("S: * 1 FETCH (FLAGS \"open)", MailboxFailure.Protocol)]
    [InlineData("S: A9 OK not asked", MailboxFailure.Protocol)]
    [InlineData("S: + more please", MailboxFailure.Protocol)]
    [InlineData("S: HTTP/1.1 400 Bad Request", MailboxFailure.Protocol)]
    [InlineData("S: * BYE going down", MailboxFailure.Closed)]
    [InlineData("S: A2 NO not now", MailboxFailure.Refused)]
    [InlineData("S: A2 BAD what", MailboxFailure.Refused)]
    public async Task Nonsense_ends_the_session_and_a_refusal_does_not(string answer, MailboxFailure failure)
    {
        await using var server = Play(Greeting + "C: A2 UID FETCH 7 (UID BODY.PEEK[]<0.101>)\n" + answer);
        await using var client = await ImapClient.ConnectAsync(To(server));

        (await FailsAsync(async () => await client.FetchAsync(7, Stream.Null, 100))).Failure.ShouldBe(failure);

        client.IsUsable.ShouldBe(failure == MailboxFailure.Refused);
    }

    [Fact]
    public async Task Endless_line_and_endless_nesting_have_an_end()
    {
        await using var line = Play(Greeting + "C: A2 NOOP\nS: * OK " + new string('x', 70_000));
        await using var nested = Play(Greeting + "C: A2 NOOP\nS: * 1 FETCH " + new string('(', 1000) + new string(')', 1000));
        await using var one = await ImapClient.ConnectAsync(To(line));
        await using var other = await ImapClient.ConnectAsync(To(nested));

        (await FailsAsync(() => one.NoopAsync())).Failure.ShouldBe(MailboxFailure.Protocol);
        (await FailsAsync(() => other.NoopAsync())).Failure.ShouldBe(MailboxFailure.Protocol);
    }

    [Theory]
    [InlineData("S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED] ready", MailboxFailure.Policy)]
    [InlineData("S: * OK ready\nC: A1 CAPABILITY\nS: * CAPABILITY IMAP4rev1 LOGINDISABLED\nS: A1 OK", MailboxFailure.Policy)]
    [InlineData("S: * BYE too many", MailboxFailure.Closed)]
    [InlineData("S: 220 mx.test ESMTP", MailboxFailure.Protocol)]
    [InlineData("S: * OK [CAPABILITY IMAP4rev1] ready\nC: A1 LOGIN \"u\" \"p\"\nS: A1 NO [UNAVAILABLE] later", MailboxFailure.Closed)]
    [InlineData("S: * OK [CAPABILITY IMAP4rev1] ready\nC: A1 LOGIN \"u\" \"p\"\nS: A1 NO no", MailboxFailure.SignInRefused)]
    public async Task Sign_in_says_why_it_failed(string dialogue, MailboxFailure failure)
    {
        await using var server = Play(dialogue);

        (await FailsAsync(async () => await ImapClient.ConnectAsync(To(server)))).Failure.ShouldBe(failure);
    }

    [Theory]
    [InlineData("S: * PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] welcome", MailboxFailure.Tls)]
    [InlineData("S: * OK [CAPABILITY IMAP4rev1] ready", MailboxFailure.Tls)]
    [InlineData("S: * OK [CAPABILITY IMAP4rev1 STARTTLS] ready\nC: A1 STARTTLS\nS: A1 NO no", MailboxFailure.Tls)]
    [InlineData(
        "S: * OK [CAPABILITY IMAP4rev1 STARTTLS] ready\nC: A1 STARTTLS\nS: A1 OK go\nS: * CAPABILITY EVIL",
        MailboxFailure.Protocol
    )]
    public async Task Server_without_STARTTLS_never_sees_the_password(string dialogue, MailboxFailure failure)
    {
        await using var server = Play(dialogue);

        (await FailsAsync(async () => await ImapClient.ConnectAsync(To(server) with { Tls = MailboxTls.StartTls }))).Failure.ShouldBe(
            failure
        );
    }

    [Fact]
    public async Task Password_that_cannot_be_quoted_goes_as_a_literal()
    {
        await using var server = Play(
            "S: * OK [CAPABILITY IMAP4rev1] ready\nC: A1 LOGIN \"u\" {8}\nS: + go\nC: [message, 10 octets]\nS: A1 OK [CAPABILITY IMAP4rev1] in"
        );

        await using var client = await ImapClient.ConnectAsync(To(server) with { Password = "p\u00e9 \"\r\nx" });

        client.IsUsable.ShouldBeTrue();
    }

    [Fact]
    public async Task Password_goes_with_AUTHENTICATE_where_it_is_offered()
    {
        await using var server = Play(
            "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\nC: A1 AUTHENTICATE PLAIN\nS: +\nC: AHUAcA==\nS: * CAPABILITY IMAP4rev1 MOVE\nS: A1 OK in"
                + "\nC: A2 CAPABILITY\nS: * CAPABILITY IMAP4rev1 MOVE\nS: A2 OK"
        );

        await using var client = await ImapClient.ConnectAsync(To(server));

        client.Capabilities.ShouldBe(["IMAP4rev1", "MOVE"]);
    }

    [Fact]
    public async Task Server_without_MOVE_and_UIDPLUS_copies_marks_and_expunges()
    {
        await using var server = Play(
            Greeting
                + "C: A2 UID COPY 3:5,9 \"Trash\"\nS: A2 OK\nC: A3 UID STORE 3:5,9 +FLAGS.SILENT (\\Deleted)\nS: A3 OK\nC: A4 EXPUNGE\nS: * 1 EXPUNGE\nS: A4 OK"
        );
        await using var client = await ImapClient.ConnectAsync(To(server));

        await client.MoveAsync([9, 4, 3, 5, 4], "Trash");
        await client.DisposeAsync();

        (await server.Played).ShouldBeNull();
    }

    [Fact]
    public async Task Silent_server_is_left_at_the_deadline()
    {
        var clock = new FakeTimeProvider();
        await using var server = Play(Greeting + "C: A2 NOOP\nC: never");
        await using var client = await ImapClient.ConnectAsync(To(server) with { TimeProvider = clock });

        var noop = client.NoopAsync().AsTask();
        while (!noop.IsCompleted)
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            await Task.WhenAny(noop, Task.Delay(1));
        }

        (await Should.ThrowAsync<MailboxException>(() => noop)).Failure.ShouldBe(MailboxFailure.Timeout);
        client.IsUsable.ShouldBeFalse();
    }

    [Fact]
    public async Task Cancelling_closes_the_session()
    {
        using var cancel = new CancellationTokenSource();
        await using var server = Play(Greeting + "C: A2 NOOP\nC: never");
        await using var client = await ImapClient.ConnectAsync(To(server));

        var noop = client.NoopAsync(cancel.Token).AsTask();
        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => noop);
        client.IsUsable.ShouldBeFalse();
    }

    [Theory]
    [InlineData("INBOX", "INBOX")]
    [InlineData("A&B", "A&-B")]
    [InlineData("Envoy\u00e9s", "Envoy&AOk-s")]
    [InlineData("~peter/mail/\u53f0\u5317/\u65e5\u672c\u8a9e", "~peter/mail/&U,BTFw-/&ZeVnLIqe-")]
    [InlineData("\ud83d\ude80", "&2D3egA-")]
    public void Folder_names_are_written_in_modified_UTF7_and_read_back(string name, string wire)
    {
        ModifiedUtf7.Encode(name).ShouldBe(wire);
        ModifiedUtf7.Decode(wire).ShouldBe(name);
    }

    [Theory]
    [InlineData("&")]
    [InlineData("&AGE-")]
    [InlineData("&A-")]
    [InlineData("&AOk")]
    [InlineData("&!!!-")]
    public void Malformed_folder_name_stays_as_it_is(string wire) => ModifiedUtf7.Decode(wire).ShouldBe(wire);

    [Fact]
    public void Garbage_never_makes_the_parser_throw()
    {
        var random = new Random(20261122);
        const string characters = "()\"\\{}[]<> aNIL19*+~\u00e9\u0000";
        for (var i = 0; i < 20_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(30)).Select(_ => characters[random.Next(characters.Length)]));
            var line = Encoding.UTF8.GetBytes(text);
            Should.NotThrow(() =>
            {
                ImapResponse.ReadWords(line);
                return ImapParser.Parse([line], []);
            });
        }
    }
}
