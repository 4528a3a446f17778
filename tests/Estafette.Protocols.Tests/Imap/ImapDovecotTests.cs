using System.Net;
using System.Text;
using Estafette.Protocols.Imap;
using Estafette.Protocols.Mailboxes;
using Estafette.Protocols.Pop3;
using Estafette.Testing.Dovecot;

namespace Estafette.Protocols.Tests.Imap;

/// <summary>One Dovecot for all tests of the class.</summary>
public sealed class DovecotFixture : IAsyncLifetime
{
    public DovecotServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await DovecotServer.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

/// <summary>The clients for mailboxes against a real Dovecot; the tests share one account, each with a folder of its own.</summary>
[Trait("Category", "RealServers")]
public sealed class ImapDovecotTests(DovecotFixture dovecot) : IClassFixture<DovecotFixture>
{
    private MailboxOptions Options(MailboxTls tls) =>
        new()
        {
            Host = "localhost",
            SourceAddress = IPAddress.Loopback,
            Port = tls == MailboxTls.Implicit ? dovecot.Server.ImapsPort : dovecot.Server.ImapPort,
            Tls = tls,
            TrustedRoots = [dovecot.Server.Certificate],
            Username = "alice@y.test",
            Password = "secret",
        };

    private static byte[] Message(int number, int lines = 1) =>
        Encoding.ASCII.GetBytes(
            $"From: a@x.test\r\nSubject: number {number}\r\n\r\n" + string.Concat(Enumerable.Repeat(".a line of text\r\n", lines))
        );

    private async Task<ImapClient> FolderAsync(string name, int messages)
    {
        var client = await ImapClient.ConnectAsync(Options(MailboxTls.Implicit));
        await client.CreateAsync(name);
        for (var i = 0; i < messages; i++)
        {
            await client.AppendAsync(name, Message(i));
        }

        await client.SelectAsync(name);
        return client;
    }

    [Theory]
    [InlineData(MailboxTls.Implicit)]
    [InlineData(MailboxTls.StartTls)]
    [InlineData(MailboxTls.None)]
    public async Task Signing_in_works_with_every_protection(MailboxTls tls)
    {
        await using var client = await ImapClient.ConnectAsync(Options(tls));

        client.IsEncrypted.ShouldBe(tls != MailboxTls.None);
        client.Capabilities.ShouldContain("IMAP4rev1");
        await client.LogoutAsync();
    }

    [Fact]
    public async Task Password_is_kept_back_where_the_server_wants_TLS_first()
    {
        var elsewhere = IPAddress.Parse("127.0.0.2");

        var plain = await Should.ThrowAsync<MailboxException>(async () =>
            await ImapClient.ConnectAsync(Options(MailboxTls.None) with { SourceAddress = elsewhere })
        );
        await using var encrypted = await ImapClient.ConnectAsync(Options(MailboxTls.StartTls) with { SourceAddress = elsewhere });

        plain.Failure.ShouldBe(MailboxFailure.Policy);
        encrypted.IsEncrypted.ShouldBeTrue();
    }

    [Fact]
    public async Task Wrong_password_and_wrong_certificate_are_told_apart()
    {
        var refused = await Should.ThrowAsync<MailboxException>(async () =>
            await ImapClient.ConnectAsync(Options(MailboxTls.Implicit) with { Password = "wrong" })
        );
        var untrusted = await Should.ThrowAsync<MailboxException>(async () =>
            await ImapClient.ConnectAsync(Options(MailboxTls.StartTls) with { TrustedRoots = null })
        );

        refused.Failure.ShouldBe(MailboxFailure.SignInRefused);
        refused.Message.ShouldNotContain("wrong");
        untrusted.Failure.ShouldBe(MailboxFailure.Tls);
    }

    [Fact]
    public async Task Mailbox_is_polled_read_and_emptied()
    {
        await using var client = await FolderAsync("poll", 3);
        var folder = client.Selected!;
        folder.UidValidity.ShouldNotBe(0u);
        folder.Exists.ShouldBe(3u);
        folder.IsReadOnly.ShouldBeFalse();

        var unseen = await client.SearchAsync(new() { Unseen = true, Undeleted = true });
        var summaries = await client.SummarizeAsync(unseen);
        using var text = new MemoryStream();
        (await client.FetchAsync(unseen[1], text, 1000)).ShouldBe(ImapFetch.Complete);

        unseen.Count.ShouldBe(3);
        summaries.Select(s => s.Bytes).ShouldAllBe(b => b == Message(0).Length);
        summaries[0].Received.ShouldNotBeNull();
        text.ToArray().ShouldBe(Message(1));
        (await client.SearchAsync(new() { Unseen = true })).Count.ShouldBe(3, "reading does not mark");
        await client.AddFlagsAsync([unseen[1]], "\\Seen");
        (await client.SearchAsync(new() { Unseen = true })).ShouldBe([unseen[0], unseen[2]]);
        (await client.SearchAsync(new() { FromUid = folder.UidNext })).ShouldBeEmpty();
        await client.ExpungeAsync([unseen[0], unseen[1]]);
        (await client.SearchAsync(new())).ShouldBe([unseen[2]]);
        folder.Exists.ShouldBe(1u);
        (await client.FetchAsync(unseen[0], text, 1000)).ShouldBe(ImapFetch.Gone);
    }

