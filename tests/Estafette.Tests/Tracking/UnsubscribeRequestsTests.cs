using System.Net;
using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Estafette.Core.Platform.Rollups;
using Estafette.Core.Suppression;
using Estafette.Core.Tracking;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Tests.Tracking;

public abstract class UnsubscribeRequestsTests(DatabaseKind kind) : DatabaseTests(kind), IAsyncLifetime
{
    private TrackingSite Site { get; set; } = null!;
    private ContactId Contact { get; set; }
    private DeliveryId Delivery { get; set; }

    async ValueTask IAsyncLifetime.InitializeAsync()
    {
        await InitializeAsync();
        Site = await TrackingSite.StartAsync(App);
        await App.AddListAsync("Clients", "anne@x.test");
        await App.AddListAsync("Presse", "anne@x.test");
        await using var db = App.OpenDb();
        Contact = (await db.Of<Contact>(App.Customer).SingleAsync(Token)).Id;
        Delivery = await Site.AddDeliveryAsync("anne@x.test", contact: Contact);
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await Site.DisposeAsync();
        await DisposeAsync();
    }

    private string Url => Site.Url('u', TokenPurpose.Unsubscribe, Delivery);

    private static FormUrlEncodedContent Form(string name, string value) => new([new(name, value)]);

    private Task<HttpResponseMessage> PressAsync(string action) => Site.Http.PostAsync(Url, Form("action", action), Token);

    private Task<HttpResponseMessage> OneClickAsync() => Site.Http.PostAsync(Url, Form("List-Unsubscribe", "One-Click"), Token);

    // Vector 24 of interfaces.md §8.
    [Fact]
    public async Task Get_shows_a_page_and_changes_nothing()
    {
        var answer = await Site.Http.GetAsync(Url, Token);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var page = await answer.Content.ReadAsStringAsync(Token);
        page.ShouldContain("<html lang=\"fr\">");
        page.ShouldContain("Atelier Dupont");
        page.ShouldNotContain("anne@x.test", Case.Sensitive, "a forwarded message does not give the address away");
        answer.Headers.GetValues("Referrer-Policy").Single().ShouldBe("no-referrer");
        await ShouldBeSubscribedAsync();
    }

