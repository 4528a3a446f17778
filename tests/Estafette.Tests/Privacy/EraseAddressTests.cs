using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Estafette.Core.Accounts;
using Estafette.Core.Channels;
using Estafette.Core.Contacts;
using Estafette.Core.Contacts.Erased;
using Estafette.Core.Delivery;
using Estafette.Core.Delivery.Accept;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Net;
using Estafette.Core.Privacy;
using Estafette.Core.Webhooks;
using Estafette.Protocols.Addresses;
using Estafette.Protocols.Mime;
using Estafette.Tests.Delivery;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Estafette.Tests.Privacy;

/// <summary>People whom programs wrote to, who are no contacts.</summary>
public abstract class EraseAddressTests(DatabaseKind kind) : CampaignTests(kind)
{
    private const string Person = "anastazia+x@r.test";
    private static readonly MailFile File = new("bill.txt", "text/plain", null, Encoding.UTF8.GetBytes("Bill of anastazia+x@r.test"));

    private Actor Actor => new(App.Customer, "dominique");

    [Fact]
    public async Task Erased_address_is_nowhere_once_texts_and_files_were_cleared_away()
    {
        await HookAsync();
        await AcceptAsync([Person], "Bonjour anastazia+x@r.test", [File]);
        await SubmitAsync(Person);
        await SendDueAsync();
        await FeedAsync();
        await ReturnAsync();
        (await DatabaseText.PlacesOfAsync(App, "anastazia", Token)).ShouldBe(
            [
                "accepted_letters.custom_args",
                "accepted_letters.head",
                "attachment_files.bytes",
                "bounce_counts.address_key",
                "bounce_counts.evidence",
                "captured_messages.recipient",
                "captured_messages.subject",
                "contents.processed",
                "contents.subject",
                "deliveries.address",
                "deliveries.address_key",
                "inbound_messages.sender",
                "inbound_messages.source",
                "single_messages.merge_data",
                "submitted_messages.bytes",
                "webhook_deliveries.payload",
            ],
            ignoreOrder: true
        );
        (await EraseAsync(Person)).IsDone.ShouldBeTrue();
        App.Clock.Advance(TimeSpan.FromHours(2));
        await ForgetAsync();
        (await DatabaseText.PlacesOfAsync(App, "anastazia", Token)).ShouldBeEmpty();
        (await App.CountAsync("attachment_files")).ShouldBe(0);
        (await App.CountAsync("submitted_messages")).ShouldBe(0);
        (await App.CountAsync("deliveries WHERE address LIKE 'hmac:%' AND sent_at IS NOT NULL")).ShouldBe(2);
        (await App.CountAsync("audit_log WHERE action = 'contact.erased'")).ShouldBe(1);
        (await EraseAsync(Person)).Found.ShouldBeFalse();
    }

    [Fact]
    public async Task Others_keep_their_copy_and_see_the_address_no_more()
    {
        await AcceptAsync([Person, "bob@r.test"], "Bonjour", [File], later: true);
        (await EraseAsync(Person)).IsDone.ShouldBeTrue();
        App.Clock.Advance(TimeSpan.FromHours(3));
        await ForgetAsync();
        await SendDueAsync();
        var source = (await App.ScalarAsync<byte[]>("SELECT source FROM captured_messages")).ShouldNotBeNull();
        using var inflate = new DeflateStream(new MemoryStream(source), CompressionMode.Decompress);
        using var reader = new StreamReader(inflate);
        var copy = await reader.ReadToEndAsync(Token);
        copy.ShouldContain("To: bob@r.test");
        copy.ShouldContain("Bonjour");
        copy.ShouldContain("bill.txt");
        copy.ShouldNotContain("anastazia");
        (await App.CountAsync("captured_messages")).ShouldBe(1);
        (await App.CountAsync($"deliveries WHERE status = {(short)DeliveryStatus.Suppressed}")).ShouldBe(1);
    }

    [Fact]
    public async Task Address_that_is_a_part_of_another_leaves_the_other_as_it_is()
    {
        await HookAsync();
        await AcceptAsync(["joana@r.test"], "Bonjour", []);
        await AcceptAsync(["ana@r.test"], "Bonjour", []);
        await SendDueAsync();
        await FeedAsync();
        (await EraseAsync("ana@r.test")).IsDone.ShouldBeTrue();
        var payload = (await App.ScalarAsync<string>("SELECT payload FROM webhook_deliveries")).ShouldNotBeNull();
        var addresses = JsonDocument
            .Parse(payload)
            .RootElement.EnumerateArray()
            .Select(e => e.GetProperty("email").GetString()!)
            .Distinct()
            .ToList();
        addresses.ShouldContain("joana@r.test");
        addresses.ShouldContain(a => a.StartsWith("hmac:", StringComparison.Ordinal));
        addresses.Count.ShouldBe(2);
        (await App.CountAsync("deliveries WHERE address = 'joana@r.test'")).ShouldBe(1);
    }

