using Estafette.Core.Accounts;
using Estafette.Core.Channels;
using Estafette.Core.Deliverability;
using Estafette.Core.Delivery;
using Estafette.Core.Messages;
using Estafette.Core.Platform;
using Estafette.Core.Suppression;
using Estafette.Testing.Smtp;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Tests.Delivery;

public abstract class SendSystemMailTests(DatabaseKind kind) : CampaignTests(kind)
{
    private static readonly SystemMailBody Body = SystemMailBody.Letter(
        "Confirmez votre adresse",
        ["Bonjour {{name}},", "Un clic suffit."],
        "Atelier & Fils",
        ("Confirmer", "{{url}}"),
        "Vous n'avez rien demandé ? Ignorez ce message."
    );

    [Fact]
    public async Task Mail_shows_its_own_values_encoded_and_is_neither_tracked_nor_unsubscribable()
    {
        await SetUpAsync();
        (await SendAsync("marie@r.test", "<b>Marie</b>", "https://app.example/c/abc?x=1&y=2")).Outcome.ShouldBe(SystemMailOutcome.Queued);
        await SendDueAsync();
        var mail = await CapturedAsync();
        mail.Row.Subject.ShouldBe("Confirmez votre adresse");
        mail.Html!.ShouldContain("&lt;b&gt;Marie&lt;/b&gt;");
        mail.Html!.ShouldContain("href=\"https://app.example/c/abc?x=1&amp;y=2\"");
        mail.Html!.ShouldContain("Atelier &amp; Fils");
        mail.Html!.ShouldNotContain("/u/");
        mail.Text!.ShouldContain("https://app.example/c/abc?x=1&y=2");
        mail.Headers.ShouldContain(h => h.Key == "Auto-Submitted" && h.Value == "auto-generated");
        mail.Headers.ShouldNotContain(h => h.Key == "List-Unsubscribe");
    }

    [Fact]
    public async Task Same_text_is_stored_once_however_often_it_is_sent()
    {
        await SetUpAsync();
        for (var i = 0; i < 3; i++)
            await SendAsync($"p{i}@r.test", $"P{i}", "https://app.example/");
        await using var db = App.OpenDb();
        (await db.Set<ContentVersion>().CountAsync(Token)).ShouldBe(1);
        (await db.Set<DeliveryRecord>().CountAsync(Token)).ShouldBe(3);
    }

    [Fact]
    public async Task Opt_out_does_not_hold_it_back_and_a_complaint_does()
    {
        await SetUpAsync();
        await SuppressAsync("out@r.test", SuppressionReason.OptOut);
        await SuppressAsync("angry@r.test", SuppressionReason.Complaint);
        await SendAsync("out@r.test", "A", "https://app.example/");
        await SendAsync("angry@r.test", "B", "https://app.example/");
        await SendDueAsync();
        await using var db = App.OpenDb();
        var ends = await db.Set<DeliveryRecord>().ToDictionaryAsync(d => d.Address, d => d.Status, Token);
        ends["out@r.test"].ShouldBe(DeliveryStatus.Sent);
        ends["angry@r.test"].ShouldBe(DeliveryStatus.Suppressed);
    }

    [Fact]
    public async Task Without_sender_server_or_address_it_says_so()
    {
        (await SendAsync("a@r.test", "A", "https://x.test/")).Outcome.ShouldBe(SystemMailOutcome.NoSender);
        await AddIdentityAsync();
        (await SendAsync("a@r.test", "A", "https://x.test/")).Outcome.ShouldBe(SystemMailOutcome.NoServer);
        (await SendAsync("nobody", "A", "https://x.test/")).Outcome.ShouldBe(SystemMailOutcome.BadAddress);
    }

    // Interfaces §1.11: nothing comes back to what the program itself writes.
    [Fact]
    public async Task It_leaves_with_the_null_return_path()
    {
        await using var smtp = FakeSmtpServer.Start();
        await AddIdentityAsync();
        await Scenario.AddSmtpAsync("s", smtp.Port, connections: 1);
        await SendAsync("a@r.test", "A", "https://app.example/");
        await SendDueAsync();
        var mail = smtp.Messages.ShouldHaveSingleItem();
        mail.MailFrom.ShouldBe("");
        Wire.Header(mail, "Auto-Submitted").ShouldBe("auto-generated");
        Wire.Header(mail, "From")!.ShouldContain("bonjour@example.test");
    }

    [Fact]
    public async Task Relay_that_takes_its_own_senders_only_gets_the_address_of_the_sender()
    {
        await using var smtp = FakeSmtpServer.Start(
            new FakeSmtpBehaviour().With(step =>
                step is { Moment: FakeSmtpMoment.Mail } && step.Line.Contains("<>", StringComparison.Ordinal)
                    ? FakeSmtpAnswer.Reply("553 5.7.1 Sender address rejected: not owned by user")
                    : null
            )
        );
        await AddIdentityAsync();
        await Scenario.AddSmtpAsync("s", smtp.Port, connections: 1);
        for (var i = 0; i < 3; i++)
            await SendAsync($"p{i}@r.test", "A", "https://app.example/");
        await SendDueAsync();
        smtp.Messages.Select(m => m.RcptTo[0]).Order().ShouldBe(["p0@r.test", "p1@r.test", "p2@r.test"]);
        smtp.Messages.ShouldAllBe(m => m.MailFrom == "bonjour@example.test");
        (await App.CountAsync("deliveries WHERE status = 2")).ShouldBe(3);
    }

    private async Task<SystemMailResult> SendAsync(string to, string name, string url)
    {
        await using var db = App.OpenDb();
        var mail = new SystemMail(App.Customer, to, Body)
        {
            Data = new Dictionary<string, string?>(StringComparer.Ordinal) { ["name"] = name, ["url"] = url },
        };
        return await SendSystemMail.RunAsync(mail, db, App.Writes, Signals, Clock, Token);
    }

    private async Task SetUpAsync()
    {
        await AddIdentityAsync();
        await Scenario.AddServerAsync("capture", ServerKind.Capture, new CaptureSettings());
    }

    private async Task AddIdentityAsync()
    {
        await using var db = App.OpenDb();
        var input = new SenderIdentityInput("Atelier", "bonjour@example.test");
        await SaveSenderIdentity.RunAsync(new(App.Customer, null, input), db, Clock, Token);
    }

    private Task SuppressAsync(string address, SuppressionReason reason) =>
        SuppressAddress.RunAsync(
            new Actor(App.Customer, "test"),
            new SuppressAddressRequest(Channel.Email, address, reason, SuppressionOrigin.Web),
            App.Writes,
            Clock,
            Token
        );

    private async Task<CapturedContent> CapturedAsync()
    {
        await using var db = App.OpenDb();
        var row = (await ListCaptured.RunAsync(new(App.Customer), db, Token)).ShouldHaveSingleItem();
        return (await ReadCaptured.RunAsync(new(App.Customer, row.Id), db, Token))!;
    }
}

public sealed class SendSystemMailTestsOnSqlite() : SendSystemMailTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class SendSystemMailTestsOnPostgreSql() : SendSystemMailTests(DatabaseKind.PostgreSql);
