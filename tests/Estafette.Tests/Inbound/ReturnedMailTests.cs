using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Testing;
using Estafette.Tests.Api;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Inbound;

/// <summary>Mail to the return domain over the real door: where a bounce, a complaint and an opt-out end.</summary>
public sealed class ReturnedMailTests
{
    private const string Domain = Sent.Domain;

    private const string Arf = """
        From: fbl@provider.example
        Subject: complaint
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=feedback-report; boundary="B"

        --B
        Content-Type: text/plain

        This is an email abuse report.

        --B
        Content-Type: message/feedback-report

        Feedback-Type: TYPE
        User-Agent: Provider/1.0
        Version: 1

        --B
        Content-Type: message/rfc822

        From: lettre@asso.example
        Subject: Bonjour

        text
        --B--
        """;

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Bounce_complaint_and_opt_out_each_end_where_they_must(DatabaseKind kind)
    {
        await using var sent = await Sent.StartAsync(
            kind,
            "gone@a.example",
            "full@a.example",
            "late@a.example",
            "angry@a.example",
            "tired@a.example",
            "away@a.example",
            "blocked@a.example",
            "fine@a.example"
        );
        (
            await sent.DeliverAsync(
                sent.ReturnOf("gone@a.example"),
                Sent.Dsn("gone@a.example", "failed", "5.1.1", "550 5.1.1 User unknown")
            )
        ).ShouldStartWith("250");
        (
            await sent.DeliverAsync(
                sent.ReturnOf("full@a.example"),
                Sent.Dsn("full@a.example", "failed", "4.2.2", "452 4.2.2 Mailbox full")
            )
        ).ShouldStartWith("250");
        (
            await sent.DeliverAsync(sent.ReturnOf("late@a.example"), Sent.Dsn("late@a.example", "delayed", "4.4.1", "connection timed out"))
        ).ShouldStartWith("250");
        (
            await sent.DeliverAsync(
                sent.ReturnOf("angry@a.example"),
                Arf.Replace("TYPE", "abuse", StringComparison.Ordinal),
                "fbl@provider.example"
            )
        ).ShouldStartWith("250");
        (
            await sent.DeliverAsync(
                sent.UnsubscribeOf("tired@a.example"),
                "From: tired@a.example\nSubject: unsubscribe\n\n",
                "tired@a.example"
            )
        ).ShouldStartWith("250");
        (
            await sent.DeliverAsync(
                sent.ReturnOf("away@a.example"),
                "From: away@a.example\nSubject: Absence du bureau\nAuto-Submitted: auto-replied\n\nJe suis absent.",
                "away@a.example"
            )
        ).ShouldStartWith("250");
        (
            await sent.DeliverAsync(
                sent.ReturnOf("blocked@a.example"),
                Sent.Dsn("blocked@a.example", "failed", "5.7.1", "554 5.7.1 blocked using zen.spamhaus.org")
            )
        ).ShouldStartWith("250");
        (
            await sent.DeliverAsync(sent.ReturnOf("fine@a.example"), Sent.Dsn("fine@a.example", "delivered", "2.0.0", "250 2.0.0 OK"))
        ).ShouldStartWith("250");

        (await sent.StatusAsync("gone@a.example")).ShouldBe("hardbounced");
        (await sent.OriginAsync("gone@a.example")).ShouldBe("bounce");
        (await sent.StatusAsync("full@a.example")).ShouldBe("softbounced");
        (await sent.OriginAsync("full@a.example")).ShouldBeNull();
        (await sent.StatusAsync("late@a.example")).ShouldBe("sent");
        (await sent.OriginAsync("angry@a.example")).ShouldBe("feedback-loop");
        (await sent.OriginAsync("tired@a.example")).ShouldBe("mail");
        (await sent.OriginAsync("away@a.example")).ShouldBeNull();
        (await sent.StatusAsync("blocked@a.example")).ShouldBe("hardbounced");
        (await sent.OriginAsync("blocked@a.example")).ShouldBeNull();
        (await sent.StatusAsync("fine@a.example")).ShouldBe("delivered");
        await sent.FiguresAreTrueAsync();

        // Late, after the message was delivered.
        (
            await sent.DeliverAsync(
                sent.ReturnOf("fine@a.example"),
                Sent.Dsn("fine@a.example", "failed", "5.2.1", "550 5.2.1 Mailbox disabled")
            )
        ).ShouldStartWith("250");
        (await sent.StatusAsync("fine@a.example")).ShouldBe("hardbounced");
        await sent.FiguresAreTrueAsync();
        sent.Api.Web.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Same_bounce_twice_counts_once_and_a_report_of_no_spam_does_nothing()
    {
        await using var sent = await Sent.StartAsync(DatabaseKind.Sqlite, "a@a.example", "b@a.example");
        var bounce = Sent.Dsn("a@a.example", "failed", "5.1.1", "550 5.1.1 User unknown");
        for (var i = 0; i < 3; i++)
            (await sent.DeliverAsync(sent.ReturnOf("a@a.example"), bounce)).ShouldStartWith("250");
        (await sent.Api.SendAsync("GET", sent.Path + "bounces/")).Json.GetArrayLength().ShouldBe(1);
        (await sent.DeliverAsync(sent.ReturnOf("b@a.example"), Arf.Replace("TYPE", "not-spam", StringComparison.Ordinal))).ShouldStartWith(
            "250"
        );
        (await sent.OriginAsync("b@a.example")).ShouldBeNull();
        await sent.FiguresAreTrueAsync();
    }

    [Fact]
    public async Task Forged_token_foreign_domain_and_unknown_names_are_refused_and_letters_to_people_are_kept()
    {
        await using var sent = await Sent.StartAsync(DatabaseKind.Sqlite, "a@a.example");
        var good = sent.ReturnOf("a@a.example");
        var forged = good.Replace(good[9], good[9] == 'a' ? 'b' : 'a');
        (await sent.DeliverAsync(forged, "x")).ShouldStartWith("550");
        (await sent.DeliverAsync("someone@elsewhere.example", "x")).ShouldStartWith("550 5.7.1");
        (await sent.DeliverAsync($"nobody@{Domain}", "x")).ShouldStartWith("550 5.1.1");
        // The token of a bounce does not opt out.
        (await sent.DeliverAsync(good.Replace("return-", "unsubscribe-", StringComparison.Ordinal), "x")).ShouldStartWith("550");
        (await sent.DeliverAsync($"abuse@{Domain}", "From: someone@a.example\nSubject: Stop\n\nText", "someone@a.example")).ShouldStartWith(
            "250"
        );
        (await sent.StatusAsync("a@a.example")).ShouldBe("sent");
    }

    [Fact]
    public async Task Repeated_failures_list_the_address_and_refusals_of_the_sender_never_do()
    {
        await using var sent = await Sent.StartAsync(DatabaseKind.Sqlite, "x@a.example");
        var path = sent.Path;
        var mails = new Dictionary<string, DeliveryId>(sent.Mails);
        for (var i = 0; i < 3; i++)
        {
            var again = i == 0 ? sent : sent with { Path = await SendAgainAsync(sent.Api), Mails = new Dictionary<string, DeliveryId>() };
            if (i > 0)
            {
                var row = (await sent.Api.SendAsync("GET", again.Path + "mails/")).Json[0];
                again = again with
                {
                    Mails = new Dictionary<string, DeliveryId>
                    {
                        ["x@a.example"] = new(
                            long.Parse(
                                row.GetProperty("url").GetString()!.Split('/')[^2],
                                System.Globalization.CultureInfo.InvariantCulture
                            )
                        ),
                    },
                };
            }
            (await sent.OriginAsync("x@a.example")).ShouldBeNull();
            (
                await again.DeliverAsync(again.ReturnOf("x@a.example"), Sent.Dsn("x@a.example", "failed", "5.0.0", "550 something odd"))
            ).ShouldStartWith("250");
        }
        await Eventually.TrueAsync(async () => await sent.OriginAsync("x@a.example") == "bounce");
    }

    [Fact]
    public async Task Door_offers_tls_with_a_certificate_of_our_authority_and_takes_a_bounce_through_it()
    {
        await using var sent = await Sent.StartAsync(DatabaseKind.Sqlite, "a@a.example");
        using var client = new TcpClient();
        await client.ConnectAsync(Sent.Door(sent.Api).EndPoint!, TestContext.Current.CancellationToken);
        var plain = client.GetStream();
        using (var reader = new StreamReader(plain, Encoding.ASCII, false, 1, leaveOpen: true))
        {
            await SayAsync(plain, reader, null, "220");
            (await SayAsync(plain, reader, "EHLO far.example", "250")).ShouldContain("STARTTLS");
            await SayAsync(plain, reader, "STARTTLS", "220");
        }
        var data = sent.Api.Web.Services.GetRequiredService<DataOptions>();
        using var authority = X509Certificate2.CreateFromPem(CertificateAuthority.Show(data, TimeProvider.System));
        await using var tls = new SslStream(plain);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = Domain,
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { authority },
                    RevocationMode = X509RevocationMode.NoCheck,
                },
            },
            TestContext.Current.CancellationToken
        );
        using var secret = new StreamReader(tls, Encoding.ASCII);
        (await SayAsync(tls, secret, "EHLO far.example", "250")).ShouldNotContain("STARTTLS");
        await SayAsync(tls, secret, "MAIL FROM:<>", "250");
        await SayAsync(tls, secret, $"RCPT TO:<{sent.ReturnOf("a@a.example")}>", "250");
        await SayAsync(tls, secret, "DATA", "354");
        var bounce = Sent.Dsn("a@a.example", "failed", "5.1.1", "550 5.1.1 User unknown").ReplaceLineEndings("\r\n");
        await SayAsync(tls, secret, bounce + "\r\n.", "250");
        (await sent.StatusAsync("a@a.example")).ShouldBe("hardbounced");
    }

    private static async Task<string> SayAsync(Stream stream, StreamReader reader, string? line, string code)
    {
        if (line is not null)
            await stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"));
        var all = new StringBuilder();
        string read;
        do
        {
            read = await reader.ReadLineAsync() ?? "";
            all.AppendLine(read);
        } while (read.Length > 3 && read[3] == '-');
        read.ShouldStartWith(code);
        return all.ToString();
    }

    private static async Task<string> SendAgainAsync(ApiHost api)
    {
        var path = await api.CampaignAsync();
        await api.SendAsync("PUT", path + "message/", """{"subject":"Encore","html":"<p>Une autre lettre.</p>"}""");
        await api.SendAsync("POST", path + "mails/", """{"to":"x@a.example"}""");
        (await api.SendAsync("PATCH", path, """{"status":"sending"}""")).Status.ShouldBe(200);
        await Eventually.TrueAsync(async () => (await api.SendAsync("GET", path))["status"] == "sent");
        return path;
    }
}
