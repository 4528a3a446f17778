using System.Net;
using Estafette.Core.Contacts;
using Estafette.Core.Delivery;
using Estafette.Core.Forms;
using Estafette.Core.Notices;
using Estafette.Core.Platform;
using Estafette.Core.Suppression;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Tests.Forms;

public abstract class SignUpTests(DatabaseKind kind) : DatabaseTests(kind), IAsyncLifetime
{
    private FormSite Site { get; set; } = null!;
    private ListId List { get; set; }

    async ValueTask IAsyncLifetime.InitializeAsync()
    {
        await InitializeAsync();
        Site = await FormSite.StartAsync(App);
        List = await App.AddListAsync("Lettre", "known@x.test");
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await Site.DisposeAsync();
        await DisposeAsync();
    }

    [Fact]
    public async Task Form_is_shown_in_the_language_of_the_browser_without_script()
    {
        var form = await Site.AddFormAsync(List);
        using var answer = await Site.Http.GetAsync($"/f/{form.Token}", Token);
        var page = await answer.Content.ReadAsStringAsync(Token);
        page.ShouldContain("<html lang=\"fr\">");
        page.ShouldContain("Recevez nos nouvelles");
        page.ShouldContain("<label for=\"f-email\">");
        page.ShouldNotContain("<script");
        (await Site.Http.GetStringAsync($"/f/{form.Token}?lang=en", Token)).ShouldContain("Get our news");
        answer.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("frame-ancestors 'self'");
    }

    [Fact]
    public async Task Every_page_of_a_form_carries_logo_and_colours_of_its_customer_only()
    {
        var brand = await Brands.SetAsync(App, App.Customer, "Maison Dupont", "#c0392b");
        var other = await Brands.SetAsync(App, await App.AddCustomerAsync("Concurrent"), "Maison Durand", "#27ae60");
        var form = await Site.AddFormAsync(List);
        foreach (var page in new[] { "", "?lang=en", "?sent=1", "?done=1", "?embed=1&lang=en" })
            (await Site.Http.GetStringAsync($"/f/{form.Token}{page}", Token)).ShouldShow(brand, other);
        await Site.SignUpAsync(form, "anne@x.test");
        var link = await Site.ConfirmLinkAsync();
        (await Site.Http.GetStringAsync(link, Token)).ShouldShow(brand, other);
        using var expired = await Site.Http.GetAsync(link[..^2] + "xx", Token);
        (await expired.Content.ReadAsStringAsync(Token)).ShouldShow(brand, other);
    }

