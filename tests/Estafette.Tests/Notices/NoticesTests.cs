using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Channels;
using Estafette.Core.Deliverability;
using Estafette.Core.Notices;
using Estafette.Core.Platform;
using Estafette.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;

namespace Estafette.Tests.Notices;

public abstract class NoticesTests(DatabaseKind kind) : DatabaseTests(kind)
{
    private long _campaigns;

    protected override TestSetup Setup =>
        new() { Settings = new Dictionary<string, string?>(StringComparer.Ordinal) { ["Web:PublicUrl"] = "https://pages.example.test" } };

    private async Task<long> AddUserAsync(string email, string? language = null)
    {
        await using var db = App.OpenDb();
        var user = new User
        {
            CustomerId = App.Customer,
            UserName = email,
            NormalizedUserName = email.ToUpperInvariant(),
            Email = email,
            NormalizedEmail = email.ToUpperInvariant(),
            Language = language,
            CreatedAt = App.Now,
        };
        db.Add(user);
        await db.SaveChangesAsync(Token);
        return user.Id;
    }

    private async Task ChooseAsync(long user, params NoticeKind[] kinds)
    {
        await using var db = App.OpenDb();
        await ReadNotices.ChooseAsync(App.Customer, user, kinds, db, Token);
    }

    private async Task<ServerId> AddServerAsync(string name = "Relais", bool active = true)
    {
        await using var db = App.OpenDb();
        var server = new SendingServer
        {
            CustomerId = App.Customer,
            Name = name,
            Kind = ServerKind.Capture,
            Active = active,
            Settings = "{}",
            CreatedAt = App.Now,
            UpdatedAt = App.Now,
        };
        db.Add(server);
        if (!await db.Of<SenderIdentity>(App.Customer).AnyAsync(Token))
            db.Add(
                new SenderIdentity
                {
                    CustomerId = App.Customer,
                    Name = "Atelier",
                    Email = "info@atelier.test",
                    CreatedAt = App.Now,
                }
            );
        await db.SaveChangesAsync(Token);
        return server.Id;
    }

    private async Task<CampaignId> FinishCampaignAsync(string name)
    {
        await using var db = App.OpenDb();
        var campaign = new Campaign(App.Customer, name, App.Now);
        db.Add(campaign);
        await db.SaveChangesAsync(Token);
        _campaigns++;
        await App.ExecuteAsync(
            $"UPDATE campaigns SET status = 4, finished_at = {App.Now.ToUnixTimeMilliseconds() + _campaigns} WHERE id = {campaign.Id}"
        );
        return campaign.Id;
    }

    private async Task<int> FindAsync()
    {
        await using var db = App.OpenDb();
        return await FindNotices.RunAsync(db, App.Clock, Token);
    }

    private async Task SendAsync()
    {
        await using var db = App.OpenDb();
        await SendNotices.RunAsync(db, App.Writes, App.Get<Signals>(), App.Get<PageAddress>(), App.Clock, NullLogger.Instance, Token);
    }

    private async Task<List<Notice>> AllAsync()
    {
        await using var db = App.OpenDb();
        return [.. (await ReadNotices.RunAsync(App.Customer, 0, db, Token)).Notices];
    }

    [Fact]
    public async Task Links_of_a_notice_lead_to_the_pages_and_not_to_the_tracking_links()
    {
        await AddServerAsync();
        await ChooseAsync(await AddUserAsync("boss@atelier.test"), NoticeKind.CampaignFinished);
        await App.ExecuteAsync("UPDATE customers SET tracking_base_url = 'https://links.atelier.test'");
        var campaign = await FinishCampaignAsync("Rentrée");
        await FindAsync();
        await SendAsync();
        var data = (await App.ScalarAsync<string>("SELECT merge_data FROM single_messages")).ShouldNotBeNull();
        data.ShouldContain($"https://pages.example.test/campaigns/{campaign}/report");
        data.ShouldContain("https://pages.example.test/notices");
        data.ShouldNotContain("links.atelier.test");
    }

    [Fact]
    public async Task Finished_campaign_is_told_once()
    {
        var campaign = await FinishCampaignAsync("Rentrée");
        (await FindAsync()).ShouldBe(1);
        (await FindAsync()).ShouldBe(0);
        var notice = (await AllAsync()).ShouldHaveSingleItem();
        (notice.Kind, notice.SubjectId, notice.Name).ShouldBe((NoticeKind.CampaignFinished, campaign.Value, "Rentrée"));
    }

