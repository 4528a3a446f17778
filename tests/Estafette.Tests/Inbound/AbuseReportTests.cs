using System.Net;
using Estafette.Core.Forms;
using Estafette.Core.Inbound.Abuse;
using Estafette.Core.Notices;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;
using Estafette.Core.Suppression;
using Estafette.Core.Tracking;
using Estafette.Tests.Forms;
using Estafette.Tests.Tracking;
using Estafette.Web.Public;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Estafette.Tests.Inbound;

/// <summary>Reports of abuse: who is taken off, who is told, and what stays without effect.</summary>
public abstract class AbuseReportTests(DatabaseKind kind) : DatabaseTests(kind), IAsyncLifetime
{
    private FormSite Site { get; set; } = null!;
    private TrackingSite Sent { get; set; } = null!;
    private DeliveryId Delivery { get; set; }

    async ValueTask IAsyncLifetime.InitializeAsync()
    {
        await InitializeAsync();
        Site = await FormSite.StartAsync(App);
        Sent = await TrackingSite.StartAsync(App);
        Delivery = await Sent.AddDeliveryAsync("anne@x.test");
        if (App.Store.Kind == DatabaseKind.PostgreSql)
            await App.ScalarAsync<long>("SELECT setval(pg_get_serial_sequence('deliveries', 'id'), 1000)");
        await App.ExecuteAsync($"UPDATE campaigns SET tech_contacts = 'it@asso.example' WHERE id = {Sent.Campaign}");
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await Sent.DisposeAsync();
        await Site.DisposeAsync();
        await DisposeAsync();
    }

    private async Task<HttpResponseMessage> PostAsync(string path, params (string Name, string Value)[] fields)
    {
        using var content = new FormUrlEncodedContent(fields.Select(f => new KeyValuePair<string, string>(f.Name, f.Value)));
        return await Site.Http.PostAsync(path, content, Token);
    }

    private Task LookAsync() => App.Services.GetServices<IHostedService>().OfType<NoticeWatch>().Single().LookAsync(Token);

    [Fact]
    public async Task Report_with_a_link_takes_the_recipient_off_and_tells_everybody_concerned()
    {
        await App.ExecuteAsync(
            $"INSERT INTO users (customer_id, user_name, normalized_user_name, email, is_operator, created_at) VALUES ({App.Customer}, 'desk@inst.example', 'DESK@INST.EXAMPLE', 'desk@inst.example', true, 0)"
        );
        var path = Sent.Url('u', TokenPurpose.Unsubscribe, Delivery) + "/abuse";
        var page = await Site.Http.GetStringAsync(new Uri(Site.Http.BaseAddress!, path), Token);
        page.ShouldContain("Atelier Dupont");
        page.ShouldNotContain("anne@x.test");
        (await App.CountAsync("suppressions")).ShouldBe(0);

        using var taken = await PostAsync(path, ("words", "Jamais demandé.\nDeux lignes"), ("reporter", "anne@x.test"));
        taken.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await Site.Http.GetStringAsync(new Uri(Site.Http.BaseAddress!, taken.Headers.Location!), Token)).ShouldContain("Merci");

        await using var db = App.OpenDb();
        var row = await db.Of<SuppressedAddress>(App.Customer).SingleAsync(Token);
        (row.AddressKey, row.Reason, row.Origin).ShouldBe(("anne@x.test", SuppressionReason.Complaint, SuppressionOrigin.Abuse));
        row.CampaignId.ShouldBe(Sent.Campaign);
        var report = await db.Of<AbuseReport>(App.Customer).SingleAsync(Token);
        (report.Words.ReplaceLineEndings("\n"), report.Reporter, report.OptedOut).ShouldBe(
            ("Jamais demandé.\nDeux lignes", "anne@x.test", true)
        );
        (report.CampaignId, report.DeliveryId).ShouldBe((Sent.Campaign, Delivery));
        (await Sent.RollupAsync(Metric.Complained)).ShouldBe(1);
        (await App.CountAsync("delivery_events WHERE source = 6")).ShouldBe(1);

        await LookAsync();
        await LookAsync();
        (await App.CountAsync("contact_notices WHERE address = 'it@asso.example' AND kind = 3")).ShouldBe(1);
        (await App.CountAsync("notices WHERE kind = 8")).ShouldBe(1);
        (await App.CountAsync("deliveries WHERE address = 'desk@inst.example'")).ShouldBe(1);
        (await App.CountAsync("abuse_reports WHERE mailed_at IS NULL")).ShouldBe(0);

