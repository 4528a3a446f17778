using System.Net;
using System.Text.RegularExpressions;
using Estafette.Core.Contacts;
using Estafette.Core.Forms;
using Estafette.Core.Forms.OptOut;
using Estafette.Core.Platform;
using Estafette.Core.Suppression;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Tests.Forms;

/// <summary>The page of people who want to leave and have no message at hand.</summary>
public abstract partial class LeaveTests(DatabaseKind kind) : DatabaseTests(kind), IAsyncLifetime
{
    private FormSite Site { get; set; } = null!;
    private string Path { get; set; } = "";

    async ValueTask IAsyncLifetime.InitializeAsync()
    {
        await InitializeAsync();
        Site = await FormSite.StartAsync(App);
        await App.AddListAsync("Clients", "anne@x.test");
        Path = await App.Get<AskToOptOut>().PathAsync(App.Customer, Token);
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await Site.DisposeAsync();
        await DisposeAsync();
    }

    private async Task<HttpResponseMessage> PostAsync(string path, params (string Name, string Value)[] fields)
    {
        using var content = new FormUrlEncodedContent(fields.Select(f => new KeyValuePair<string, string>(f.Name, f.Value)));
        return await Site.Http.PostAsync(path, content, Token);
    }

    private async Task<string> LinkAsync()
    {
        var data = await App.ScalarAsync<string>("SELECT merge_data FROM single_messages ORDER BY delivery_id DESC LIMIT 1");
        return Confirmation().Match(data!).Value;
    }

    [Fact]
    public async Task Link_of_the_mail_takes_the_address_off_and_its_mere_opening_does_not()
    {
        var page = await Site.Http.GetStringAsync(new Uri(Site.Http.BaseAddress!, Path), Token);
        page.ShouldContain("Atelier Dupont");
        using var asked = await PostAsync(Path, ("email", "Anne@X.test"));
        asked.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await Site.Http.GetStringAsync(new Uri(Site.Http.BaseAddress!, asked.Headers.Location!), Token)).ShouldContain("messagerie");
        (await App.CountAsync("suppressions")).ShouldBe(0);

        var link = await LinkAsync();
        link.ShouldStartWith(Path + "/c/");
        var question = await Site.Http.GetStringAsync(new Uri(Site.Http.BaseAddress!, link), Token);
        question.ShouldContain("value=\"confirm\"");
        question.ShouldNotContain("anne@x.test");
        (await App.CountAsync("suppressions")).ShouldBe(0, "scanners follow links");

        for (var i = 0; i < 2; i++)
        {
            using var done = await PostAsync(link, ("action", "confirm"));
            done.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
            done.Headers.Contains("Set-Cookie").ShouldBeFalse();
        }
        (await Site.Http.GetStringAsync(new Uri(Site.Http.BaseAddress!, link), Token)).ShouldContain("Désabonnement enregistré");
        await using var db = App.OpenDb();
        var row = await db.Of<SuppressedAddress>(App.Customer).SingleAsync(Token);
        (row.AddressKey, row.Reason, row.Origin).ShouldBe(("anne@x.test", SuppressionReason.OptOut, SuppressionOrigin.Web));
        row.Evidence!.ShouldStartWith("unsubscribe form, mail answered");
        (await db.Of<Subscription>(App.Customer).SingleAsync(Token)).Status.ShouldBe(SubscriptionStatus.Unsubscribed);
        (await db.Of<ConsentRecord>(App.Customer).SingleAsync(Token)).Granted.ShouldBeFalse();
    }

    [Fact]
    public async Task Known_and_unknown_addresses_get_the_same_answer_and_nobody_gets_many_mails()
    {
        using var known = await PostAsync(Path, ("email", "anne@x.test"));
        using var unknown = await PostAsync(Path, ("email", "nobody@x.test"));
        (known.StatusCode, known.Headers.Location).ShouldBe((unknown.StatusCode, unknown.Headers.Location));
        (await App.CountAsync("single_messages")).ShouldBe(2);
        (await App.CountAsync("contacts")).ShouldBe(1, "nobody becomes a contact by asking");
        for (var i = 0; i < SubmissionLimits.PerMailAddress; i++)
            (await PostAsync(Path, ("email", "anne@x.test"))).Dispose();
        (await App.CountAsync("single_messages")).ShouldBe(1 + SubmissionLimits.PerMailAddress);
        using var trapped = await PostAsync(Path, ("email", "b@x.test"), ("website", "x"));
        trapped.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        using var wrong = await PostAsync(Path, ("email", "no address"));
        wrong.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await App.CountAsync("single_messages")).ShouldBe(1 + SubmissionLimits.PerMailAddress);
        HttpStatusCode last = default;
        for (var i = 0; i < SubmissionLimits.PerNetworkAddress; i++)
        {
            using var answer = await PostAsync(Path, ("email", $"p{i}@x.test"));
            last = answer.StatusCode;
        }
        last.ShouldBe(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task Forged_foreign_and_old_links_change_nothing()
    {
        var other = await App.AddCustomerAsync("Autre");
        var foreign = await App.Get<AskToOptOut>().PathAsync(other, Token);
        (await PostAsync(Path, ("email", "anne@x.test"))).Dispose();
        var link = await LinkAsync();
        var proof = link[(Path.Length + 3)..];
        foreach (var path in new[] { $"{foreign}/c/{proof}", $"{Path}/c/{proof[..^1]}{(proof[^1] == 'A' ? 'B' : 'A')}x", $"{Path}/c/x" })
        {
            using var answer = await PostAsync(path, ("action", "confirm"));
            answer.StatusCode.ShouldBe(HttpStatusCode.Gone, path);
        }
        using var nowhere = await PostAsync("/out/x", ("email", "anne@x.test"));
        nowhere.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        App.Clock.Advance(AskToOptOut.Validity + TimeSpan.FromMinutes(1));
        using var late = await PostAsync(link, ("action", "confirm"));
        late.StatusCode.ShouldBe(HttpStatusCode.Gone);
        (await App.CountAsync("suppressions")).ShouldBe(0);
    }

    [Fact]
    public async Task Without_a_sender_nothing_is_promised()
    {
        await App.ExecuteAsync("DELETE FROM sender_identities");
        using var answer = await PostAsync(Path, ("email", "anne@x.test"));
        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await App.CountAsync("opt_out_requests")).ShouldBe(0);
    }

    [GeneratedRegex("/out/[A-Za-z0-9_-]+/c/[A-Za-z0-9_-]+")]
    private static partial Regex Confirmation();
}

public sealed class LeaveTestsOnSqlite() : LeaveTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class LeaveTestsOnPostgreSql() : LeaveTests(DatabaseKind.PostgreSql);