    [Fact]
    public async Task Campaign_that_finished_days_ago_is_not_told()
    {
        await FinishCampaignAsync("Rentrée");
        App.Clock.Advance(TimeSpan.FromDays(2));
        (await FindAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Share_of_failures_above_the_threshold_warns_once()
    {
        var campaign = await FinishCampaignAsync("Rentrée");
        var hour = App.Now.ToUnixTimeSeconds() / 3600;
        await App.ExecuteAsync(
            $"INSERT INTO rollups (campaign_id, metric, hour, dimension, customer_id, count) VALUES ({campaign}, 33, {hour}, 2, {App.Customer}, 200), ({campaign}, 4, {hour}, 0, {App.Customer}, 10)"
        );
        await FindAsync();
        (await AllAsync()).Select(n => n.Kind).ShouldBe([NoticeKind.CampaignFinished]);
        await using (var db = App.OpenDb())
            await ReadNotices.SetFailurePercentAsync(new Actor(App.Customer, "me"), 5, db, App.Clock, Token);
        (await FindAsync()).ShouldBe(1);
        (await FindAsync()).ShouldBe(0);
        var warning = (await AllAsync())[0];
        (warning.Kind, warning.Number, warning.Share).ShouldBe((NoticeKind.TooManyFailures, 10, 5.0));
    }

    [Fact]
    public async Task Server_that_fails_is_told_until_it_works_again()
    {
        var server = await AddServerAsync();
        await App.ExecuteAsync(
            $"UPDATE sending_servers SET breaker_open_until = {App.Now.AddMinutes(1).ToUnixTimeMilliseconds()} WHERE id = {server}"
        );
        (await FindAsync()).ShouldBe(1);
        (await FindAsync()).ShouldBe(0);
        await App.ExecuteAsync($"UPDATE sending_servers SET breaker_open_until = NULL WHERE id = {server}");
        await FindAsync();
        (await AllAsync()).ShouldHaveSingleItem().ClosedAt.ShouldNotBeNull();
        App.Clock.Advance(TimeSpan.FromMinutes(5));
        await App.ExecuteAsync(
            $"UPDATE sending_servers SET breaker_open_until = {App.Now.AddMinutes(1).ToUnixTimeMilliseconds()} WHERE id = {server}"
        );
        (await FindAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task Mail_goes_to_those_who_chose_it_in_their_language_and_only_once()
    {
        await AddServerAsync();
        var reader = await AddUserAsync("reader@atelier.test", "en");
        await AddUserAsync("other@atelier.test");
        await ChooseAsync(reader, NoticeKind.CampaignFinished);
        await FinishCampaignAsync("Rentrée");
        await FindAsync();
        await SendAsync();
        await SendAsync();

        (await App.CountAsync("delivery_queue")).ShouldBe(1);
        (await App.ScalarAsync<string>("SELECT address FROM deliveries")).ShouldBe("reader@atelier.test");
        (await App.ScalarAsync<string>("SELECT merge_data FROM single_messages")).ShouldNotBeNull().ShouldContain("is finished");
        (await App.ScalarAsync<long>("SELECT count(*) FROM notice_mails WHERE sent_at IS NULL")).ShouldBe(0);
    }

    [Fact]
    public async Task Many_events_make_one_mail()
    {
        await AddServerAsync();
        var reader = await AddUserAsync("reader@atelier.test");
        await ChooseAsync(reader, NoticeKind.CampaignFinished);
        for (var i = 0; i < 30; i++)
            await FinishCampaignAsync($"C{i}");
        await FindAsync();
        await SendAsync();
        await FinishCampaignAsync("Later");
        await FindAsync();
        await SendAsync();
        (await App.CountAsync("delivery_queue")).ShouldBe(1);
        (await App.ScalarAsync<string>("SELECT merge_data FROM single_messages")).ShouldNotBeNull().ShouldContain("30 alertes");
        App.Clock.Advance(TimeSpan.FromMinutes(11));
        await SendAsync();
        (await App.CountAsync("delivery_queue")).ShouldBe(2);
    }

    [Fact]
    public async Task Mail_that_cannot_leave_waits()
    {
        var reader = await AddUserAsync("reader@atelier.test");
        await ChooseAsync(reader, NoticeKind.CampaignFinished);
        await FinishCampaignAsync("Rentrée");
        await FindAsync();
        await SendAsync();
        (await App.ScalarAsync<long>("SELECT count(*) FROM notice_mails WHERE sent_at IS NULL")).ShouldBe(1);
        await AddServerAsync();
        await SendAsync();
        (await App.CountAsync("delivery_queue")).ShouldBe(1);
    }

    [Fact]
    public async Task Bell_counts_what_the_user_has_not_seen()
    {
        var user = await AddUserAsync("reader@atelier.test");
        await FinishCampaignAsync("A");
        await FinishCampaignAsync("B");
        await FindAsync();
        await using var db = App.OpenDb();
        (await ReadNotices.UnseenAsync(App.Customer, user, db, Token)).ShouldBe(2);
        var (notices, _) = await ReadNotices.RunAsync(App.Customer, user, db, Token);
        await ReadNotices.SeenAsync(App.Customer, user, notices[0].Id, db, Token);
        (await ReadNotices.UnseenAsync(App.Customer, user, db, Token)).ShouldBe(0);
        var stranger = await App.AddCustomerAsync("Autre");
        (await ReadNotices.RunAsync(stranger, user, db, Token)).Notices.ShouldBeEmpty();
    }

    [Fact]
    public async Task Contacts_are_counted_once_an_hour_and_kept_by_day()
    {
        await App.AddListAsync("L", "a@x.test", "b@x.test");
        await CountAsync();
        await App.AddListAsync("M", "c@x.test");
        await CountAsync();
        (await DaysAsync()).ShouldBe([2L]);
        App.Clock.Advance(TimeSpan.FromHours(2));
        await CountAsync();
        (await DaysAsync()).ShouldBe([3L]);
        App.Clock.Advance(TimeSpan.FromDays(1));
        await CountAsync();
        (await DaysAsync()).ShouldBe([3L, 3L]);
    }

    private async Task CountAsync()
    {
        await using var db = App.OpenDb();
        await CountContacts.RunAsync(db, App.Clock, Token);
    }

    private async Task<List<long>> DaysAsync()
    {
        await using var db = App.OpenDb();
        return [.. (await CountContacts.LastAsync(App.Customer, 30, TimeZoneInfo.Utc, db, App.Clock, Token)).Select(d => d.Contacts)];
    }

    [Fact]
    public async Task Promised_report_leaves_when_the_campaign_is_finished_and_only_once()
    {
        await AddServerAsync();
        await using var db = App.OpenDb();
        var campaign = new Campaign(App.Customer, "Été {{x}}", App.Now);
        db.Add(campaign);
        await db.SaveChangesAsync(Token);
        var actor = new Actor(App.Customer, "me");
        (
            await PromiseReport.RunAsync(
                actor,
                campaign.Id,
                ["boss@atelier.test", "nobody"],
                ReportMoment.AtFinish,
                "fr",
                db,
                App.Clock,
                Token
            )
        ).ShouldBe(["nobody"]);
        (
            await PromiseReport.RunAsync(actor, campaign.Id, ["boss@atelier.test"], ReportMoment.OneDayAfter, "fr", db, App.Clock, Token)
        ).ShouldBe([]);
        await ReportsAsync();
        (await App.CountAsync("delivery_queue")).ShouldBe(0);
        await App.ExecuteAsync(
            $"UPDATE campaigns SET status = 4, finished_at = {App.Now.ToUnixTimeMilliseconds()} WHERE id = {campaign.Id}"
        );
        await ReportsAsync();
        (await App.CountAsync("delivery_queue")).ShouldBe(0);
        App.Clock.Advance(TimeSpan.FromDays(1.1));
        await ReportsAsync();
        await ReportsAsync();
        (await App.CountAsync("delivery_queue")).ShouldBe(1);
        (await App.CountAsync("report_shares")).ShouldBe(1);
    }

    private async Task ReportsAsync()
    {
        await using var db = App.OpenDb();
        await SendReports.RunAsync(db, App.Writes, App.Get<Signals>(), App.Get<PageAddress>(), App.Clock, NullLogger.Instance, Token);
    }
}

public sealed class NoticesTestsOnSqlite() : NoticesTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class NoticesTestsOnPostgreSql() : NoticesTests(DatabaseKind.PostgreSql);