        // Another one within ten minutes waits for the next mail.
        (await PostAsync(path, ("words", "Encore"))).Dispose();
        await LookAsync();
        (await App.CountAsync("deliveries WHERE address = 'desk@inst.example'")).ShouldBe(1);
        App.Clock.Advance(TimeSpan.FromMinutes(11));
        await LookAsync();
        (await App.CountAsync("deliveries WHERE address = 'desk@inst.example'")).ShouldBe(2);
        (await Sent.RollupAsync(Metric.Complained)).ShouldBe(1, "one person complains once");
    }

    [Theory]
    [InlineData('u', TokenPurpose.Unsubscribe, true)]
    [InlineData('l', TokenPurpose.Click, true)]
    [InlineData('w', TokenPurpose.WebVersion, true)]
    [InlineData('o', TokenPurpose.Open, false)]
    [InlineData('l', TokenPurpose.AggregateClick, false)]
    public async Task Free_report_proves_the_recipient_with_the_links_of_a_person_only(char letter, object purpose, bool proves)
    {
        var link = "https://links.example" + Sent.Url(letter, (TokenPurpose)purpose, Delivery);
        using var answer = await PostAsync("/abuse", ("words", "x"), ("link", $"<{link}> merci"));
        answer.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await App.CountAsync("suppressions")).ShouldBe(proves ? 1 : 0);
        (await App.ScalarAsync<long>("SELECT customer_id FROM abuse_reports")).ShouldBe(proves ? App.Customer.Value : 0);
    }

    // Interfaces §1.11: one mail each, above 20 an hour one digest; the same line for opt-outs and reports.
    [Fact]
    public async Task Technical_contacts_get_one_mail_each_and_a_digest_when_there_are_many()
    {
        for (var i = 0; i < 25; i++)
            await App.ExecuteAsync(
                $"INSERT INTO suppressions (customer_id, channel, address_key, reason, origin, campaign_id, created_at) VALUES ({App.Customer}, 1, 'p{i}@x.test', 1, 2, {Sent.Campaign}, 0)"
            );
        // A bounce is no notice, and what was imported neither.
        await App.ExecuteAsync(
            $"INSERT INTO suppressions (customer_id, channel, address_key, reason, origin, campaign_id, created_at) VALUES ({App.Customer}, 1, 'b@x.test', 2, 4, {Sent.Campaign}, 0), ({App.Customer}, 1, 'i@x.test', 1, 8, {Sent.Campaign}, 0)"
        );
        (await PostAsync(Sent.Url('u', TokenPurpose.Unsubscribe, Delivery) + "/abuse", ("words", "x"))).Dispose();
        await LookAsync();
        await LookAsync();
        (await App.CountAsync("contact_notices WHERE kind = 3")).ShouldBe(20);
        (await App.ScalarAsync<string>("SELECT lines FROM contact_notices WHERE kind = 4"))!
            .Split("x.test")
            .Length.ShouldBe(1 + 6, "five opt-outs and the report");
        (await App.CountAsync("deliveries WHERE address = 'it@asso.example'")).ShouldBe(20);
        App.Clock.Advance(TimeSpan.FromHours(1) + TimeSpan.FromMinutes(1));
        await LookAsync();
        (await App.CountAsync("deliveries WHERE address = 'it@asso.example'")).ShouldBe(21);
    }

    [Fact]
    public async Task What_is_forged_too_long_or_empty_takes_nobody_off()
    {
        var good = Sent.Url('u', TokenPurpose.Unsubscribe, Delivery);
        var bad = good[..^5] + (good[^5] == 'A' ? 'B' : 'A') + good[^4..];
        using var forged = await PostAsync("/abuse", ("words", "x"), ("link", bad));
        forged.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await PostAsync(bad + "/abuse", ("words", "x"))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        foreach (
            var fields in new (string, string)[][]
            {
                [("words", " ")],
                [("words", new string('x', ReportAbuse.MaxWords + 1))],
                [("words", "x"), ("reporter", "nobody")],
                [("words", "x"), ("link", new string('x', ReportAbuse.MaxLink + 1))],
            }
        )
        {
            using var refused = await PostAsync("/abuse", fields);
            refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
            (await refused.Content.ReadAsStringAsync(Token)).ShouldContain("role=\"alert\"");
        }
        (await App.CountAsync("abuse_reports")).ShouldBe(1);
        (await App.CountAsync("suppressions")).ShouldBe(0);
    }

    [Fact]
    public async Task Large_and_trapped_posts_and_a_network_that_reports_too_much_are_kept_out()
    {
        using var large = await PostAsync("/abuse", ("words", new string('x', 200_000)));
        large.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        using var trapped = await PostAsync("/abuse", ("words", "x"), (FormRequests.TrapInput, "x"));
        trapped.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await App.CountAsync("abuse_reports")).ShouldBe(0);
        HttpStatusCode last = default;
        for (var i = 0; i <= SubmissionLimits.PerNetworkAddress; i++)
        {
            using var answer = await PostAsync("/abuse", ("words", "x"));
            last = answer.StatusCode;
        }
        last.ShouldBe(HttpStatusCode.TooManyRequests);
        (await App.CountAsync("abuse_reports")).ShouldBe(SubmissionLimits.PerNetworkAddress);
    }
}

public sealed class AbuseReportTestsOnSqlite() : AbuseReportTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class AbuseReportTestsOnPostgreSql() : AbuseReportTests(DatabaseKind.PostgreSql);
