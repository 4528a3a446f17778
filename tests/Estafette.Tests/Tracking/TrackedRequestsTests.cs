using System.Net;
using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;
using Estafette.Core.Tracking;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Tracking;

public abstract class TrackedRequestsTests(DatabaseKind kind) : DatabaseTests(kind), IAsyncLifetime
{
    private TrackingSite Site { get; set; } = null!;

    protected override Testing.TestSetup Setup =>
        new()
        {
            Services = s =>
                s.AddSingleton<ResolveMergedLink>(
                    (delivery, _, _, url, _) => ValueTask.FromResult<string?>(url.Replace("{{contact.id}}", $"{delivery}"))
                ),
        };

    async ValueTask IAsyncLifetime.InitializeAsync()
    {
        await InitializeAsync();
        Site = await TrackingSite.StartAsync(App);
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await Site.DisposeAsync();
        await DisposeAsync();
    }

    [Fact]
    public async Task Pixel_is_a_43_byte_gif_that_is_not_cached()
    {
        var answer = await Site.OpenAsync(await Site.AddDeliveryAsync("a@x.test"));
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("image/gif");
        answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
        var gif = await answer.Content.ReadAsByteArrayAsync(Token);
        gif.Length.ShouldBe(43);
        gif.AsSpan(0, 6).SequenceEqual("GIF89a"u8).ShouldBeTrue();
    }