    [Fact]
    public async Task Another_customers_messages_to_the_address_stay()
    {
        await AcceptAsync([Person], "Bonjour", []);
        await App.ExecuteAsync($"UPDATE deliveries SET customer_id = {(await App.AddCustomerAsync("Other")).Value}");
        (await EraseAsync(Person)).Found.ShouldBeFalse();
        (await App.CountAsync($"deliveries WHERE address = '{Person}'")).ShouldBe(1);
    }

    private async Task<ChangeResult> EraseAsync(string address)
    {
        await using var db = App.OpenDb();
        return await EraseAddress.RunAsync(Actor, Channel.Email, address, App.Get<ErasedAddresses>(), db, Clock, Token);
    }

    private async Task ForgetAsync()
    {
        var retention = App.Services.GetServices<IHostedService>().OfType<MailRetention>().Single();
        while (await retention.ForgetAsync(Token) > 0) { }
    }

    private async Task AcceptAsync(string[] to, string text, IReadOnlyList<MailFile> files, bool later = false)
    {
        await using (var db = App.OpenDb())
            if (await App.CountAsync("sending_servers") == 0)
                await Scenario.AddServerAsync("capture", ServerKind.Capture, new CaptureSettings());
        var mail = new MailToAccept
        {
            Customer = App.Customer,
            Application = "key:1",
            From = Mailbox("shop@asso.example"),
            Text = new MailText("Sujet", null, text),
            Letters =
            [
                new MailLetter
                {
                    To = [.. to.Select(Mailbox)],
                    CustomArgs = to is [Person] ? """{"who":"anastazia"}""" : null,
                    Data = to is [Person] ? """{"name":"anastazia"}""" : null,
                    SendAt = later ? Clock.GetUtcNow().AddHours(2.5) : null,
                },
            ],
            Files = files,
        };
        (await App.Get<AcceptMail>().RunAsync(mail, Token)).MessageId.ShouldNotBeNull();
    }

    private Task<string> SubmitAsync(string to) =>
        App.Get<AcceptSubmitted>()
            .RunAsync(
                new SubmittedMail(
                    App.Customer,
                    "key:1",
                    Mailbox("shop@asso.example").Address,
                    "Pour anastazia",
                    [Mailbox(to).Address],
                    Encoding.UTF8.GetBytes($"From: shop@asso.example\r\nTo: {to}\r\nSubject: Pour anastazia\r\n\r\nBonjour anastazia\r\n")
                ),
                Token
            );

    /// <summary>A mail of the person came in, and an answer that counts.</summary>
    private async Task ReturnAsync()
    {
        var (customer, now) = (App.Customer.Value, Clock.GetUtcNow().ToUnixTimeMilliseconds());
        var hex = Convert.ToHexString(Encoding.UTF8.GetBytes($"From: {Person}"));
        var source = App.Store.Kind == DatabaseKind.Sqlite ? $"x'{hex}'" : $"decode('{hex}', 'hex')";
        await App.ExecuteAsync(
            $"INSERT INTO inbound_messages (customer_id, received_at, envelope_from, envelope_to, sender, kind, class, outcome, digest, source) VALUES ({customer}, {now}, '', 'x', '{Person}', 0, 0, 0, 'd', {source})"
        );
        await App.ExecuteAsync(
            $"INSERT INTO bounce_counts (customer_id, channel, address_key, is_permanent, at, delivery_id, evidence, judged) VALUES ({customer}, {(short)Channel.Email}, '{Person}', {(App.Store.Kind == DatabaseKind.Sqlite ? "1" : "true")}, {now}, 1, '550 {Person}', 0)"
        );
    }

    private async Task HookAsync()
    {
        await using var db = App.OpenDb();
        var input = new WebhookInput("http://127.0.0.1:9/", WebhookEventNames.All);
        await SaveWebhook.AddAsync(Actor, input, db, App.Get<Secrets>(), App.Get<NetworkOptions>(), Clock, Token);
    }

    private async Task FeedAsync()
    {
        var feeder = App.Services.GetServices<IHostedService>().OfType<WebhookFeeder>().Single();
        while (await feeder.FeedAsync(Token) > 0) { }
    }

    private static DisplayMailbox Mailbox(string address) =>
        EmailAddress.TryParse(address, out var parsed, out _) ? new DisplayMailbox(null, parsed) : throw new ArgumentException(address);
}

public sealed class EraseAddressTestsOnSqlite() : EraseAddressTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class EraseAddressTestsOnPostgreSql() : EraseAddressTests(DatabaseKind.PostgreSql);
