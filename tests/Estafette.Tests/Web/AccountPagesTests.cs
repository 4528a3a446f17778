using System.Net;
using System.Text.RegularExpressions;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Testing;
using Estafette.Testing.Web;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Web;

/// <summary>Signing in and what belongs to it, as a visitor and as an attacker.</summary>
[Collection(WebHostGroup.Name)]
public sealed partial class AccountPagesTests(WebHostFixture web)
{
    [Fact]
    public async Task Session_that_is_ended_elsewhere_is_over_with_the_next_request()
    {
        using var first = await UserAsync("sessions@example.test");
        using var second = web.Host.Visit();
        (await second.SignInAsync("sessions@example.test", WebHostFixture.Password)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await second.GetAsync("/contacts")).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var ended = await first.PostAsync("/account/sessions", "end-others");
        ended.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await second.GetAsync("/contacts")).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await first.GetAsync("/contacts")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Signing_in_gives_a_new_key_and_ends_the_session_the_browser_had()
    {
        using var visitor = await UserAsync("fixation@example.test");
        using var thief = web.Host.Visit();
        var stolen = visitor.Cookie("estafette.session");
        thief.SetCookie("estafette.session", stolen);
        (await thief.GetAsync("/contacts")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await visitor.SignInAsync("fixation@example.test", WebHostFixture.Password)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        visitor.Cookie("estafette.session").ShouldNotBe(stolen);
        (await thief.GetAsync("/contacts")).StatusCode.ShouldBe(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task Cookie_of_a_session_that_was_signed_out_is_worth_nothing()
    {
        using var visitor = await UserAsync("copied@example.test");
        var kept = visitor.Cookie("estafette.session");
        var token = await visitor.TokenAsync("/");
        using var form = new FormUrlEncodedContent([new("__RequestVerificationToken", token)]);
        (await visitor.Http.PostAsync("/sign-out", form)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        using var thief = web.Host.Visit();
        thief.SetCookie("estafette.session", kept);
        (await thief.GetAsync("/contacts")).StatusCode.ShouldBe(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task Form_of_another_site_signs_nobody_in()
    {
        using var visitor = web.Host.Visit();
        using var form = new FormUrlEncodedContent([
            new("_handler", "sign-in"),
            new("email", WebHostFixture.Owner),
            new("password", WebHostFixture.Password),
        ]);
        (await visitor.Http.PostAsync("/sign-in", form)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await visitor.GetAsync("/contacts")).StatusCode.ShouldBe(HttpStatusCode.Redirect);
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/")]
    [InlineData("/\\evil.example/")]
    [InlineData("/\t/evil.example/")]
    public async Task Nobody_is_sent_to_another_site_after_signing_in(string next)
    {
        using var visitor = web.Host.Visit();
        using var answer = await visitor.PostAsync(
            "/sign-in?next=" + Uri.EscapeDataString(next),
            "sign-in",
            ("email", WebHostFixture.Of(UserRole.Reader)),
            ("password", WebHostFixture.Password)
        );
        Target(answer).ShouldBe("/");
    }

    [Fact]
    public async Task App_is_set_up_asked_for_and_accepts_no_code_twice()
    {
        using var visitor = await UserAsync("app@example.test");
        var page = await visitor.Http.GetStringAsync("/account/security");
        page.ShouldContain("data:image/svg");
        var secret = FromBase32(Key().Match(page).Groups[1].Value.Replace(" ", ""));
        var hidden = Hidden().Match(page).Groups[1].Value;
        var setUp = Totp.CodeAt(secret, TimeProvider.System.GetUtcNow());
        using var on = await visitor.PostAsync(
            "/account/security",
            "app",
            ("secret", hidden),
            ("password", WebHostFixture.Password),
            ("code", setUp)
        );
        var codes = Code().Matches(await on.Content.ReadAsStringAsync()).Select(m => m.Groups[1].Value).ToList();
        codes.Count.ShouldBe(SecondFactors.RecoveryCodes);

        using var next = web.Host.Visit();
        using var step = await next.SignInAsync("app@example.test", WebHostFixture.Password);
        Target(step).ShouldBe("/sign-in/code");
        (await next.GetAsync("/contacts")).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        // The code that set the app up was used.
        using var again = await next.PostAsync("/sign-in/code", "code", ("code", setUp));
        (await next.GetAsync("/contacts")).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        using var recovered = await next.PostAsync("/sign-in/code", "code", ("code", codes[0]), ("remember", "1"));
        Target(recovered).ShouldBe("/account/security");
        (await next.GetAsync("/contacts")).StatusCode.ShouldBe(HttpStatusCode.OK);

        // The device is remembered, another one is asked.
        using var known = await next.SignInAsync("app@example.test", WebHostFixture.Password);
        Target(known).ShouldBe("/");
        using var other = web.Host.Visit();
        using var asked = await other.SignInAsync("app@example.test", WebHostFixture.Password);
        Target(asked).ShouldBe("/sign-in/code");
        using var used = await other.PostAsync("/sign-in/code", "code", ("code", codes[0]));
        used.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Second_step_is_closed_to_who_did_not_give_a_password()
    {
        using var visitor = web.Host.Visit();
        using var answer = await visitor.GetAsync("/sign-in/code");
        answer.Headers.Location!.ToString().ShouldEndWith("/sign-in");
    }

    [Fact]
    public async Task Customer_that_requires_a_second_factor_lets_nobody_further_without_one()
    {
        await using var scope = web.Host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var strict = await CreateCustomer.RunAsync(new NewCustomer { Name = "Strict" }, db, TimeProvider.System, default);
        await web.Host.AddUserAsync(strict, "strict@example.test", UserRole.Administrator, WebHostFixture.Password);
        using var visitor = await web.SignInAsync("strict@example.test");
        using var required = await visitor.PostAsync("/settings/security", "factor", ("grace", "7"), ("do", "require"));
        required.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await visitor.GetAsync("/contacts")).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var stopped = await visitor.PostAsync("/settings/security", "factor", ("do", "stop"));
        using var atOnce = await visitor.PostAsync("/settings/security", "factor", ("grace", "0"), ("do", "require"));
        using var sent = await visitor.GetAsync("/contacts");
        Target(sent).ShouldBe("/account/security");
    }

    [Fact]
    public async Task Forgotten_password_answers_alike_for_known_and_unknown_addresses()
    {
        using var visitor = web.Host.Visit();
        using var known = await visitor.PostAsync("/sign-in/forgotten", "forgotten", ("email", WebHostFixture.Owner));
        using var unknown = await visitor.PostAsync("/sign-in/forgotten", "forgotten", ("email", "nobody@example.test"));
        Target(known).ShouldBe(Target(unknown));
        await using var scope = web.Host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        await Eventually.TrueAsync(() =>
            db.Set<AccountLink>().AnyAsync(l => l.Email == WebHostFixture.Owner && l.Purpose == LinkPurpose.PasswordReset)
        );
        (await db.Set<AccountLink>().AnyAsync(l => l.Email == "nobody@example.test")).ShouldBeFalse();
    }

    [Fact]
    public async Task Invited_person_joins_by_the_link_and_has_the_role()
    {
        // A customer without a sending server: the link is shown to copy.
        await using var scope = web.Host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var bare = await CreateCustomer.RunAsync(new NewCustomer { Name = "Bare" }, db, TimeProvider.System, default);
        await web.Host.AddUserAsync(bare, "bare@example.test", UserRole.Administrator, WebHostFixture.Password);
        using var owner = await web.SignInAsync("bare@example.test");
        using var invited = await owner.PostAsync(
            "/settings/users",
            "invite",
            ("email", "new@example.test"),
            ("role", "Sender"),
            ("language", "en")
        );
        var path = Link().Match(await invited.Content.ReadAsStringAsync()).Value;
        using var visitor = web.Host.Visit();
        using var joined = await visitor.PostAsync(
            path,
            "join",
            ("name", "New"),
            ("new", WebHostFixture.Password),
            ("again", WebHostFixture.Password)
        );
        joined.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await visitor.GetAsync("/contacts")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await visitor.GetAsync("/settings/users")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        using var page = await web.Host.Visit().GetAsync(path);
        (await page.Content.ReadAsStringAsync()).ShouldNotContain("name=\"new\"");
        page.Headers.GetValues("Referrer-Policy").Single().ShouldBe("no-referrer");
        page.Headers.CacheControl!.NoStore.ShouldBeTrue();
    }

    [Fact]
    public async Task Operator_enters_a_customer_sees_a_banner_and_leaves_by_one_click()
    {
        using var chief = await web.SignInAsync(WebHostFixture.Operator);
        var path = $"/operator/customers/{web.Owned["operator/customers"]}";
        using var entered = await chief.PostAsync(path, "enter", ("reason", "asked for help"));
        entered.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        var page = await chief.Http.GetStringAsync($"/contacts/{web.Owned["contacts"]}");
        page.ShouldContain("class=\"entered\"");
        using var form = new FormUrlEncodedContent([new("__RequestVerificationToken", await chief.TokenAsync("/contacts"))]);
        using var left = await chief.Http.PostAsync("/operator/leave", form);
        Target(left).ShouldBe(path);
        (await chief.GetAsync($"/contacts/{web.Owned["contacts"]}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Logo_is_served_to_everybody_and_may_do_nothing()
    {
        await using var scope = web.Host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var customer = new CustomerId(web.Owned["operator/customers"]);
        var logo = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script><path d='M0 0'/></svg>"u8.ToArray();
        (
            await EditBrand.RunAsync(
                new Actor(customer, "test"),
                new BrandEdit("Maison", "#ff0000", null) { Logo = logo },
                db,
                TimeProvider.System,
                default
            )
        ).ShouldBeEmpty();
        var brand = await CustomerBrand.OfAsync(customer, db, default);
        (brand.Name, brand.LogoIsVector).ShouldBe(("Maison", true));
        using var answer = await web.Host.Visit().GetAsync(brand.LogoPath!);
        answer.Headers.GetValues("Content-Security-Policy").Single().ShouldStartWith("sandbox");
        (await answer.Content.ReadAsStringAsync()).ShouldNotContain("script");
    }

    /// <summary>Where an answer sends the browser, when that is on this site.</summary>
    private string Target(HttpResponseMessage answer)
    {
        var target = new Uri(web.Host.Address, answer.Headers.Location!);
        target.Authority.ShouldBe(web.Host.Address.Authority);
        return target.PathAndQuery;
    }

    private async Task<WebVisitor> UserAsync(string email)
    {
        await web.Host.AddUserAsync(
            new CustomerId(web.Owned["operator/customers"]),
            email,
            UserRole.Administrator,
            WebHostFixture.Password
        );
        return await web.SignInAsync(email);
    }

    private static byte[] FromBase32(string text)
    {
        var bytes = new List<byte>();
        var (buffer, bits) = (0, 0);
        foreach (var letter in text)
        {
            buffer = (buffer << 5) | "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(letter, StringComparison.Ordinal);
            bits += 5;
            if (bits < 8)
                continue;
            bits -= 8;
            bytes.Add((byte)(buffer >> bits));
        }
        return [.. bytes];
    }

    [GeneratedRegex("<p class=\"secret\">([A-Z2-7 ]+)</p>", RegexOptions.CultureInvariant)]
    private static partial Regex Key();

    [GeneratedRegex("name=\"secret\" value=\"([^\"]+)\"", RegexOptions.CultureInvariant)]
    private static partial Regex Hidden();

    [GeneratedRegex("<li class=\"secret\">([^<]+)</li>", RegexOptions.CultureInvariant)]
    private static partial Regex Code();

    [GeneratedRegex("/invitation/[A-Za-z0-9_-]{43}", RegexOptions.CultureInvariant)]
    private static partial Regex Link();
}