    [Theory]
    [InlineData("/o/AAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("/o/x")]
    [InlineData("/o/%C3%A9~")]
    public async Task Pixel_answers_the_same_for_an_invalid_token(string url)
    {
        var good = await Site.OpenAsync(await Site.AddDeliveryAsync("a@x.test"));
        var bad = await Site.Http.GetAsync(url, Token);
        bad.StatusCode.ShouldBe(good.StatusCode);
        (await bad.Content.ReadAsByteArrayAsync(Token)).ShouldBe(await good.Content.ReadAsByteArrayAsync(Token));
        Headers(bad).ShouldBe(Headers(good));
        (await Site.CountAsync()).ShouldBe(1);

        static string Headers(HttpResponseMessage m) =>
            string.Join(
                '\n',
                m.Headers.Concat(m.Content.Headers).Where(h => h.Key != "Date").Select(h => $"{h.Key}: {string.Join(',', h.Value)}")
            );
    }

    [Fact]
    public async Task Opens_and_clicks_are_counted_once_per_delivery_and_in_total()
    {
        var a = await Site.AddDeliveryAsync("a@x.test");
        var b = await Site.AddDeliveryAsync("b@x.test");
        await Site.OpenAsync(a);
        await Site.OpenAsync(a);
        App.Clock.Advance(TimeSpan.FromSeconds(30));
        await Site.ClickAsync(a, 1);
        App.Clock.Advance(TimeSpan.FromSeconds(30));
        await Site.ClickAsync(a, 1);
        App.Clock.Advance(TimeSpan.FromSeconds(30));
        await Site.ClickAsync(a, 2);
        await Site.ClickAsync(b, 3);
        (await Site.CountAsync()).ShouldBe(6);

        (await Site.RollupAsync(Metric.Opened)).ShouldBe(2, "a click without open is an open");
        (await Site.RollupAsync(Metric.OpenTotal)).ShouldBe(2);
        (await Site.RollupAsync(Metric.Clicked)).ShouldBe(2);
        (await Site.RollupAsync(Metric.ClickTotal)).ShouldBe(4);
        (await Site.RollupAsync(Metric.LinkClickers)).ShouldBe(3);
        (await Site.RollupAsync(Metric.LinkClickTotal)).ShouldBe(4);
        (await App.CountAsync("deliveries WHERE opened_at IS NOT NULL AND clicked_at IS NOT NULL")).ShouldBe(2);
        (await App.ScalarAsync<string>("SELECT ip FROM tracking_events WHERE kind = 1")).ShouldBe("127.0.0.1");
        (await App.ScalarAsync<string>("SELECT text FROM user_agents")).ShouldBe(TrackingSite.Browser);
    }

    [Theory]
    [InlineData(1, "https://shop.example/a?x=1&y=2")]
    [InlineData(4, "https://shop.example/%C3%A9%20%C3%A0")]
    public async Task Click_redirects_to_the_stored_target(int link, string target)
    {
        var answer = await Site.ClickAsync(await Site.AddDeliveryAsync("a@x.test"), link);
        answer.StatusCode.ShouldBe(HttpStatusCode.Found);
        answer.Headers.GetValues("Location").Single().ShouldBe(target);
    }

    [Fact]
    public async Task Click_on_a_link_with_merge_fields_is_resolved_by_the_messages_module()
    {
        var delivery = await Site.AddDeliveryAsync("a@x.test");
        (await Site.ClickAsync(delivery, 6)).Headers.Location!.OriginalString.ShouldBe($"https://shop.example/{delivery}");
    }

    [Fact]
    public async Task Target_never_comes_from_the_request()
    {
        var delivery = await Site.AddDeliveryAsync("a@x.test");
        var url = Site.Url('l', TokenPurpose.Click, delivery, 2);
        var answer = await Site.Http.GetAsync($"{url}?url=https://evil.example/&u=//evil.example", Token);
        answer.Headers.Location!.OriginalString.ShouldBe("https://shop.example/b");
        (await Site.ClickAsync(delivery, 5)).StatusCode.ShouldBe(HttpStatusCode.NotFound, "a script is no target");
        (await Site.ClickAsync(delivery, 99)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Invalid_link_shows_a_plain_page_in_the_language_of_the_browser()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/l/nothing");
        request.Headers.AcceptLanguage.ParseAdd("de, en;q=0.8, fr;q=0.5");
        var answer = await Site.Http.SendAsync(request, Token);
        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await answer.Content.ReadAsStringAsync(Token)).ShouldContain("<html lang=\"en\">");
        (await Site.Http.GetStringAsync(new Uri(Site.Http.BaseAddress!, "/health/live"), Token)).ShouldBe("ok");
    }

    [Fact]
    public async Task Token_of_one_purpose_does_nothing_at_another_address()
    {
        var delivery = await Site.AddDeliveryAsync("a@x.test");
        (await Site.Http.GetAsync(Site.Url('l', TokenPurpose.Open, delivery), Token)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await Site.Http.GetAsync(Site.Url('u', TokenPurpose.Open, delivery), Token)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await Site.Http.PostAsync(Site.Url('u', TokenPurpose.Click, delivery), OneClick(), Token)).StatusCode.ShouldBe(
            HttpStatusCode.NotFound
        );
        (await Site.Http.GetAsync(Site.Url('o', TokenPurpose.Click, delivery), Token)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await Site.CountAsync()).ShouldBe(0);
        (await App.CountAsync("suppressions")).ShouldBe(0);
    }

    [Fact]
    public async Task Machines_are_kept_and_counted_apart()
    {
        var delivery = await Site.AddDeliveryAsync("a@x.test");
        using var head = new HttpRequestMessage(HttpMethod.Head, Site.Url('l', TokenPurpose.Click, delivery, 1));
        (await Site.Http.SendAsync(head, Token)).StatusCode.ShouldBe(HttpStatusCode.Found);
        using var prefetch = new HttpRequestMessage(HttpMethod.Get, Site.Url('o', TokenPurpose.Open, delivery));
        prefetch.Headers.Add("Sec-Purpose", "prefetch;prerender");
        await Site.Http.SendAsync(prefetch, Token);
        using var apple = new HttpRequestMessage(HttpMethod.Get, Site.Url('o', TokenPurpose.Open, delivery));
        apple.Headers.UserAgent.ParseAdd("Mozilla/5.0");
        await Site.Http.SendAsync(apple, Token);
        await Site.CountAsync();

        (await Site.RollupAsync(Metric.MachineClickTotal)).ShouldBe(1);
        (await Site.RollupAsync(Metric.MachineOpenTotal)).ShouldBe(2);
        (await Site.RollupAsync(Metric.Opened)).ShouldBe(0);
        (await App.CountAsync("tracking_events WHERE machine <> 0")).ShouldBe(3);
        (await App.CountAsync("deliveries WHERE opened_at IS NOT NULL OR clicked_at IS NOT NULL")).ShouldBe(0);
    }

    [Fact]
    public async Task Gmail_proxy_counts_as_a_person_and_stays_recognisable()
    {
        var delivery = await Site.AddDeliveryAsync("a@gmail.test");
        using var gmail = new HttpRequestMessage(HttpMethod.Get, Site.Url('o', TokenPurpose.Open, delivery));
        gmail.Headers.TryAddWithoutValidation(
            "User-Agent",
            "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
        );
        await Site.Http.SendAsync(gmail, Token);
        await Site.CountAsync();

        (await Site.RollupAsync(Metric.Opened)).ShouldBe(1);
        (await App.ScalarAsync<int>("SELECT machine FROM tracking_events")).ShouldBe((int)MachineSign.PersonProxy);
    }

    [Fact]
    public async Task Scanner_that_follows_all_links_takes_back_what_its_first_click_counted()
    {
        var delivery = await Site.AddDeliveryAsync("a@x.test");
        await Site.ClickAsync(delivery, 1);
        await Site.CountAsync();
        (await Site.RollupAsync(Metric.Clicked)).ShouldBe(1);

        App.Clock.Advance(TimeSpan.FromMilliseconds(700));
        await Site.ClickAsync(delivery, 2);
        await Site.ClickAsync(delivery, 3);
        await Site.CountAsync();

        (await Site.RollupAsync(Metric.Clicked)).ShouldBe(0);
        (await Site.RollupAsync(Metric.Opened)).ShouldBe(0);
        (await Site.RollupAsync(Metric.ClickTotal)).ShouldBe(0);
        (await Site.RollupAsync(Metric.LinkClickers)).ShouldBe(0);
        (await Site.RollupAsync(Metric.LinkClickTotal)).ShouldBe(0);
        (await Site.RollupAsync(Metric.MachineClickTotal)).ShouldBe(3);
        (await App.CountAsync("tracking_events WHERE machine = 5")).ShouldBe(3);
        (await App.CountAsync("deliveries WHERE opened_at IS NULL AND clicked_at IS NULL")).ShouldBe(1);
    }

    [Fact]
    public async Task Person_who_clicks_after_the_scanner_is_counted()
    {
        var delivery = await Site.AddDeliveryAsync("a@x.test");
        await Site.ClickAsync(delivery, 1);
        await Site.ClickAsync(delivery, 2);
        App.Clock.Advance(TimeSpan.FromMinutes(5));
        await Site.ClickAsync(delivery, 1);
        await Site.CountAsync();

        (await Site.RollupAsync(Metric.Clicked)).ShouldBe(1);
        (await Site.RollupAsync(Metric.ClickTotal)).ShouldBe(1);
        (await Site.RollupAsync(Metric.MachineClickTotal)).ShouldBe(2);
        (await App.ScalarAsync<long>("SELECT clicked_at FROM deliveries")).ShouldBe(App.Now.ToUnixTimeMilliseconds());
    }

    [Fact]
    public async Task Click_right_after_the_hand_over_is_a_machine_s()
    {
        var delivery = await Site.AddDeliveryAsync("a@x.test");
        await App.ExecuteAsync($"UPDATE deliveries SET sent_at = {App.Now.AddMilliseconds(-1500).ToUnixTimeMilliseconds()}");
        await Site.ClickAsync(delivery, 1);
        await Site.CountAsync();
        (await Site.RollupAsync(Metric.Clicked)).ShouldBe(0);
        (await Site.RollupAsync(Metric.MachineClickTotal)).ShouldBe(1);
    }

    [Fact]
    public async Task Aggregate_tokens_count_without_recipient_or_address()
    {
        var open = $"/o/{Site.Tokens.Text(TokenPurpose.AggregateOpen, Site.Campaign.Value, new ContentId(7))}";
        var click = $"/l/{Site.Tokens.Text(TokenPurpose.AggregateClick, Site.Campaign.Value, new ContentId(7), 2)}";
        await Site.Http.GetAsync(open, Token);
        await Site.Http.GetAsync(open, Token);
        (await Site.Http.GetAsync(click, Token)).Headers.Location!.OriginalString.ShouldBe("https://shop.example/b");
        await Site.CountAsync();

        (await Site.RollupAsync(Metric.AggregateOpenTotal)).ShouldBe(2);
        (await Site.RollupAsync(Metric.AggregateClickTotal)).ShouldBe(1);
        (await App.CountAsync("tracking_events WHERE delivery_id IS NULL AND ip IS NULL AND user_agent_id IS NULL")).ShouldBe(3);
        (await App.CountAsync("user_agents")).ShouldBe(0);
    }

    // Vector 25 of interfaces.md §8.
    [Fact]
    public async Task Hygiene_keeps_the_day_of_the_last_open_and_nothing_else()
    {
        var contact = await App.AddContactAsync("a@x.test");
        var delivery = await Site.AddDeliveryAsync("a@x.test", tracking: 3, contact);
        await Site.Http.GetAsync(Site.Url('o', TokenPurpose.HygieneOpen, delivery), Token);
        await Site.OpenAsync(delivery);
        await Site.CountAsync();

        await using var db = App.OpenDb();
        (await db.Of<Contact>(App.Customer).SingleAsync(Token)).LastOpenDay.ShouldBe((int)(App.Now.ToUnixTimeSeconds() / 86_400));
        (await App.CountAsync("tracking_events")).ShouldBe(0);
        (await App.CountAsync("rollups")).ShouldBe(0);
        (await App.CountAsync("deliveries WHERE opened_at IS NOT NULL")).ShouldBe(0);
    }

    [Fact]
    public async Task After_withdrawal_of_consent_old_urls_answer_and_record_nothing()
    {
        var contact = await App.AddContactAsync("a@x.test", c => c.TrackingConsent = TrackingConsent.Refused);
        var delivery = await Site.AddDeliveryAsync("a@x.test", tracking: 2, contact);
        (await Site.OpenAsync(delivery)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await Site.ClickAsync(delivery, 1)).StatusCode.ShouldBe(HttpStatusCode.Found);
        await Site.CountAsync();

        (await App.CountAsync("tracking_events")).ShouldBe(0);
        (await App.CountAsync("rollups")).ShouldBe(0);
        (await App.CountAsync("contacts WHERE last_open_day IS NOT NULL")).ShouldBe(0);
    }

    [Fact]
    public async Task Replayed_url_is_counted_a_thousand_times_at_most()
    {
        var delivery = await Site.AddDeliveryAsync("a@x.test");
        var journal = App.Get<Core.Tracking.Journal.EventJournal>();
        var open = new Core.Tracking.Journal.JournalEvent(
            TokenPurpose.Open,
            MachineSign.None,
            App.Now.ToUnixTimeMilliseconds(),
            delivery.Value,
            7,
            0
        );
        await Task.WhenAll(Enumerable.Range(0, 3000).Select(_ => journal.AppendAsync(open).AsTask()));
        (await Site.CountAsync()).ShouldBe(3000);
        (await Site.RollupAsync(Metric.OpenTotal)).ShouldBe(1000);
    }

    [Fact]
    public async Task Web_version_is_not_found_without_a_renderer()
    {
        var delivery = await Site.AddDeliveryAsync("a@x.test");
        (await Site.Http.GetAsync(Site.Url('w', TokenPurpose.WebVersion, delivery), Token)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Web_version_is_shut_in_a_sandbox()
    {
        await using var site = await TrackingSite.StartAsync(
            App,
            s => s.AddSingleton<RenderWebVersion>((delivery, _) => ValueTask.FromResult<string?>($"<p>delivery {delivery}"))
        );
        var delivery = await site.AddDeliveryAsync("w@x.test");
        var answer = await site.Http.GetAsync(site.Url('w', TokenPurpose.WebVersion, delivery), Token);
        (await answer.Content.ReadAsStringAsync(Token)).ShouldBe($"<p>delivery {delivery}");
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        policy.ShouldContain("sandbox");
        policy.ShouldNotContain("allow-scripts");
        policy.ShouldNotContain("allow-same-origin");
    }

    private static FormUrlEncodedContent OneClick() => new([new("List-Unsubscribe", "One-Click")]);
}

public sealed class TrackedRequestsTestsOnSqlite() : TrackedRequestsTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class TrackedRequestsTestsOnPostgreSql() : TrackedRequestsTests(DatabaseKind.PostgreSql);
