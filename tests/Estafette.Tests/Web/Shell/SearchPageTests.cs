using System.Net;
using System.Text;
using AngleSharp.Html.Parser;
using Estafette.Core.Platform;
using Estafette.Core.Tracking;
using Estafette.Testing.Web;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Web.Shell;

/// <summary>The search of the whole account, on both databases.</summary>
public abstract class SearchPageTests(WebHostFixture web)
{
    [Fact]
    public async Task Contact_is_found_by_the_beginning_of_its_address()
    {
        using var owner = await web.SignInAsync(WebHostFixture.Owner);
        (await FoundAsync(owner, "SomeO")).ShouldContain($"/contacts/{web.Owned["contacts"]}");
        (await FoundAsync(owner, "omeone")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Campaign_template_and_list_are_found_by_a_part_of_their_name()
    {
        using var owner = await web.SignInAsync(WebHostFixture.Owner);
        (await FoundAsync(owner, "ampaig")).ShouldBe([$"/campaigns/{web.Owned["campaigns"]}"]);
        (await FoundAsync(owner, "emplat")).ShouldBe([$"/templates/{web.Owned["templates"]}"]);
        (await FoundAsync(owner, "LIST")).ShouldBe([$"/lists/{web.Owned["lists"]}"]);
    }

    [Fact]
    public async Task Message_is_found_by_its_recipient_and_by_its_message_id()
    {
        using var owner = await web.SignInAsync(WebHostFixture.Owner);
        var message = $"/deliveries/{web.Owned["deliveries"]}";
        (await FoundAsync(owner, "a@example")).ShouldBe([message]);
        (await FoundAsync(owner, await MessageIdAsync())).ShouldBe([message]);
    }

    [Fact]
    public async Task Nothing_of_another_customer_is_found()
    {
        using var stranger = await web.SignInAsync(WebHostFixture.Other);
        (await FoundAsync(stranger, "someone@")).ShouldBeEmpty();
        (await FoundAsync(stranger, "a@example")).ShouldBeEmpty();
        (await FoundAsync(stranger, await MessageIdAsync())).ShouldBeEmpty();
    }

    [Fact]
    public async Task Steps_of_the_start_go_when_the_user_puts_them_away()
    {
        using var owner = await web.SignInAsync(WebHostFixture.Owner);
        (await owner.Http.GetStringAsync("/")).ShouldContain("start-list");
        using var form = new FormUrlEncodedContent([new("__RequestVerificationToken", await owner.TokenAsync("/")), new("hide", "1")]);
        using var hidden = await owner.Http.PostAsync("/start/hide", form);
        hidden.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await owner.Http.GetStringAsync("/")).ShouldNotContain("start-list");
    }

    private async Task<string> MessageIdAsync()
    {
        var tokens = web.Host.Services.GetRequiredService<TrackingTokens>();
        await tokens.EnsureLoadedAsync(default);
        var text = new byte[TrackingToken.MaxChars + 8];
        var length = tokens.WriteVerp(text, new DeliveryId(web.Owned["deliveries"]));
        return $"<{Encoding.ASCII.GetString(text, 0, length)}@example.test>";
    }

    private static async Task<List<string>> FoundAsync(WebVisitor visitor, string search)
    {
        using var page = new HtmlParser().ParseDocument(await visitor.Http.GetStringAsync("/search?q=" + Uri.EscapeDataString(search)));
        return [.. page.QuerySelectorAll("#found a").Select(a => a.GetAttribute("href")!)];
    }
}

public sealed class SearchPageTestsOnSqlite(OneServer.OnSqlite server) : SearchPageTests(server.Web), IClassFixture<OneServer.OnSqlite>;

[Trait("Category", "PostgreSql")]
public sealed class SearchPageTestsOnPostgreSql(OneServer.OnPostgreSql server)
    : SearchPageTests(server.Web),
        IClassFixture<OneServer.OnPostgreSql>;
