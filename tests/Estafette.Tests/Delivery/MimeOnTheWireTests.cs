using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Estafette.Core.Campaigns;
using Estafette.Core.Deliverability;
using Estafette.Core.Platform;
using Estafette.Core.Tracking;
using Estafette.Protocols.Mime;
using Estafette.Testing.Smtp;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Tests.Delivery;

public sealed partial class MimeOnTheWireTests() : CampaignTests(DatabaseKind.Sqlite)
{
    [Fact]
    public async Task Message_on_the_wire_is_what_the_rfcs_and_the_providers_ask_for()
    {
        var (id, message, raw) = await SendOneAsync("Zoé \"l'ours\" 😀", new string('é', 3000));
        var part = MimeReader.Read(message.Bytes);

        part.Field("From").ShouldBe("Atelier Dupont <lettre@example.test>");
        part.Field("To")!.ShouldContain("p0@r.test");
        part.Field("Subject").ShouldBe("Économisez 50 % sur notre nouvelle collection, Zoé \"l'ours\" 😀");
        part.RawField("Subject")!.ShouldAllBe(c => c < 128);
        DateTimeOffset
            .ParseExact(part.Field("Date")!, "ddd, d MMM yyyy HH:mm:ss zzz", System.Globalization.CultureInfo.InvariantCulture)
            .ShouldBe(App.Now, TimeSpan.FromMinutes(1));
        part.Field("MIME-Version").ShouldBe("1.0");
        part.Field("Message-ID")!.ShouldMatch("^<[^@<>\\s]+@example\\.test>$");
        message.MailFrom.ShouldEndWith("@example.test");
        part.Field("List-Unsubscribe-Post").ShouldBe("List-Unsubscribe=One-Click");
        var ways = part.Field("List-Unsubscribe")!.Split(',', StringSplitOptions.TrimEntries);
        ways[0].ShouldMatch("^<https://[^>]+/u/[^>]+>$");
        ways[1].ShouldMatch("^<mailto:lettre@example\\.test\\?subject=unsubscribe%20[^>]+>$");
        foreach (var field in new[] { "From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "List-Unsubscribe" })
            part.Fields.Count(f => f.Name.Equals(field, StringComparison.OrdinalIgnoreCase)).ShouldBe(1, field);

        part.ContentType.ShouldBe("multipart/alternative");
        part.Children.Select(c => c.ContentType).ShouldBe(["text/plain", "text/html"]);
        part.Children[0].Text().ShouldContain("Bonjour Zoé");
        var html = part.Children[1].Text();
        html.ShouldContain(new string('é', 3000));

        await TokensAreValidAsync(html, (await DeliveriesAsync(id)).Single().Id, ways[0]);
        LinesAreClean(raw);
    }

    // Interfaces §1.11, RFC 2369 §3.1, RFC 8058 §3.1: no promise of one click, the way that works first.
    [Fact]
    public async Task Campaign_whose_customer_sees_to_opt_outs_promises_no_one_click()
    {
        await App.ExecuteAsync("UPDATE customers SET may_opt_out_externally = true, opt_out_contact = 'Secrétariat'");
        var (_, message, raw) = await SendOneAsync("Zoé", "x", external: true);
        var part = MimeReader.Read(message.Bytes);
        part.Field("List-Unsubscribe-Post").ShouldBeNull();
        var ways = part.Field("List-Unsubscribe")!.Split(',', StringSplitOptions.TrimEntries);
        ways[0].ShouldMatch("^<mailto:lettre@example\\.test\\?subject=unsubscribe%20[^>]+>$");
        ways[1].ShouldMatch("^<https?://[^>]+/u/[^>]+>$");
        LinesAreClean(raw);
    }

    [Fact]
    public async Task Without_https_there_is_no_one_click_to_promise()
    {
        var (_, message, _) = await SendOneAsync("Zoé", "x", baseUrl: "http://links.example.test");
        var part = MimeReader.Read(message.Bytes);
        part.Field("List-Unsubscribe")!.ShouldStartWith("<http://links.example.test/u/");
        part.Field("List-Unsubscribe-Post").ShouldBeNull();
    }

    [Theory]
    [InlineData("Eve\r\nBcc: victim@r.test\r\n\r\nbody")]
    [InlineData("Eve\rX: y")]
    [InlineData("Eve\nX: y")]
    [InlineData("Eve\0")]
    [InlineData("<script>alert(1)</script>")]
    public async Task Hostile_name_of_a_contact_changes_no_header_and_no_markup(string name)
    {
        var (_, message, raw) = await SendOneAsync(name, "x");
        var part = MimeReader.Read(message.Bytes);
        part.Fields.ShouldNotContain(f => f.Name == "Bcc" || f.Name == "X");
        message.RcptTo.ShouldBe(["p0@r.test"]);
        part.Children[1].Text().ShouldNotContain("<script");
        LinesAreClean(raw);
    }

    [Fact]
    public async Task Lines_that_begin_with_a_dot_arrive_as_they_were()
    {
        var (_, message, _) = await SendOneAsync(
            "x",
            "</p><pre>\n.\n..\n.hidden\n</pre><p>",
            "Bonjour {{first_name}}\n.\n..\n.hidden\nfin"
        );
        var text = MimeReader.Read(message.Bytes).Children[0].Text().ReplaceLineEndings("\n");
        text.ShouldContain("\n.\n..\n.hidden\nfin");
    }

    [Fact]
    [Trait("Category", "RealServers")]
    public async Task Signature_on_the_wire_satisfies_the_verifier_of_debian()
    {
        await Scenario.AddDkimAsync();
        var (_, message, _) = await SendOneAsync("Zoé", new string('é', 3000) + "  double  blanks");
        await using var db = App.OpenDb();
        var record = await db.Of<SenderDomain>(App.Customer).Select(d => d.DkimPublicKey).SingleAsync(Token);
        var covered = Wire.Header(message, "DKIM-Signature")!.ToLowerInvariant();
        covered.ShouldContain("d=example.test");
        covered.ShouldContain("s=s1");
        var signed = covered.Split("h=")[1].Split(';')[0];
        foreach (var field in new[] { "from", "to", "subject", "date", "message-id", "list-unsubscribe", "list-unsubscribe-post" })
            signed.Split(':', StringSplitOptions.TrimEntries).ShouldContain(field);
        (await VerifyAsync(record, message.Bytes)).ShouldBe("True");
        var tampered = message.Bytes.ToArray();
        tampered[^20] ^= 1;
        (await VerifyAsync(record, tampered)).ShouldNotBe("True");
    }

    private async Task<(CampaignId, ReceivedMessage, byte[])> SendOneAsync(
        string firstName,
        string filling,
        string? text = null,
        bool external = false,
        string baseUrl = "https://links.example.test"
    )
    {
        await using var smtp = FakeSmtpServer.Start(new FakeSmtpBehaviour { KeepsRawInput = true });
        await App.ExecuteAsync($"UPDATE customers SET tracking_base_url = '{baseUrl}'");
        var list = await App.AddListAsync("one", "p0@r.test");
        await using (var db = App.OpenDb())
        {
            var contact = await db.Of<Core.Contacts.Contact>(App.Customer).SingleAsync(Token);
            contact.FirstName = firstName;
            contact.TrackingConsent = Core.Contacts.TrackingConsent.Granted;
            await db.SaveChangesAsync(Token);
        }
        var html =
            $"<html><body><p>Bonjour {{{{first_name}}}}</p><a href=\"https://shop.example/a?b=1&c=2\">voir</a><p>{filling}</p></body></html>";
        var id = await Scenario.AddCampaignAsync(list, [await Scenario.AddSmtpAsync("s", smtp.Port, connections: 1)], html);
        await using (var db = App.OpenDb())
            await EditCampaign.RunAsync(App.Customer, id, new CampaignEdit { Text = text, ExternalOptOut = external }, db, Clock, Token);
        await Scenario.LaunchAsync(id);
        await ExpandAsync();
        await SendDueAsync();
        return (id, smtp.Messages.ShouldHaveSingleItem(), smtp.RawInput(1));
    }

    private async Task TokensAreValidAsync(string html, DeliveryId delivery, string unsubscribe)
    {
        var tokens = App.Get<TrackingTokens>();
        await tokens.EnsureLoadedAsync(Token);
        var found = TokenUrl().Matches(html + unsubscribe).Select(m => (Kind: m.Groups[1].Value, Text: m.Groups[2].Value)).ToList();
        foreach (var (kind, purpose) in new[] { ("o", TokenPurpose.Open), ("l", TokenPurpose.Click), ("u", TokenPurpose.Unsubscribe) })
        {
            var mine = found.Where(f => f.Kind == kind).ToList();
            mine.ShouldNotBeEmpty(kind);
            foreach (var (_, text) in mine)
            {
                tokens.TryRead(text, out var token).ShouldBeTrue(text);
                (token.Purpose, token.Subject).ShouldBe((purpose, delivery.Value));
                var forged = text[..^1] + (text[^1] == 'a' ? 'b' : 'a');
                tokens.TryRead(forged, out _).ShouldBeFalse();
            }
        }
        html.ShouldNotContain("shop.example");
    }

    /// <summary>No bare CR or LF anywhere in what was sent, and no line longer than RFC 5322 §2.1.1 allows.</summary>
    private static void LinesAreClean(byte[] raw)
    {
        var text = Encoding.Latin1.GetString(raw);
        var lines = text.Split("\r\n");
        lines.ShouldAllBe(l => !l.Contains('\r') && !l.Contains('\n') && !l.Contains('\0'));
        lines.Max(l => l.Length).ShouldBeLessThanOrEqualTo(998);
    }

    private static async Task<string> VerifyAsync(string record, byte[] message)
    {
        const string script = """
            import sys, dkim
            record = bytes.fromhex(sys.stdin.readline().strip())
            message = bytes.fromhex(sys.stdin.readline().strip())
            def txt(name, timeout=5):
                name = name.decode() if isinstance(name, bytes) else name
                return record if name.rstrip('.') == 's1._domainkey.example.test' else None
            try:
                print(dkim.verify(message, dnsfunc=txt))
            except Exception as e:
                print(repr(e))
            """;
        var start = new ProcessStartInfo("/usr/bin/python3")
        {
            UseShellExecute = false,
            ArgumentList = { "-c", script },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var python = Process.Start(start)!;
        await python.StandardInput.WriteLineAsync(Convert.ToHexString(Encoding.ASCII.GetBytes(record)));
        await python.StandardInput.WriteLineAsync(Convert.ToHexString(message));
        python.StandardInput.Close();
        var answer = await python.StandardOutput.ReadToEndAsync();
        await python.WaitForExitAsync();
        return answer.Trim();
    }

    [GeneratedRegex("/([olu])/([0-9a-zA-Z_-]+)")]
    private static partial Regex TokenUrl();
}
