using Estafette.Core.Automations.Feeds;
using Estafette.Core.Campaigns;
using Estafette.Core.Deliverability;
using Estafette.Core.Platform;
using Estafette.Testing;
using Estafette.Testing.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Estafette.Tests.Automations;

public abstract class FeedTests(DatabaseKind kind) : AutomationTests(kind)
{
    protected override TestSetup Setup =>
        new() { Settings = new Dictionary<string, string?>(StringComparer.Ordinal) { ["Network:AllowPrivateAddresses"] = "true" } };

    [Fact]
    public async Task First_look_sends_nothing_old_and_each_new_item_leaves_once()
    {
        await using var site = await SiteAsync("1", "2");
        var id = await FeedAsync(site, sendsOld: false);
        await LookAsync();
        (await IssuesAsync()).ShouldBeEmpty();
        site.Answer = Rss("3", "2", "1");
        await NextDayAsync();
        await NextDayAsync();
        var issue = (await IssuesAsync()).Single();
        (issue.Status, issue.Subject).ShouldBe((CampaignStatus.Running, "Le blog : Titre 3"));
        issue.Html!.ShouldContain("https://blog.example/3");
        issue.Html!.ShouldNotContain("https://blog.example/2");
        await using var db = App.OpenDb();
        (await db.Set<FeedItemSeen>().CountAsync(i => i.FeedId == id && i.CampaignId != null, Token)).ShouldBe(1);
    }

    [Fact]
    public async Task Old_items_leave_with_the_first_issue_when_asked_and_an_unchanged_feed_is_asked_for_conditionally()
    {
        await using var site = await SiteAsync("1", "2");
        site.AnswerHeaders["ETag"] = "\"v1\"";
        await FeedAsync(site, sendsOld: true);
        await NextDayAsync();
        (await IssuesAsync()).Count.ShouldBe(1);
        (site.Status, site.Answer) = (304, "");
        await NextDayAsync();
        site.Requests.Last().Headers["If-None-Match"].ShouldBe("\"v1\"");
        (await IssuesAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Broken_feed_is_told_and_looked_at_again_soon()
    {
        await using var site = await SiteAsync("1");
        site.Answer = "<html><body>no feed";
        var id = await FeedAsync(site, sendsOld: true);
        await NextDayAsync();
        await using (var db = App.OpenDb())
        {
            var feed = await db.Of<Feed>(App.Customer).AsNoTracking().SingleAsync(f => f.Id == id, Token);
            feed.Problem!.ShouldContain("not well-formed");
            (feed.NextAt - App.Now).ShouldBe(TimeSpan.FromMinutes(10));
        }
        site.Answer = Rss("1");
        App.Clock.Advance(TimeSpan.FromMinutes(10));
        await LookAsync();
        (await IssuesAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Words_of_a_feed_never_become_merge_fields_or_script()
    {
        await using var site = await SiteAsync("1");
        site.Answer =
            "<rss><channel><title>B</title><link>https://blog.example/</link><item><guid>x</guid><title>{{email}} &lt;b&gt;</title><link>/x</link><description>&lt;script&gt;alert(1)&lt;/script&gt;&lt;p onclick='x()'&gt;{{first_name}}&lt;/p&gt;</description></item></channel></rss>";
        await FeedAsync(site, sendsOld: true);
        await NextDayAsync();
        var issue = (await IssuesAsync()).Single();
        issue.Html!.ShouldContain("&#123;&#123;email&#125;&#125; &lt;b&gt;");
        issue.Html!.ShouldContain("https://blog.example/x");
        issue.Html!.ShouldNotContain("script");
        issue.Html!.ShouldNotContain("{{first_name}}");
    }

    private static string Rss(params string[] items) =>
        $"<rss version=\"2.0\"><channel><title>Le blog</title><link>https://blog.example/</link>{string.Concat(items.Select(i => $"<item><title>Titre {i}</title><link>/{i}</link><guid>id-{i}</guid><description>Texte {i}</description></item>"))}</channel></rss>";

    private static async Task<FakeMailApi> SiteAsync(params string[] items)
    {
        var site = await FakeMailApi.StartAsync();
        (site.Day, site.Status, site.Answer) = (FakeDay.Answers, 200, Rss(items));
        return site;
    }

    private async Task<FeedId> FeedAsync(FakeMailApi site, bool sendsOld)
    {
        await Scenario.AddSmtpAsync("s", 1);
        var list = await App.AddListAsync("Lecteurs", "anne@r.test");
        await using var db = App.OpenDb();
        db.Add(
            new SenderIdentity
            {
                CustomerId = App.Customer,
                Name = "Le blog",
                Email = "blog@example.test",
                CreatedAt = App.Now,
            }
        );
        await db.SaveChangesAsync(Token);
        var input = new FeedInput("Le blog", site.BaseUrl + "/feed", true, 0, 8 * 60, 10, sendsOld);
        var id = (await SaveFeed.RunAsync(Actor, null, input, db, Signals, Clock, Token))!.Value;
        var campaign = await db.Of<Feed>(App.Customer).Where(f => f.Id == id).Select(f => f.CampaignId).SingleAsync(Token);
        (await SetCampaignLists.RunAsync(App.Customer, campaign, [list], [], db, Clock, Token)).ShouldBe(CampaignOutcome.Done.Instance);
        return id;
    }

    private Task LookAsync() => App.Services.GetServices<IHostedService>().OfType<FeedRunner>().Single().RunOnceAsync(Token);

    private async Task NextDayAsync()
    {
        App.Clock.Advance(TimeSpan.FromDays(1));
        await LookAsync();
    }

    private async Task<List<Campaign>> IssuesAsync()
    {
        await using var db = App.OpenDb();
        return await db.Of<Campaign>(App.Customer)
            .AsNoTracking()
            .Where(c => c.Kind == CampaignKind.Ordinary)
            .OrderBy(c => c.Id)
            .ToListAsync(Token);
    }
}

public sealed class FeedTestsOnSqlite() : FeedTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class FeedTestsOnPostgreSql() : FeedTests(DatabaseKind.PostgreSql);
