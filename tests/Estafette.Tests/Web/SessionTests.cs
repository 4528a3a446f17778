using System.Net;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Demo;
using Estafette.Web.Account;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Web;

[Collection(WebHostGroup.Name)]
public sealed class SessionTests(WebHostFixture web)
{
    [Fact]
    public async Task One_time_password_leads_to_the_choice_of_a_new_one_and_nowhere_else()
    {
        using var visitor = web.Host.Visit();
        using var signedIn = await visitor.SignInAsync(DemoSeeder.AdministratorEmail, web.Host.OneTimePassword);
        signedIn.Headers.Location!.ToString().ShouldEndWith("/account/password");
        using var elsewhere = await visitor.GetAsync("/contacts");
        elsewhere.Headers.Location!.ToString().ShouldBe("/account/password");
        using var changed = await visitor.PostAsync(
            "/account/password",
            "password",
            ("current", web.Host.OneTimePassword),
            ("new", "ma nouvelle phrase"),
            ("again", "ma nouvelle phrase")
        );
        changed.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        using var free = await visitor.GetAsync("/contacts");
        free.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Five_wrong_passwords_lock_the_account_even_for_the_right_one()
    {
        var customer = await DemoCustomerAsync();
        await web.Host.AddUserAsync(customer, "locked@example.test", UserRole.Reader, WebHostFixture.Password);
        using var visitor = web.Host.Visit();
        for (var i = 0; i < 5; i++)
            (await visitor.SignInAsync("locked@example.test", "wrong")).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var right = await visitor.SignInAsync("locked@example.test", WebHostFixture.Password);
        right.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await right.Content.ReadAsStringAsync()).ShouldContain("10 minutes");
    }

    [Fact]
    public async Task Unknown_name_and_wrong_password_get_the_same_words()
    {
        using var visitor = web.Host.Visit();
        using var unknown = await visitor.SignInAsync("nobody@example.test", "wrong");
        using var wrong = await visitor.SignInAsync(WebHostFixture.Owner, "wrong");
        Alert(await unknown.Content.ReadAsStringAsync()).ShouldBe(Alert(await wrong.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task Reader_sees_contacts_and_changes_nothing()
    {
        using var reader = await web.SignInAsync(WebHostFixture.Reader);
        using var seen = await reader.GetAsync("/contacts");
        seen.StatusCode.ShouldBe(HttpStatusCode.OK);
        var token = await reader.TokenAsync("/contacts");
        using var form = new FormUrlEncodedContent([
            new("_handler", "list"),
            new("__RequestVerificationToken", token),
            new("name", "Made by a reader"),
        ]);
        using var refused = await reader.Http.PostAsync("/lists/new", form);
        refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        using var settings = await reader.GetAsync("/settings/users");
        settings.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Signing_out_ends_the_session()
    {
        using var visitor = await web.SignInAsync(WebHostFixture.Owner);
        var token = await visitor.TokenAsync("/");
        using var form = new FormUrlEncodedContent([new("__RequestVerificationToken", token)]);
        using var gone = await visitor.Http.PostAsync("/sign-out", form);
        gone.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        using var page = await visitor.GetAsync("/");
        page.Headers.Location!.ToString().ShouldContain("/sign-in");
    }

    [Theory]
    [InlineData("/contacts?q=a", true)]
    [InlineData("//evil.example", false)]
    [InlineData("/\\evil.example", false)]
    [InlineData("https://evil.example", false)]
    [InlineData("/a\r\nSet-Cookie: x=1", false)]
    [InlineData(null, false)]
    public void Only_paths_of_this_site_are_returned_to(string? path, bool local) => Preferences.IsLocal(path).ShouldBe(local);

    [Fact]
    public async Task Pages_forbid_foreign_scripts_frames_and_type_guessing()
    {
        using var visitor = web.Host.Visit();
        using var answer = await visitor.GetAsync("/sign-in");
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        policy.ShouldContain("default-src 'none'");
        policy.ShouldContain("frame-ancestors 'none'");
        policy.ShouldNotContain("unsafe");
        answer.Headers.GetValues("X-Content-Type-Options").Single().ShouldBe("nosniff");
        answer.Headers.GetValues("Referrer-Policy").Single().ShouldBe("same-origin");
        var page = await answer.Content.ReadAsStringAsync();
        page.ShouldNotContain(" style=");
        page.ShouldNotContain("onclick");
    }

    [Fact]
    public async Task Message_content_is_framed_without_script_and_without_loading_from_the_network()
    {
        using var owner = await web.SignInAsync(WebHostFixture.Owner);
        using var answer = await owner.GetAsync($"/outbox/{web.Owned["outbox"]}/html");
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        policy.ShouldStartWith("sandbox; default-src 'none'");
        policy.ShouldContain("img-src data:;");
        (await answer.Content.ReadAsStringAsync()).ShouldContain("<p>x</p>");
    }

    [Fact]
    public async Task Style_is_kept_for_a_year_under_a_name_that_changes_with_it()
    {
        using var visitor = web.Host.Visit();
        var page = await visitor.Http.GetStringAsync("/sign-in");
        var start = page.IndexOf("/assets/", StringComparison.Ordinal);
        var address = page[start..page.IndexOf('"', start)];
        using var answer = await visitor.GetAsync(address);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Headers.CacheControl!.ToString().ShouldContain("immutable");
        using var unknown = await visitor.GetAsync("/assets/..%2f..%2fappsettings.json");
        unknown.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    private async Task<CustomerId> DemoCustomerAsync()
    {
        await using var scope = web.Host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        return await db.Set<User>().Where(u => u.Email == DemoSeeder.AdministratorEmail).Select(u => u.CustomerId).SingleAsync();
    }

    private static string Alert(string page)
    {
        var start = page.IndexOf("role=\"alert\"", StringComparison.Ordinal);
        return page[start..page.IndexOf("</ul>", start, StringComparison.Ordinal)];
    }
}
