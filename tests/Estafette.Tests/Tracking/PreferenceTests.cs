using System.Net;
using Estafette.Core.Contacts;
using Estafette.Core.Platform;
using Estafette.Core.Tracking;
using Estafette.Core.Tracking.Unsubscribe;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Tests.Tracking;

public abstract class PreferenceTests(DatabaseKind kind) : DatabaseTests(kind), IAsyncLifetime
{
    private TrackingSite Site { get; set; } = null!;
    private ContactId Contact { get; set; }
    private DeliveryId Delivery { get; set; }
    private ListId In { get; set; }
    private ListId Out { get; set; }

    async ValueTask IAsyncLifetime.InitializeAsync()
    {
        await InitializeAsync();
        Site = await TrackingSite.StartAsync(App);
        In = await App.AddListAsync("Clients", "anne@x.test");
        Out = await App.AddListAsync("Presse");
        await App.AddListAsync("Interne", "anne@x.test");
        await using var db = App.OpenDb();
        Contact = (await db.Of<Contact>(App.Customer).SingleAsync(Token)).Id;
        await db.Of<ContactList>(App.Customer)
            .Where(l => l.Name != "Interne")
            .ExecuteUpdateAsync(set => set.SetProperty(l => l.IsPublic, true), Token);
        Delivery = await Site.AddDeliveryAsync("anne@x.test", contact: Contact);
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await Site.DisposeAsync();
        await DisposeAsync();
    }

    private string Url => Site.Url('u', TokenPurpose.Unsubscribe, Delivery);

    [Fact]
    public async Task Only_public_lists_are_shown_with_those_the_person_is_in_ticked()
    {
        var page = await Site.Http.GetStringAsync(Url + "/preferences", Token);
        page.ShouldContain($"value=\"{In}\" checked");
        page.ShouldContain($"value=\"{Out}\">");
        page.ShouldNotContain("Interne");
        page.ShouldNotContain("anne@x.test");
        (await Site.Http.GetStringAsync(Url, Token)).ShouldContain("/preferences");
    }

    [Fact]
    public async Task Pages_behind_a_message_carry_logo_and_colours_of_its_customer_only()
    {
        var brand = await Brands.SetAsync(App, App.Customer, "Maison Dupont", "#c0392b");
        var other = await Brands.SetAsync(App, await App.AddCustomerAsync("Concurrent"), "Maison Durand", "#27ae60");
        (await Site.Http.GetStringAsync(Url, Token)).ShouldShow(brand, other);
        (await Site.Http.GetStringAsync(Url + "/preferences", Token)).ShouldShow(brand, other);
        using var left = await PostAsync(Url, ("action", "unsubscribe"));
        (await left.Content.ReadAsStringAsync(Token)).ShouldShow(brand, other);
        using var thanks = await PostAsync(Url, ("action", "reason"), ("comment", "x"));
        (await thanks.Content.ReadAsStringAsync(Token)).ShouldShow(brand, other);
    }

    [Fact]
    public async Task Choice_of_lists_language_and_measurement_is_stored_with_its_proofs()
    {
        using var answer = await SaveAsync(("list", Out.ToString()), ("language", "en"), ("tracking", "1"));
        answer.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        await using var db = App.OpenDb();
        var statuses = await db.Of<Subscription>(App.Customer).ToDictionaryAsync(s => s.ListId, s => s.Status, Token);
        (statuses[In], statuses[Out]).ShouldBe((SubscriptionStatus.Unsubscribed, SubscriptionStatus.Confirmed));
        statuses.Count(s => s.Value == SubscriptionStatus.Confirmed).ShouldBe(2, "a list that is not public is left alone");
        var contact = await db.Of<Contact>(App.Customer).SingleAsync(Token);
        (contact.Language, contact.TrackingConsent).ShouldBe(("en", TrackingConsent.Granted));
        (await db.Of<ConsentRecord>(App.Customer).CountAsync(Token)).ShouldBe(3);

        using var again = await SaveAsync(("list", Out.ToString()), ("language", "en"), ("tracking", "1"));
        (await db.Of<ConsentRecord>(App.Customer).CountAsync(Token)).ShouldBe(3, "the same choice proves nothing new");
    }

    [Fact]
    public async Task Who_left_everything_does_not_come_back_by_an_old_message()
    {
        using var left = await PostAsync(Url, ("List-Unsubscribe", "One-Click"));
        using var answer = await SaveAsync(("list", In.ToString()), ("language", "fr"));
        await using var db = App.OpenDb();
        (await db.Of<Subscription>(App.Customer).AnyAsync(s => s.Status != SubscriptionStatus.Unsubscribed, Token)).ShouldBeFalse();
        (await App.CountAsync("suppressions")).ShouldBe(1);
    }

    [Fact]
    public async Task Reason_is_asked_after_leaving_and_counted_for_the_campaign()
    {
        using var left = await PostAsync(Url, ("action", "unsubscribe"));
        var page = await left.Content.ReadAsStringAsync(Token);
        page.ShouldContain("Je reçois trop de messages");
        await using var db = App.OpenDb();
        var reasons = await UnsubscribeReasons.ListAsync(App.Customer, db, Token);
        using var answer = await PostAsync(Url, ("action", "reason"), ("reason", reasons[1].Id.ToString()), ("comment", " Trop long "));
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        using var changed = await PostAsync(Url, ("action", "reason"), ("reason", reasons[0].Id.ToString()), ("comment", "Trop long"));
        var counts = await UnsubscribeReasons.CountAsync(App.Customer, Site.Campaign, db, Token);
        counts.Select(c => (c.Reason!.Id, c.Count)).ShouldBe([(reasons[0].Id, 1L)]);
        (await UnsubscribeReasons.CommentsAsync(App.Customer, Site.Campaign, 10, db, Token)).Single().Text.ShouldBe("Trop long");
    }

    [Fact]
    public async Task Reason_without_leaving_or_of_another_customer_is_not_counted()
    {
        using var early = await PostAsync(Url, ("action", "reason"), ("comment", "x"));
        (await App.CountAsync("unsubscribe_answers")).ShouldBe(0);
        var other = await App.AddCustomerAsync("Other");
        await using var db = App.OpenDb();
        var theirs = (await UnsubscribeReasons.ListAsync(other, db, Token))[0].Id;
        using var left = await PostAsync(Url, ("action", "unsubscribe"));
        using var foreign = await PostAsync(Url, ("action", "reason"), ("reason", theirs.ToString()));
        (await App.CountAsync("unsubscribe_answers")).ShouldBe(0);
    }

    private Task<HttpResponseMessage> SaveAsync(params (string, string)[] fields) => PostAsync(Url + "/preferences", fields);

    private async Task<HttpResponseMessage> PostAsync(string url, params (string Name, string Value)[] fields)
    {
        using var content = new FormUrlEncodedContent(fields.Select(f => new KeyValuePair<string, string>(f.Name, f.Value)));
        return await Site.Http.PostAsync(url, content, Token);
    }
}

public sealed class PreferenceTestsOnSqlite() : PreferenceTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class PreferenceTestsOnPostgreSql() : PreferenceTests(DatabaseKind.PostgreSql);