    [Fact]
    public async Task Large_text_is_streamed_and_one_over_the_limit_is_cut()
    {
        await using var client = await FolderAsync("large", 0);
        var message = Message(0, 100_000);
        await client.AppendAsync("large", message, "\\Seen");
        var uid = (await client.SearchAsync(new())).Single();
        using var whole = new MemoryStream();
        using var cut = new MemoryStream();
        using var header = new MemoryStream();

        (await client.FetchAsync(uid, whole, message.Length)).ShouldBe(ImapFetch.Complete);
        (await client.FetchAsync(uid, cut, message.Length - 1)).ShouldBe(ImapFetch.TooLarge);
        (await client.FetchHeaderAsync(uid, header, 1000)).ShouldBe(ImapFetch.Complete);

        whole.ToArray().SequenceEqual(message).ShouldBeTrue();
        cut.ToArray().AsSpan().SequenceEqual(message.AsSpan(0, message.Length - 1)).ShouldBeTrue();
        Encoding.ASCII.GetString(header.ToArray()).ShouldBe("From: a@x.test\r\nSubject: number 0\r\n\r\n");
    }

    [Fact]
    public async Task Names_and_searches_take_any_text()
    {
        var name = "Envoy\u00e9s & \"co\" \u65e5\u672c";
        await using var client = await FolderAsync(name, 2);

        (await client.ListAsync()).Select(f => f.Name).ShouldContain(name);
        (await client.ListAsync()).Single(f => f.Has("\\Sent")).IsSelectable.ShouldBeTrue();
        (await client.SearchAsync(new() { Subject = "number 1", From = "a@x.test" })).Count.ShouldBe(1);
        (await client.SearchAsync(new() { Text = "\u00e9t\u00e9" })).ShouldBeEmpty();
        (await client.SearchAsync(new() { Subject = "x\" ALL\r\nA9 LOGOUT" })).ShouldBeEmpty();
        (await client.SearchAsync(new() { Since = new DateOnly(2020, 2, 3), Before = new DateOnly(2100, 1, 1) })).Count.ShouldBe(2);
        await client.DeleteAsync(name);
    }

    [Fact]
    public async Task Messages_move_and_are_copied()
    {
        await using var client = await FolderAsync("from", 3);
        await client.CreateAsync("to");
        var uids = await client.SearchAsync(new());

        await client.MoveAsync([uids[0]], "to");
        await client.CopyAsync([uids[1]], "to");

        (await client.SearchAsync(new())).ShouldBe([uids[1], uids[2]]);
        (await client.ExamineAsync("to")).IsReadOnly.ShouldBeTrue();
        client.Selected!.Exists.ShouldBe(2u);
    }

    [Fact]
    public async Task Refused_command_leaves_the_session_good()
    {
        await using var client = await ImapClient.ConnectAsync(Options(MailboxTls.Implicit));

        var refused = await Should.ThrowAsync<MailboxException>(async () => await client.SelectAsync("absent"));

        refused.Failure.ShouldBe(MailboxFailure.Refused);
        client.Selected.ShouldBeNull();
        (await client.SelectAsync("INBOX")).Name.ShouldBe("INBOX");
    }

    [Fact]
    public async Task News_end_the_wait_and_so_does_its_limit()
    {
        await using var client = await FolderAsync("news", 0);
        await using var other = await ImapClient.ConnectAsync(Options(MailboxTls.Implicit));

        (await client.WaitAsync(TimeSpan.FromMilliseconds(50))).ShouldBeFalse();
        var waiting = client.WaitAsync(TimeSpan.FromSeconds(60)).AsTask();
        await other.AppendAsync("news", Message(0));

        (await waiting).ShouldBeTrue();
        await client.NoopAsync();
        client.Selected!.Exists.ShouldBe(1u);
    }

    [Fact]
    public async Task Maildrop_is_read_and_emptied_by_POP3()
    {
        await using (var imap = await ImapClient.ConnectAsync(Options(MailboxTls.Implicit)))
        {
            await imap.AppendAsync("INBOX", Message(0));
            await imap.AppendAsync("INBOX", Message(1, 100_000));
        }

        foreach (var tls in new[] { MailboxTls.Implicit, MailboxTls.StartTls })
        {
            await using var pop = await PopClient.ConnectAsync(
                Options(tls) with
                {
                    Port = tls == MailboxTls.Implicit ? dovecot.Server.PopsPort : dovecot.Server.PopPort,
                }
            );
            pop.IsEncrypted.ShouldBeTrue();
            var messages = await pop.ListAsync();
            messages.Count.ShouldBe(tls == MailboxTls.Implicit ? 2 : 1);
            messages.Select(m => m.Uid).Distinct().Count().ShouldBe(messages.Count);
            using var text = new MemoryStream();
            (await pop.RetrieveAsync(messages[^1].Number, text, 10_000_000)).ShouldBeTrue();
            text.ToArray().SequenceEqual(Message(1, 100_000)).ShouldBeTrue();
            using var cut = new MemoryStream();
            (await pop.RetrieveAsync(messages[^1].Number, cut, 100)).ShouldBeFalse();
            cut.Length.ShouldBe(100);
            await pop.DeleteAsync(1);
            await pop.QuitAsync();
        }

        var refused = await Should.ThrowAsync<MailboxException>(async () =>
            await PopClient.ConnectAsync(Options(MailboxTls.Implicit) with { Port = dovecot.Server.PopsPort, Password = "wrong" })
        );
        refused.Failure.ShouldBe(MailboxFailure.SignInRefused);
    }
}