    [Fact]
    public async Task Style_of_a_page_is_let_in_by_its_hash_and_no_other()
    {
        var form = await Site.AddFormAsync(List);
        using var answer = await Site.Http.GetAsync($"/f/{form.Token}", Token);
        var page = await answer.Content.ReadAsStringAsync(Token);
        var style = page[(page.IndexOf("<style>", StringComparison.Ordinal) + 7)..page.IndexOf("</style>", StringComparison.Ordinal)];
        var hash = Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(style)));
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        policy.ShouldContain($"style-src 'sha256-{hash}';");
        policy.ShouldNotContain("unsafe-inline");
        page.ShouldNotContain("style=");
    }

    [Theory]
    [InlineData("sender", "fr", "ne peut pas envoyer le message de confirmation")]
    [InlineData("server", "en", "cannot send the confirmation message")]
    [InlineData("month", "fr", "ne peut pas envoyer le message de confirmation")]
    public async Task Visitor_is_told_when_no_confirmation_can_be_sent_and_nothing_is_stored(string lack, string language, string words)
    {
        await App.ExecuteAsync(
            lack switch
            {
                "sender" => "DELETE FROM sender_identities",
                "server" => "DELETE FROM sending_servers",
                _ => "UPDATE customers SET max_messages_per_month = 0",
            }
        );
        var form = await Site.AddFormAsync(List);
        await SuppressAsync("bounced@x.test", SuppressionReason.HardBounce, SuppressionOrigin.Bounce);
        Site.Http.DefaultRequestHeaders.AcceptLanguage.Clear();
        Site.Http.DefaultRequestHeaders.AcceptLanguage.ParseAdd(language);
        foreach (var email in new[] { "new@x.test", "known@x.test", "bounced@x.test" })
        {
            using var answer = await Site.SignUpAsync(form, email);
            answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            var page = await answer.Content.ReadAsStringAsync(Token);
            page.ShouldContain(words);
            page.ShouldContain($"value=\"{email}\"");
        }
        (await App.CountAsync("contacts")).ShouldBe(1);
        (await App.CountAsync("form_requests")).ShouldBe(0);
        await using var db = App.OpenDb();
        var stored = await db.Of<SignUpForm>(App.Customer).SingleAsync(Token);
        (stored.Submitted, stored.Refused, stored.RefusedAt is null).ShouldBe((0, 3, false));
        stored.RefusedWhy.ShouldBe(
            lack switch
            {
                "sender" => SystemMailOutcome.NoSender,
                "server" => SystemMailOutcome.NoServer,
                _ => SystemMailOutcome.LimitReached,
            }
        );
        (await FindNotices.RunAsync(db, App.Clock, Token)).ShouldBe(1);
        (await FindNotices.RunAsync(db, App.Clock, Token)).ShouldBe(0);
        var notice = await db.Of<Notice>(App.Customer).SingleAsync(Token);
        (notice.Kind, notice.SubjectId, NoticeWords.PathOf(notice)).ShouldBe((NoticeKind.SignUpsRefused, form.Id, $"/forms/{form.Id}"));
    }

    [Fact]
    public async Task Only_the_named_origins_may_frame_the_form()
    {
        var form = await Site.AddFormAsync(List, d => d with { Origins = ["https://www.atelier.test"] });
        using var answer = await Site.Http.GetAsync($"/f/{form.Token}?embed=1", Token);
        answer.Headers.GetValues("Content-Security-Policy").Single().ShouldEndWith("frame-ancestors 'self' https://www.atelier.test");
    }

    [Fact]
    public async Task Sign_up_counts_once_its_link_is_opened_and_the_button_pressed()
    {
        var form = await Site.AddFormAsync(List);
        using var answer = await Site.SignUpAsync(form, "Anne@x.test", ("firstName", "Anne"));
        answer.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        answer.Headers.Location!.ToString().ShouldContain("sent=1");
        (await StatusAsync("anne@x.test")).ShouldBe(SubscriptionStatus.Unconfirmed);

        var link = await Site.ConfirmLinkAsync();
        (await Site.Http.GetStringAsync(link, Token)).ShouldContain("Confirmer mon inscription");
        (await StatusAsync("anne@x.test")).ShouldBe(SubscriptionStatus.Unconfirmed, "a scanner that follows the link confirms nothing");

        (await Site.ConfirmAsync()).ShouldBe(HttpStatusCode.SeeOther);
        (await StatusAsync("anne@x.test")).ShouldBe(SubscriptionStatus.Confirmed);
        await using var db = App.OpenDb();
        (await db.Of<Contact>(App.Customer).SingleAsync(c => c.ContactKey == "anne@x.test", Token)).FirstName.ShouldBe("Anne");
        var stored = await db.Of<SignUpForm>(App.Customer).SingleAsync(Token);
        (stored.Submitted, stored.Confirmed).ShouldBe((1, 1));
        (await Site.Http.GetStringAsync(link, Token)).ShouldContain("déjà confirmée");
    }

    [Fact]
    public async Task Every_step_leaves_a_proof_with_wording_version_address_and_program()
    {
        var form = await Site.AddFormAsync(List, d => d with { AsksTracking = true });
        await Site.SignUpAsync(form, "anne@x.test", ("tracking", "1"));
        await Site.ConfirmAsync();

        await using var db = App.OpenDb();
        var proofs = await db.Of<ConsentRecord>(App.Customer).OrderBy(r => r.Id).ToListAsync(Token);
        proofs
            .Select(p => (p.Purpose, p.Source))
            .ShouldBe([
                (ConsentPurpose.Messages, $"form {form.Id} wording 1, requested"),
                (ConsentPurpose.Tracking, $"form {form.Id} wording 1, requested"),
                (ConsentPurpose.Messages, $"form {form.Id} wording 1, confirmed"),
                (ConsentPurpose.Tracking, $"form {form.Id} wording 1, confirmed"),
            ]);
        proofs.ShouldAllBe(p => p.Ip == "127.0.0.1" && p.UserAgent == "Mozilla/5.0 (test)" && p.Granted);
        proofs[0].Wording.ShouldBe(form.Design.French.Consent);
        proofs[1].Wording.ShouldBe(form.Design.French.TrackingConsent);
        (await db.Of<Contact>(App.Customer).SingleAsync(c => c.ContactKey == "anne@x.test", Token)).TrackingConsent.ShouldBe(
            TrackingConsent.Granted
        );
    }

    [Fact]
    public async Task Answer_is_the_same_for_known_new_opted_out_and_bouncing_addresses()
    {
        var form = await Site.AddFormAsync(List);
        await SuppressAsync("left@x.test", SuppressionReason.OptOut, SuppressionOrigin.Web);
        await SuppressAsync("bounced@x.test", SuppressionReason.HardBounce, SuppressionOrigin.Bounce);
        var answers = new HashSet<string>(StringComparer.Ordinal);
        foreach (var email in new[] { "known@x.test", "new@x.test", "left@x.test", "bounced@x.test" })
        {
            using var answer = await Site.SignUpAsync(form, email);
            answers.Add($"{answer.StatusCode} {answer.Headers.Location}");
        }
        answers.Count.ShouldBe(1);
        (await Site.MailsAsync()).ShouldBe(3, "nothing goes to an address that bounces");
    }

    [Fact]
    public async Task Whoever_types_the_address_of_somebody_else_changes_nothing_about_them()
    {
        var form = await Site.AddFormAsync(List);
        await Site.SignUpAsync(form, "known@x.test", ("firstName", "Mallory"));
        await using var db = App.OpenDb();
        (await db.Of<Contact>(App.Customer).SingleAsync(Token)).FirstName.ShouldBeNull();
        (await StatusAsync("known@x.test")).ShouldBe(SubscriptionStatus.Confirmed);
    }

    [Fact]
    public async Task Own_new_consent_lifts_the_opt_out_and_keeps_the_evidence()
    {
        var form = await Site.AddFormAsync(List);
        await SuppressAsync("known@x.test", SuppressionReason.OptOut, SuppressionOrigin.Web);
        await App.ExecuteAsync("UPDATE subscriptions SET status = 2");
        await Site.SignUpAsync(form, "known@x.test");
        (await App.CountAsync("suppressions")).ShouldBe(1, "asking alone lifts nothing");
        await Site.ConfirmAsync();
        (await App.CountAsync("suppressions")).ShouldBe(0);
        (await StatusAsync("known@x.test")).ShouldBe(SubscriptionStatus.Confirmed);
        (await App.ScalarAsync<string>("SELECT detail FROM audit_log WHERE action = 'suppression.lifted'"))!.ShouldContain("was Web");
    }

    [Theory]
    [InlineData(SuppressionReason.Complaint, SuppressionOrigin.FeedbackLoop)]
    [InlineData(SuppressionReason.HardBounce, SuppressionOrigin.Bounce)]
    [InlineData(SuppressionReason.OptOut, SuppressionOrigin.FeedbackLoop)]
    public async Task Bounce_and_complaint_are_never_lifted(SuppressionReason reason, SuppressionOrigin origin)
    {
        var form = await Site.AddFormAsync(List);
        await Site.SignUpAsync(form, "known@x.test");
        await SuppressAsync("known@x.test", reason, origin);
        await Site.ConfirmAsync();
        (await App.CountAsync("suppressions")).ShouldBe(1);
    }

    [Fact]
    public async Task Without_double_opt_in_a_new_address_counts_at_once_and_one_that_left_is_asked()
    {
        var form = await Site.AddFormAsync(List, d => d with { DoubleOptIn = false });
        using var answer = await Site.SignUpAsync(form, "anne@x.test", ("firstName", "Anne"));
        answer.Headers.Location!.ToString().ShouldContain("done=1");
        (await StatusAsync("anne@x.test")).ShouldBe(SubscriptionStatus.Confirmed);
        (await Site.MailsAsync()).ShouldBe(0);

        await App.ExecuteAsync("UPDATE subscriptions SET status = 2");
        using var again = await Site.SignUpAsync(form, "anne@x.test");
        again.Headers.Location.ShouldBe(answer.Headers.Location);
        (await StatusAsync("anne@x.test")).ShouldBe(SubscriptionStatus.Unsubscribed);
        (await Site.MailsAsync()).ShouldBe(1);
        await Site.ConfirmAsync();
        (await StatusAsync("anne@x.test")).ShouldBe(SubscriptionStatus.Confirmed);
    }

    [Fact]
    public async Task Trap_filled_by_a_program_gets_the_usual_answer_and_stores_nothing()
    {
        var form = await Site.AddFormAsync(List);
        using var good = await Site.SignUpAsync(form, "anne@x.test");
        using var trapped = await Site.SignUpAsync(form, "robot@x.test", ("website", "https://spam.test"));
        trapped.Headers.Location.ShouldBe(good.Headers.Location);
        (await App.CountAsync("contacts WHERE contact_key = 'robot@x.test'")).ShouldBe(0);
    }

    [Fact]
    public async Task Post_from_another_site_is_shown_again_to_be_checked()
    {
        var form = await Site.AddFormAsync(List);
        using var answer = await Site.PostAsync(form, ("email", "anne@x.test"), ("consent", "1"), ("firstName", "<b>Anne</b>"));
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var page = await answer.Content.ReadAsStringAsync(Token);
        page.ShouldContain("value=\"anne@x.test\"");
        page.ShouldContain("&lt;b&gt;Anne");
        (await App.CountAsync("contacts")).ShouldBe(1);
    }

    [Fact]
    public async Task All_faults_are_told_at_once_beside_their_fields()
    {
        var form = await Site.AddFormAsync(
            List,
            d =>
                d with
                {
                    Fields =
                    [
                        new FormField(FormFieldKind.FirstName, Required: true),
                        new FormField(FormFieldKind.Phone),
                        new FormField(FormFieldKind.Attribute, false, "age", FormValueType.Number, "Âge", "Age"),
                    ],
                }
        );
        using var answer = await Site.SignUpAsync(form, "anne@", ("phone", "12"), ("a-age", "vieux"));
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var page = await answer.Content.ReadAsStringAsync(Token);
        foreach (var input in new[] { "email", "firstName", "phone", "a-age" })
            page.ShouldContain($"id=\"e-{input}\"");
        page.ShouldContain("value=\"vieux\"");
    }

    [Fact]
    public async Task Attributes_get_their_types_and_join_those_there_are()
    {
        await App.AddContactAsync("anne@x.test", c => c.Attributes = """{"city":"Lyon"}""");
        var form = await Site.AddFormAsync(
            List,
            d =>
                d with
                {
                    Fields =
                    [
                        new FormField(FormFieldKind.Attribute, false, "age", FormValueType.Number),
                        new FormField(FormFieldKind.Attribute, false, "pro", FormValueType.Boolean),
                    ],
                }
        );
        await Site.SignUpAsync(form, "anne@x.test", ("a-age", "41,5"), ("a-pro", "1"));
        await Site.ConfirmAsync();
        var stored = await App.ScalarAsync<string>("SELECT attributes FROM contacts WHERE contact_key = 'anne@x.test'");
        System
            .Text.Json.Nodes.JsonNode.DeepEquals(
                System.Text.Json.Nodes.JsonNode.Parse(stored!),
                System.Text.Json.Nodes.JsonNode.Parse("""{"city":"Lyon","age":41.5,"pro":true}""")
            )
            .ShouldBeTrue(stored);
    }

    [Fact]
    public async Task Link_expires_and_one_of_another_form_is_no_good()
    {
        var (form, other) = (await Site.AddFormAsync(List), await Site.AddFormAsync(List));
        await Site.SignUpAsync(form, "anne@x.test");
        var link = await Site.ConfirmLinkAsync();
        using var swapped = await Site.Http.GetAsync(link.Replace(form.Token, other.Token, StringComparison.Ordinal), Token);
        swapped.StatusCode.ShouldBe(HttpStatusCode.Gone);
        using var forged = await Site.Http.GetAsync(link[..^2] + "xx", Token);
        forged.StatusCode.ShouldBe(HttpStatusCode.Gone);
        App.Clock.Advance(TimeSpan.FromDays(4));
        (await Site.ConfirmAsync()).ShouldBe(HttpStatusCode.Gone);
        (await StatusAsync("anne@x.test")).ShouldBe(SubscriptionStatus.Unconfirmed);
    }

    [Fact]
    public async Task One_address_gets_three_mails_in_a_quarter_of_an_hour_and_is_told_to_look_for_them_after()
    {
        var form = await Site.AddFormAsync(List);
        for (var i = 0; i < 5; i++)
        {
            using var answer = await Site.SignUpAsync(form, "anne@x.test");
            answer.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
            answer.Headers.Location!.ToString().ShouldEndWith(i < 3 ? "sent=1" : "enough=1");
        }
        (await Site.MailsAsync()).ShouldBe(3);
        (await Site.Http.GetStringAsync($"/f/{form.Token}?lang=fr&enough=1", Token)).ShouldContain("Regardez dans votre boîte");
        (await Site.Http.GetStringAsync($"/f/{form.Token}?lang=en&enough=1", Token)).ShouldContain("Look in your mailbox");
    }

    [Fact]
    public async Task Too_many_sign_ups_of_one_network_are_held_back()
    {
        var form = await Site.AddFormAsync(List);
        for (var i = 0; i < SubmissionLimits.PerNetworkAddress; i++)
            (await Site.SignUpAsync(form, $"p{i}@x.test")).Dispose();
        using var answer = await Site.SignUpAsync(form, "late@x.test");
        answer.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        App.Clock.Advance(TimeSpan.FromMinutes(16));
        using var later = await Site.SignUpAsync(form, "late@x.test");
        later.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
    }

    [Fact]
    public async Task Large_post_is_refused_and_an_unknown_form_is_not_found()
    {
        var form = await Site.AddFormAsync(List);
        using var large = await Site.PostAsync(form, ("email", new string('x', 100_000)));
        large.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        using var unknown = await Site.Http.GetAsync("/f/0123456789", Token);
        unknown.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Closed_form_says_so_and_takes_nothing()
    {
        var form = await Site.AddFormAsync(List);
        await App.ExecuteAsync(App.Store.Kind == DatabaseKind.Sqlite ? "UPDATE forms SET active = 0" : "UPDATE forms SET active = false");
        using var shown = await Site.Http.GetAsync($"/f/{form.Token}", Token);
        shown.StatusCode.ShouldBe(HttpStatusCode.Gone);
        using var posted = await Site.PostAsync(form, ("email", "anne@x.test"), ("consent", "1"));
        posted.StatusCode.ShouldBe(HttpStatusCode.Gone);
    }

    private async Task<SubscriptionStatus> StatusAsync(string key)
    {
        await using var db = App.OpenDb();
        var contact = await db.Of<Contact>(App.Customer).SingleAsync(c => c.ContactKey == key, Token);
        return await db.Of<Subscription>(App.Customer).Where(s => s.ContactId == contact.Id).Select(s => s.Status).SingleAsync(Token);
    }

    private async Task SuppressAsync(string address, SuppressionReason reason, SuppressionOrigin origin)
    {
        await using var db = App.OpenDb();
        db.Add(
            new SuppressedAddress
            {
                CustomerId = App.Customer,
                Channel = Channel.Email,
                AddressKey = address,
                Reason = reason,
                Origin = origin,
                CreatedAt = App.Now,
            }
        );
        await db.SaveChangesAsync(Token);
    }
}

public sealed class SignUpTestsOnSqlite() : SignUpTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class SignUpTestsOnPostgreSql() : SignUpTests(DatabaseKind.PostgreSql);
