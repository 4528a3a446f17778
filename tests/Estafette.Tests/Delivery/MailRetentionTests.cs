using Estafette.Core.Channels;
using Estafette.Core.Delivery;
using Estafette.Core.Delivery.Accept;
using Estafette.Core.Platform;
using Estafette.Protocols.Addresses;
using Estafette.Protocols.Mime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Estafette.Tests.Delivery;

public abstract class MailRetentionTests(DatabaseKind kind) : CampaignTests(kind)
{
    private static readonly MailFile File = new("a.txt", "text/plain", null, "file"u8.ToArray());
    private static readonly TimeSpan Grace = TimeSpan.FromHours(2);

    [Fact]
    public async Task What_old_mails_said_goes_in_two_steps_and_their_rows_stay()
    {
        await AcceptAsync("old", [File]);
        await SendDueAsync();
        await ForgetAsync();
        (await App.CountAsync("single_attachments")).ShouldBe(1);
        App.Clock.Advance(TimeSpan.FromDays(91));
        await AcceptAsync("new", []);
        await SendDueAsync();
        await ForgetAsync();
        (await App.CountAsync("single_messages WHERE merge_data IS NOT NULL")).ShouldBe(1);
        (await App.CountAsync("accepted_letters WHERE custom_args IS NOT NULL")).ShouldBe(1);
        (await App.CountAsync("single_attachments")).ShouldBe(0);
        (await App.CountAsync("attachment_files")).ShouldBe(0);
        (await App.CountAsync("contents WHERE processed LIKE '%old%'")).ShouldBe(1);
        App.Clock.Advance(Grace);
        await ForgetAsync();
        (await App.CountAsync("contents WHERE processed LIKE '%old%'")).ShouldBe(0);
        (await App.CountAsync("contents WHERE processed LIKE '%new%'")).ShouldBe(1);
        (await App.CountAsync("deliveries WHERE sent_at IS NOT NULL")).ShouldBe(2);
    }

    [Fact]
    public async Task Text_that_is_still_in_use_stays_and_one_accepted_again_is_stored_again()
    {
        await AcceptAsync("same", []);
        await SendDueAsync();
        App.Clock.Advance(TimeSpan.FromDays(80));
        await AcceptAsync("same", []);
        await SendDueAsync();
        App.Clock.Advance(TimeSpan.FromDays(20));
        await ForgetAsync();
        (await App.CountAsync("contents WHERE retired_at IS NULL AND digest IS NOT NULL")).ShouldBe(1);
        App.Clock.Advance(TimeSpan.FromDays(90));
        await ForgetAsync();
        (await App.CountAsync("contents WHERE retired_at > 0 AND digest IS NULL")).ShouldBe(1);
        await AcceptAsync("same", []);
        await SendDueAsync();
        App.Clock.Advance(Grace);
        await ForgetAsync();
        (await App.CountAsync("contents WHERE processed LIKE '%same%'")).ShouldBe(1);
    }

    [Fact]
    public async Task Mail_that_waits_too_long_is_forgotten_only_when_it_is_over_and_holds_back_no_other()
    {
        await AcceptAsync("waits", [File], sendAt: Clock.GetUtcNow().AddDays(100));
        await AcceptAsync("done", []);
        await SendDueAsync();
        App.Clock.Advance(TimeSpan.FromDays(92));
        await ForgetAsync();
        App.Clock.Advance(Grace);
        await ForgetAsync();
        (await App.CountAsync("single_messages WHERE merge_data IS NOT NULL")).ShouldBe(1);
        (await App.CountAsync("contents WHERE processed LIKE '%done%'")).ShouldBe(0);
        App.Clock.Advance(TimeSpan.FromDays(9));
        await SendDueAsync();
        (await App.CountAsync("captured_messages WHERE subject = 'waits'")).ShouldBe(1);
        await ForgetAsync();
        App.Clock.Advance(Grace);
        await ForgetAsync();
        (await App.CountAsync("single_messages WHERE merge_data IS NOT NULL")).ShouldBe(0);
        (await App.CountAsync("contents WHERE processed LIKE '%waits%'")).ShouldBe(0);
        (await App.CountAsync("attachment_files")).ShouldBe(0);
        (await App.CountAsync("late_singles")).ShouldBe(0);
    }

    private async Task ForgetAsync()
    {
        var retention = App.Services.GetServices<IHostedService>().OfType<MailRetention>().Single();
        while (await retention.ForgetAsync(Token) > 0) { }
    }

    private async Task AcceptAsync(string subject, IReadOnlyList<MailFile> files, DateTimeOffset? sendAt = null)
    {
        if (await App.CountAsync("sending_servers") == 0)
            await Scenario.AddServerAsync("capture", ServerKind.Capture, new CaptureSettings());
        var mail = new MailToAccept
        {
            Customer = App.Customer,
            Application = "key:1",
            From = Mailbox("shop@asso.example"),
            Text = new MailText(subject, null, subject),
            Letters =
            [
                new MailLetter
                {
                    To = [Mailbox("ana@r.test")],
                    CustomArgs = "{}",
                    Data = "{}",
                    SendAt = sendAt,
                },
            ],
            Files = files,
        };
        (await App.Get<AcceptMail>().RunAsync(mail, Token)).MessageId.ShouldNotBeNull();
    }

    private static DisplayMailbox Mailbox(string address) =>
        EmailAddress.TryParse(address, out var parsed, out _) ? new DisplayMailbox(null, parsed) : throw new ArgumentException(address);
}

public sealed class MailRetentionTestsOnSqlite() : MailRetentionTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class MailRetentionTestsOnPostgreSql() : MailRetentionTests(DatabaseKind.PostgreSql);