    [Fact]
    public async Task Head_does_nothing()
    {
        using var head = new HttpRequestMessage(HttpMethod.Head, Url);
        var answer = await Site.Http.SendAsync(head, Token);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await answer.Content.ReadAsByteArrayAsync(Token)).ShouldBeEmpty();
        await ShouldBeSubscribedAsync();
    }

    [Fact]
    public async Task One_click_without_cookies_is_answered_empty_and_opts_out()
    {
        var answer = await OneClickAsync();
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await answer.Content.ReadAsByteArrayAsync(Token)).ShouldBeEmpty();

        await using var db = App.OpenDb();
        var suppression = await db.Of<SuppressedAddress>(App.Customer).SingleAsync(Token);
        (suppression.AddressKey, suppression.Reason, suppression.Origin).ShouldBe(
            ("anne@x.test", SuppressionReason.OptOut, SuppressionOrigin.Web)
        );
        suppression.Evidence!.ShouldStartWith("one-click, delivery ");
        suppression.DeliveryId.ShouldBe(Delivery);
        (await db.Of<Subscription>(App.Customer).Select(s => s.Status).Distinct().SingleAsync(Token)).ShouldBe(
            SubscriptionStatus.Unsubscribed
        );
        var proof = await db.Of<ConsentRecord>(App.Customer).SingleAsync(Token);
        (proof.ContactId, proof.Purpose, proof.Granted, proof.Ip).ShouldBe((Contact, ConsentPurpose.Messages, false, "127.0.0.1"));
        (await Site.RollupAsync(Metric.Unsubscribed)).ShouldBe(1);
        (await App.CountAsync("deliveries WHERE unsubscribed_at IS NOT NULL")).ShouldBe(1);
    }

    [Fact]
    public async Task One_click_works_as_multipart_too()
    {
        using var body = new MultipartFormDataContent { { new StringContent("One-Click"), "List-Unsubscribe" } };
        (await Site.Http.PostAsync(Url, body, Token)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await App.CountAsync("suppressions")).ShouldBe(1);
    }

    [Fact]
    public async Task One_click_without_content_type_works_too()
    {
        using var body = new ByteArrayContent("List-Unsubscribe=One-Click"u8.ToArray());
        (await Site.Http.PostAsync(Url, body, Token)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await App.CountAsync("suppressions")).ShouldBe(1);
    }

    [Fact]
    public async Task Repeats_are_harmless_and_counted_once()
    {
        await OneClickAsync();
        App.Clock.Advance(TimeSpan.FromDays(3 * 365));
        (await OneClickAsync()).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await PressAsync("unsubscribe")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await App.CountAsync("suppressions")).ShouldBe(1);
        (await App.CountAsync("consent_records")).ShouldBe(1);
        (await Site.RollupAsync(Metric.Unsubscribed)).ShouldBe(1);
        (await Site.Http.GetStringAsync(new Uri(Site.Http.BaseAddress!, Url), Token)).ShouldContain("déjà enregistré");
    }

    [Fact]
    public async Task Button_of_the_page_confirms_in_the_language_of_the_contact()
    {
        await App.ExecuteAsync("UPDATE contacts SET language = 'en-GB'");
        var answer = await PressAsync("unsubscribe");
        var page = await answer.Content.ReadAsStringAsync(Token);
        page.ShouldContain("You are unsubscribed");
        page.ShouldContain("value=\"subscribe\"");
        (await App.CountAsync("suppressions")).ShouldBe(1);
        (await App.ScalarAsync<string>("SELECT wording FROM consent_records")).ShouldBe("Unsubscribe me");
    }

    [Fact]
    public async Task Mistake_can_be_taken_back()
    {
        await PressAsync("unsubscribe");
        (await (await PressAsync("subscribe")).Content.ReadAsStringAsync(Token)).ShouldContain("Réabonnement enregistré");
        await using var db = App.OpenDb();
        (await db.Of<Subscription>(App.Customer).Select(s => s.Status).Distinct().SingleAsync(Token)).ShouldBe(
            SubscriptionStatus.Confirmed
        );
        (await App.CountAsync("suppressions")).ShouldBe(0);
        (await App.CountAsync("consent_records")).ShouldBe(2);
        (await Site.RollupAsync(Metric.Unsubscribed)).ShouldBe(0);

        await OneClickAsync();
        (await App.CountAsync("suppressions")).ShouldBe(1, "and done again");
        (await Site.RollupAsync(Metric.Unsubscribed)).ShouldBe(1);
    }

    [Fact]
    public async Task Taking_back_restores_only_what_this_opt_out_changed()
    {
        await App.ExecuteAsync($"UPDATE subscriptions SET status = 2 WHERE list_id = (SELECT id FROM lists WHERE name = 'Presse')");
        await PressAsync("unsubscribe");
        await PressAsync("subscribe");
        (await App.CountAsync("subscriptions WHERE status = 2")).ShouldBe(1);
        (await App.CountAsync("subscriptions WHERE status = 1")).ShouldBe(1);
    }

    [Fact]
    public async Task Old_link_cannot_subscribe_anybody()
    {
        await PressAsync("unsubscribe");
        App.Clock.Advance(TimeSpan.FromHours(25));
        (await (await PressAsync("subscribe")).Content.ReadAsStringAsync(Token)).ShouldContain("reste en vigueur");
        (await App.CountAsync("suppressions")).ShouldBe(1);
    }

    [Fact]
    public async Task Suppression_of_another_origin_stays()
    {
        await App.ExecuteAsync(
            $"INSERT INTO suppressions (customer_id, channel, address_key, reason, origin, created_at) VALUES ({App.Customer}, 1, 'anne@x.test', 4, 3, 0)"
        );
        await PressAsync("unsubscribe");
        await PressAsync("subscribe");
        (await App.ScalarAsync<int>("SELECT reason FROM suppressions")).ShouldBe((int)SuppressionReason.Complaint);
        (await App.CountAsync("subscriptions WHERE status = 2")).ShouldBe(2);
    }

    [Fact]
    public async Task Contact_of_another_customer_is_untouched()
    {
        var other = await App.AddCustomerAsync("Autre");
        await App.AddListAsync(other, "Clients", ["anne@x.test"]);
        await OneClickAsync();
        (await App.CountAsync($"subscriptions WHERE customer_id = {other} AND status = 2")).ShouldBe(0);
        (await App.CountAsync($"suppressions WHERE customer_id = {other}")).ShouldBe(0);
    }

    [Fact]
    public async Task Stop_measuring_refuses_tracking_and_keeps_the_subscription()
    {
        var page = await (await PressAsync("stop-measuring")).Content.ReadAsStringAsync(Token);
        page.ShouldContain("La mesure est arrêtée");
        await PressAsync("stop-measuring");
        await Site.OpenAsync(Delivery);
        await Site.CountAsync();

        await using var db = App.OpenDb();
        (await db.Of<Contact>(App.Customer).SingleAsync(Token)).TrackingConsent.ShouldBe(TrackingConsent.Refused);
        var proof = await db.Of<ConsentRecord>(App.Customer).SingleAsync(Token);
        (proof.Purpose, proof.Granted).ShouldBe((ConsentPurpose.Tracking, false));
        (await App.CountAsync("tracking_events")).ShouldBe(0);
        (await App.CountAsync("subscriptions WHERE status = 2")).ShouldBe(0);
    }

    [Theory]
    [InlineData("action", "delete-everything")]
    [InlineData("List-Unsubscribe", "No")]
    [InlineData("x", "y")]
    public async Task Unknown_action_changes_nothing(string name, string value)
    {
        (await Site.Http.PostAsync(Url, Form(name, value), Token)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        await ShouldBeSubscribedAsync();
    }

    [Fact]
    public async Task Oversized_body_changes_nothing()
    {
        using var body = Form("action", new string('x', 100_000));
        (await Site.Http.PostAsync(Url, body, Token)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        await ShouldBeSubscribedAsync();
    }

    [Fact]
    public async Task Name_of_the_customer_is_shown_as_text()
    {
        await App.ExecuteAsync("UPDATE customers SET name = '<script>alert(1)</script> {0}'");
        var page = await Site.Http.GetStringAsync(new Uri(Site.Http.BaseAddress!, Url), Token);
        page.ShouldNotContain("<script");
        page.ShouldContain("&lt;script&gt;");
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click")]
    [InlineData("application/x-www-form-urlencoded; charset=utf-8", "List-Unsubscribe=One-Click\r\n")]
    [InlineData(
        "multipart/form-data; boundary=b1",
        "--b1\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b1--\r\n"
    )]
    public async Task One_click_as_the_rfc_writes_it_sets_no_cookie_and_sends_nowhere(string type, string body)
    {
        using var content = new ByteArrayContent(System.Text.Encoding.ASCII.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var answer = await Site.Http.PostAsync(Url, content, Token);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Headers.Contains("Set-Cookie").ShouldBeFalse();
        answer.Headers.Location.ShouldBeNull();
        (await App.CountAsync("suppressions")).ShouldBe(1);
    }

    // RFC 8058 §3.2: only the POST means it.
    [Theory]
    [InlineData("GET", "?List-Unsubscribe=One-Click")]
    [InlineData("HEAD", "?List-Unsubscribe=One-Click")]
    [InlineData("POST", "?List-Unsubscribe=One-Click")]
    [InlineData("PUT", "")]
    public async Task Address_alone_means_nothing(string method, string query)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), Url + query);
        using var answer = await Site.Http.SendAsync(request, Token);
        answer.StatusCode.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.BadRequest, HttpStatusCode.MethodNotAllowed);
        answer.Headers.Contains("Set-Cookie").ShouldBeFalse();
        await ShouldBeSubscribedAsync();
    }

    // Interfaces §1.11: whom to ask instead of a form, nothing posted is taken; measuring can be refused all the same.
    [Fact]
    public async Task Where_the_customer_sees_to_opt_outs_the_page_says_whom_to_ask_and_takes_nothing()
    {
        await App.ExecuteAsync($"UPDATE campaigns SET external_opt_out = true WHERE id = {Site.Campaign}");
        (await ReadAsync()).ShouldContain("value=\"unsubscribe\"", Case.Sensitive, "without the right the form stays");

        await App.ExecuteAsync(
            "UPDATE customers SET may_opt_out_externally = true, opt_out_contact = 'Secrétariat <02 00>, secretariat@asso.example'"
        );
        var page = await ReadAsync();
        page.ShouldContain("Secrétariat &lt;02 00&gt;, secretariat@asso.example");
        page.ShouldNotContain("value=\"unsubscribe\"");
        page.ShouldNotContain("/preferences");
        (await OneClickAsync()).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        foreach (var action in (string[])["unsubscribe", "subscribe", "reason"])
            (await PressAsync(action)).StatusCode.ShouldBe(HttpStatusCode.Forbidden, action);
        var preferences = await Site.Http.PostAsync(Url + "/preferences", Form("tracking", "1"), Token);
        preferences.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        preferences.Headers.Location!.ToString().ShouldBe(Url);
        await ShouldBeSubscribedAsync();

        (await PressAsync("stop-measuring")).StatusCode.ShouldBe(HttpStatusCode.OK);
        // The way by mail, bounces and complaints work as ever.
        await App.ExecuteAsync("UPDATE deliveries SET unsubscribed_at = 1");
        page = await ReadAsync();
        page.ShouldContain("déjà enregistré");
        page.ShouldNotContain("value=\"subscribe\"");
    }

    private Task<string> ReadAsync() => Site.Http.GetStringAsync(new Uri(Site.Http.BaseAddress!, Url), Token);

    private async Task ShouldBeSubscribedAsync()
    {
        (await App.CountAsync("suppressions")).ShouldBe(0);
        (await App.CountAsync("subscriptions WHERE status = 1")).ShouldBe(2);
        (await App.CountAsync("rollups")).ShouldBe(0);
    }
}

public sealed class UnsubscribeRequestsTestsOnSqlite() : UnsubscribeRequestsTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class UnsubscribeRequestsTestsOnPostgreSql() : UnsubscribeRequestsTests(DatabaseKind.PostgreSql);
