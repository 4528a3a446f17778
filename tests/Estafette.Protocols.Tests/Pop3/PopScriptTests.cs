using System.Text;
using Estafette.Protocols.Mailboxes;
using Estafette.Protocols.Pop3;
using Estafette.Protocols.Tests.Smtp;

namespace Estafette.Protocols.Tests.Pop3;

/// <summary>POP3 servers line by line, also those that are old, ill or lie.</summary>
public sealed class PopScriptTests
{
    private const string Greeting = "S: +OK ready\nC: CAPA\nS: -ERR what\nC: USER u\nS: +OK\nC: PASS p\nS: +OK in\n";

    private static TranscriptServer Play(string dialogue) =>
        new([.. dialogue.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => (l[0] == 'S', l[3..]))]);

    private static MailboxOptions To(TranscriptServer server, MailboxTls tls = MailboxTls.None) =>
        new()
        {
            Host = "127.0.0.1",
            Port = server.Port,
            Tls = tls,
            Username = "u",
            Password = "p",
        };

    [Fact]
    public async Task Messages_are_listed_read_and_deleted()
    {
        await using var server = Play(
            Greeting
                + "C: LIST\nS: +OK 2\nS: 1 120\nS: 2 8\nS: .\nC: UIDL\nS: +OK\nS: 1 abc\nS: 2 d>f\nS: .\n"
                + "C: RETR 2\nS: +OK\nS: ..a\nS: ...\nS: b\nS: .\nC: DELE 2\nS: +OK\nC: QUIT\nS: +OK"
        );
        await using var client = await PopClient.ConnectAsync(To(server));
        using var text = new MemoryStream();

        (await client.ListAsync()).ShouldBe([new(1, 120, "abc"), new(2, 8, "d>f")]);
        (await client.RetrieveAsync(2, text, 100)).ShouldBeTrue();
        await client.DeleteAsync(2);
        await client.QuitAsync();

        Encoding.ASCII.GetString(text.ToArray()).ShouldBe(".a\r\n..\r\nb\r\n");
        (await server.Played).ShouldBeNull();
    }

    [Fact]
    public async Task Text_over_the_limit_is_cut_and_the_session_goes_on()
    {
        await using var server = Play(Greeting + "C: RETR 1\nS: +OK\nS: abcdef\nS: .\nC: DELE 1\nS: -ERR no\nC: DELE 2\nS: +OK");
        await using var client = await PopClient.ConnectAsync(To(server));
        using var text = new MemoryStream();

        (await client.RetrieveAsync(1, text, 3)).ShouldBeFalse();
        Encoding.ASCII.GetString(text.ToArray()).ShouldBe("abc");
        (await Should.ThrowAsync<MailboxException>(async () => await client.DeleteAsync(1))).Failure.ShouldBe(MailboxFailure.Refused);
        await client.DeleteAsync(2);
    }

    [Theory]
    [InlineData("S: -ERR go away", MailboxFailure.Closed)]
    [InlineData("S: * OK IMAP", MailboxFailure.Protocol)]
    [InlineData("S: +OK ready\nC: CAPA\nS: -ERR\nC: USER u\nS: +OK\nC: PASS p\nS: -ERR no", MailboxFailure.SignInRefused)]
    [InlineData("S: +OK ready\nC: CAPA\nS: -ERR\nC: USER u\nS: +OK\nC: PASS p\nS: -ERR [IN-USE] busy", MailboxFailure.Closed)]
    [InlineData("S: +OK ready\nC: CAPA\nS: +OK\nS: SASL PLAIN\nS: .\nC: AUTH PLAIN AHUAcA==\nS: -ERR no", MailboxFailure.SignInRefused)]
    public async Task Sign_in_says_why_it_failed(string dialogue, MailboxFailure failure)
    {
        await using var server = Play(dialogue);

        var thrown = await Should.ThrowAsync<MailboxException>(async () => await PopClient.ConnectAsync(To(server)));

        thrown.Failure.ShouldBe(failure);
    }

    [Theory]
    [InlineData("S: +OK ready\nC: STLS\nS: -ERR no", MailboxFailure.Tls)]
    [InlineData("S: +OK ready\nC: STLS\nS: +OK go\nS: +OK injected", MailboxFailure.Protocol)]
    public async Task Server_without_STLS_never_sees_the_password(string dialogue, MailboxFailure failure)
    {
        await using var server = Play(dialogue);

        var thrown = await Should.ThrowAsync<MailboxException>(async () => await PopClient.ConnectAsync(To(server, MailboxTls.StartTls)));

        thrown.Failure.ShouldBe(failure);
    }

    [Theory]
    [InlineData("S: +OK\nS: one 5")]
    [InlineData("S: +OK\nS: 1")]
    [InlineData("S: perhaps")]
    public async Task Nonsense_ends_the_session(string answer)
    {
        await using var server = Play(Greeting + "C: LIST\n" + answer);
        await using var client = await PopClient.ConnectAsync(To(server));

        (await Should.ThrowAsync<MailboxException>(async () => await client.ListAsync())).Failure.ShouldBe(MailboxFailure.Protocol);
        client.IsUsable.ShouldBeFalse();
    }

    [Fact]
    public async Task Name_with_a_line_break_is_not_sent()
    {
        await using var server = Play("S: +OK ready\nC: CAPA\nS: -ERR");

        var thrown = await Should.ThrowAsync<MailboxException>(async () =>
            await PopClient.ConnectAsync(To(server) with { Username = "u\r\nDELE 1" })
        );

        thrown.Failure.ShouldBe(MailboxFailure.Policy);
    }
}
