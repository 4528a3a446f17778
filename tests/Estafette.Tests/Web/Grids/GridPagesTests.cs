using System.IO.Compression;
using System.Net;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Contacts;
using Estafette.Core.Messages;
using Estafette.Core.Platform;
using Estafette.Core.Suppression;
using Estafette.Testing.Web;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Web.Grids;

/// <summary>List pages as a browser without script meets them, on both databases.</summary>
public abstract class GridPagesTests(WebHostFixture web)
{
    private const string Colleague = "colleague@example.test";
    private readonly WebHostFixture _web = web;

    [Fact]
    public async Task Lists_are_ordered_by_any_column_both_ways_and_searched_without_accents()
    {
        using var owner = await _web.SignInAsync(WebHostFixture.Owner);
        foreach (var name in new[] { "Zèbres", "abeilles", "Éléphants" })
            (await owner.PostAsync("/lists/new", "list", ("name", name))).Dispose();
        (await NamesAsync(owner, "/lists?sort=name")).ShouldBe(["abeilles", "Éléphants", "List", "Zèbres"]);
        (await NamesAsync(owner, "/lists?sort=-name")).ShouldBe(["Zèbres", "List", "Éléphants", "abeilles"]);
        (await NamesAsync(owner, "/lists?q=elephant")).ShouldBe(["Éléphants"]);
        (await NamesAsync(owner, "/lists?q=nothing")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Columns_are_chosen_in_the_address_and_unknown_ones_left_out()
    {
        using var owner = await _web.SignInAsync(WebHostFixture.Owner);
        using var page = await PageAsync(owner, "/contacts?cols=email,created,nonsense");
        page.QuerySelectorAll("thead th:not(.pick)").Length.ShouldBe(2);
        using var file = await owner.GetAsync("/contacts/export?format=csv&cols=email,created");
        (await file.Content.ReadAsStringAsync()).Split("\r\n")[0].Split(';').Length.ShouldBe(2);
    }

    [Fact]
    public async Task Contacts_page_by_page_are_all_contacts_once_and_the_file_has_the_same()
    {
        using var owner = await _web.SignInAsync(WebHostFixture.Owner);
        await AddContactsAsync("page", 60);
        var seen = await SeenAsync(owner, "/contacts?size=25&q=page");
        seen.Count.ShouldBe(60);
        seen.ShouldBeUnique();
        using var file = await owner.GetAsync("/contacts/export?format=csv&cols=email&q=page");
        file.Content.Headers.ContentDisposition!.FileName!.ShouldContain("contacts-");
        (await file.Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Skip(1).ShouldBe(seen);
    }

    [Theory]
    [InlineData("created", false)]
    [InlineData("email", true)]
    [InlineData("last-name", true)]
    public async Task Contacts_are_put_in_order_by_a_heading_and_the_file_has_that_order(string column, bool isText)
    {
        using var owner = await _web.SignInAsync(WebHostFixture.Owner);
        await AddContactsAsync("order-" + column, 30);
        var address = $"/contacts?size=25&q=order-{column}";
        using (var page = await PageAsync(owner, address))
            address = page.QuerySelectorAll("th a.sort").Single(a => Sort(a).TrimStart('-') == column).GetAttribute("href")!;
        address.ShouldContain(isText ? $"sort={column}" : $"sort=-{column}");
        using (var page = await PageAsync(owner, address))
        {
            var sorted = page.QuerySelectorAll("th[aria-sort]").ShouldHaveSingleItem();
            sorted.GetAttribute("aria-sort").ShouldBe(isText ? "ascending" : "descending");
            address = sorted.QuerySelector("a")!.GetAttribute("href")!;
        }
        var seen = await SeenAsync(owner, address);
        seen.Count.ShouldBe(30);
        seen.ShouldBeUnique();
        if (column == "email")
            seen.ShouldBe(seen.OrderDescending(StringComparer.Ordinal));
        using var file = await owner.GetAsync($"/contacts/export?format=csv&cols=email&{address.Split('?')[1]}");
        (await file.Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Skip(1).ShouldBe(seen);
    }

    [Fact]
    public async Task Recipients_are_put_in_order_and_keep_it_with_a_filter()
    {
        using var owner = await _web.SignInAsync(WebHostFixture.Owner);
        var deliveries = $"/campaigns/{_web.Owned["campaigns"]}/deliveries";
        foreach (var column in new[] { "address", "status", "server", "attempts", "since" })
        {
            using var page = await PageAsync(owner, $"{deliveries}?sort=-{column}&status=waiting");
            page.QuerySelector("th[aria-sort=descending] a")!.GetAttribute("href")!.ShouldContain($"status=waiting&sort={column}");
            page.QuerySelectorAll("tbody tr").ShouldHaveSingleItem();
            using var file = await owner.GetAsync($"{deliveries}/export?format=csv&sort=-{column}&status=waiting");
            (await file.Content.ReadAsStringAsync()).ShouldContain("a@example.test");
        }
        _web.Host.Errors.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("/campaigns", "launched")]
    [InlineData("/campaigns", "scheduled")]
    [InlineData("/suppressions", "address")]
    [InlineData("/suppressions", "since")]
    [InlineData("/settings/audit", "at")]
    [InlineData("/outbox", "at")]
    public async Task Other_lists_are_put_in_order_both_ways(string list, string column)
    {
        using var owner = await _web.SignInAsync(WebHostFixture.Owner);
        await SuppressAsync();
        var ways = new List<List<string>>();
        foreach (var sort in new[] { column, "-" + column })
        {
            using var page = await PageAsync(owner, $"{list}?sort={sort}&cols={column}");
            page.QuerySelector("th[aria-sort]").ShouldNotBeNull();
            using var file = await owner.GetAsync($"{list}/export?format=csv&cols={column}&sort={sort}");
            ways.Add([.. (await file.Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Skip(1)]);
        }
        // Times are written to the second, so that equal ones may stand either way.
        ways[0].Where(v => v != "\"\"").ShouldBe(ways[0].Where(v => v != "\"\"").Order(StringComparer.Ordinal));
        ways[1].Where(v => v != "\"\"").ShouldBe(ways[1].Where(v => v != "\"\"").OrderDescending(StringComparer.Ordinal));
        ways[1].Count.ShouldBe(ways[0].Count);
    }

    [Fact]
    public async Task Addresses_without_messages_are_paged_by_address_with_a_place_of_their_own()
    {
        using var owner = await _web.SignInAsync(WebHostFixture.Owner);
        await SuppressAsync();
        foreach (var sort in new[] { "address", "-address", "since", "-since" })
        {
            var seen = await SeenAsync(owner, $"/suppressions?size=25&sort={sort}", "tbody td:first-child a");
            seen.Count(address => address.StartsWith("a-", StringComparison.Ordinal) || address.StartsWith("z-", StringComparison.Ordinal))
                .ShouldBe(61);
            seen.ShouldBeUnique();
        }
    }

    [Fact]
    public async Task Outbox_is_searched_and_shows_where_its_messages_come_from()
    {
        using var owner = await _web.SignInAsync(WebHostFixture.Owner);
        using (var page = await PageAsync(owner, "/outbox?cols=subject,to,campaign,server,at"))
        {
            var row = page.QuerySelectorAll("tbody tr").ShouldHaveSingleItem();
            row.QuerySelector("a")!.GetAttribute("href").ShouldBe($"/outbox/{_web.Owned["outbox"]}");
            row.TextContent.ShouldContain("a@example.test");
            row.TextContent.ShouldContain("Server");
        }
        using (var page = await PageAsync(owner, "/outbox?q=nobody"))
            page.QuerySelectorAll("tbody tr").ShouldBeEmpty();
        using var file = await owner.GetAsync("/outbox/export?format=csv&q=A%40EXAMPLE");
        (await file.Content.ReadAsStringAsync()).ShouldContain("a@example.test");
    }

    [Fact]
    public async Task Subjects_of_campaigns_and_templates_are_shown_as_somebody_reads_them()
    {
        using var owner = await _web.SignInAsync(WebHostFixture.Owner);
        await using (var scope = _web.Host.Services.CreateAsyncScope())
        {
            var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
            var (customer, now) = (await CustomerAsync(db), TimeProvider.System.GetUtcNow());
            const string subject = "{{default first_name \"Chers amis\"}}, bonjour";
            db.Add(new Campaign(customer, "Merged", now) { Subject = subject });
            db.Add(
                new Template
                {
                    CustomerId = customer,
                    Name = "Merged",
                    Subject = subject,
                    Html = "",
                    CreatedAt = now,
                    UpdatedAt = now,
                }
            );
            await db.SaveChangesAsync();
        }
        foreach (var list in new[] { "/campaigns?q=Merged", "/templates?q=Merged" })
        {
            using var page = await PageAsync(owner, list);
            var row = page.QuerySelectorAll("tbody tr").ShouldHaveSingleItem().TextContent;
            row.ShouldContain("Chers amis, bonjour");
            row.ShouldNotContain("{{");
        }
        using var file = await owner.GetAsync("/campaigns/export?format=csv&cols=subject&q=Merged");
        (await file.Content.ReadAsStringAsync()).ShouldContain("Chers amis, bonjour");
    }

    [Fact]
    public async Task Workbook_holds_the_rows_of_the_filter()
    {
        using var owner = await _web.SignInAsync(WebHostFixture.Owner);
        await AddContactsAsync("book", 3);
        using var file = await owner.GetAsync("/contacts/export?format=xlsx&q=someone");
        file.Content.Headers.ContentType!.MediaType.ShouldBe("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
        using var book = new ZipArchive(await file.Content.ReadAsStreamAsync());
        using var sheet = new StreamReader(book.GetEntry("xl/worksheets/sheet1.xml")!.Open());
        var rows = await sheet.ReadToEndAsync();
        rows.ShouldContain("someone@example.test");
        rows.ShouldNotContain("book0");
        (await owner.GetAsync("/contacts/export?format=pdf")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Picked_contacts_go_into_a_list_and_those_of_others_do_not()
    {
        using var owner = await _web.SignInAsync(WebHostFixture.Owner);
        (await owner.PostAsync("/lists/new", "list", ("name", "Picked"))).Dispose();
        using var page = await PageAsync(owner, "/contacts");
        var list = page.QuerySelectorAll("#f-into option").Single(o => o.TextContent == "Picked").GetAttribute("value")!;
        using var added = await owner.PostAsync(
            "/contacts?q=someone",
            "bulk",
            ("pick", $"{_web.Owned["contacts"]}"),
            ("pick", "999999999"),
            ("into", list)
        );
        added.Headers.Location!.ToString().ShouldEndWith("/contacts?q=someone&added=1");
        using var shown = await PageAsync(owner, $"/contacts?list={list}");
        shown.QuerySelectorAll("tbody tr").Length.ShouldBe(1);
    }

    [Fact]
    public async Task Saved_view_is_the_users_own_until_it_is_shared_and_only_its_maker_deletes_it()
    {
        using var owner = await _web.SignInAsync(WebHostFixture.Owner);
        await using (var scope = _web.Host.Services.CreateAsyncScope())
            await _web.Host.AddUserAsync(
                await CustomerAsync(scope.ServiceProvider.GetRequiredService<EstafetteDb>()),
                Colleague,
                UserRole.Reader,
                WebHostFixture.Password
            );
        using var colleague = await _web.SignInAsync(Colleague);
        using var stranger = await _web.SignInAsync(WebHostFixture.Other);
        var mine = await SaveAsync(owner, "Mine", shared: false);
        var ours = await SaveAsync(owner, "Ours", shared: true);
        (await ViewsAsync(owner)).ShouldBe(["Mine", "Ours"]);
        (await ViewsAsync(colleague)).ShouldBe(["Ours"]);
        (await ViewsAsync(stranger)).ShouldBeEmpty();
        using var refused = await DeleteAsync(stranger, ours);
        refused.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using var notTheirs = await DeleteAsync(colleague, ours);
        notTheirs.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using var gone = await DeleteAsync(owner, mine);
        gone.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await ViewsAsync(owner)).ShouldBe(["Ours"]);
    }

    [Fact]
    public async Task Every_list_page_has_its_files()
    {
        using var owner = await _web.SignInAsync(WebHostFixture.Owner);
        foreach (
            var list in new[]
            {
                "/contacts",
                "/lists",
                "/imports",
                "/suppressions",
                "/campaigns",
                "/servers",
                "/outbox",
                "/templates",
                "/settings/audit",
            }
        )
        foreach (var format in new[] { "csv", "xlsx", "xls" })
        {
            using var answer = await owner.GetAsync($"{list}/export?format={format}");
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, list);
            (await answer.Content.ReadAsByteArrayAsync()).Length.ShouldBeGreaterThan(10);
        }
        using var deliveries = await owner.GetAsync($"/campaigns/{_web.Owned["campaigns"]}/deliveries/export?format=csv");
        (await deliveries.Content.ReadAsStringAsync()).ShouldContain("a@example.test");
        _web.Host.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Reader_gets_no_file_of_a_page_that_is_closed_to_him()
    {
        using var reader = await _web.SignInAsync(WebHostFixture.Reader);
        using var refused = await reader.GetAsync("/settings/audit/export?format=csv");
        refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    private async Task AddContactsAsync(string prefix, int count)
    {
        await using var scope = _web.Host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var customer = await CustomerAsync(db);
        var now = TimeProvider.System.GetUtcNow();
        for (var i = 0; i < count; i++)
            db.Add(
                new Contact
                {
                    CustomerId = customer,
                    ContactKey = $"{prefix}{i}@example.test",
                    Email = $"{prefix}{i}@example.test",
                    CreatedAt = now,
                    UpdatedAt = now,
                }
            );
        await db.SaveChangesAsync();
    }

    /// <summary>61 addresses of two channels that get nothing.</summary>
    private async Task SuppressAsync()
    {
        await using var scope = _web.Host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var customer = await CustomerAsync(db);
        if (await db.Of<SuppressedAddress>(customer).AnyAsync(s => s.AddressKey.StartsWith("a-")))
            return;
        for (var i = 0; i < 61; i++)
            db.Add(
                new SuppressedAddress
                {
                    CustomerId = customer,
                    Channel = i % 3 == 0 ? Channel.Sms : Channel.Email,
                    AddressKey = i % 3 == 0 ? $"z-{97 - i}" : $"a-{97 - i}@example.test",
                    Reason = SuppressionReason.Manual,
                    Origin = SuppressionOrigin.Manual,
                    CreatedAt = TimeProvider.System.GetUtcNow(),
                }
            );
        await db.SaveChangesAsync();
        // Times are told to the second, and the entry of the fixture is of another day.
        var now = TimeProvider.System.GetUtcNow();
        await db.Of<SuppressedAddress>(customer).ExecuteUpdateAsync(set => set.SetProperty(s => s.CreatedAt, now));
    }

    private static string Sort(AngleSharp.Dom.IElement link) => link.GetAttribute("href")!.Split("sort=")[1].Split('&')[0];

    /// <summary>What the first column says on all pages.</summary>
    private static async Task<List<string>> SeenAsync(WebVisitor visitor, string? address, string cells = "tbody td.wide a")
    {
        var seen = new List<string>();
        while (address is not null)
        {
            using var page = await PageAsync(visitor, address);
            seen.AddRange(page.QuerySelectorAll(cells).Select(a => a.TextContent));
            address = page.QuerySelector("a[rel=next]")?.GetAttribute("href");
        }
        return seen;
    }

    private async Task<CustomerId> CustomerAsync(EstafetteDb db)
    {
        var id = new ContactId(_web.Owned["contacts"]);
        return await db.Set<Contact>().Where(c => c.Id == id).Select(c => c.CustomerId).SingleAsync();
    }

    private static async Task<IHtmlDocument> PageAsync(WebVisitor visitor, string address) =>
        new HtmlParser().ParseDocument(await visitor.Http.GetStringAsync(address));

    private static async Task<List<string>> NamesAsync(WebVisitor visitor, string address)
    {
        using var page = await PageAsync(visitor, address);
        // Another test of this server makes a list of its own.
        return [.. page.QuerySelectorAll("tbody td.wide a").Select(a => a.TextContent).Where(name => name != "Picked")];
    }

    private static async Task<List<string>> ViewsAsync(WebVisitor visitor)
    {
        using var page = await PageAsync(visitor, "/contacts");
        return [.. page.QuerySelectorAll(".menu-list a[href*='view=']").Select(a => a.TextContent.Split(" · ")[0])];
    }

    private static async Task<long> SaveAsync(WebVisitor visitor, string name, bool shared)
    {
        var fields = new List<KeyValuePair<string, string>>
        {
            new("__RequestVerificationToken", await visitor.TokenAsync("/contacts")),
            new("grid", "contacts"),
            new("path", "/contacts"),
            new("query", "q=some&size=25"),
            new("name", name),
        };
        if (shared)
            fields.Add(new("shared", "1"));
        using var form = new FormUrlEncodedContent(fields);
        using var saved = await visitor.Http.PostAsync("/views", form);
        var address = saved.Headers.Location!.ToString();
        address.ShouldStartWith("/contacts?q=some&size=25&view=");
        return long.Parse(address.Split("view=")[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async Task<HttpResponseMessage> DeleteAsync(WebVisitor visitor, long view)
    {
        using var form = new FormUrlEncodedContent([
            new("__RequestVerificationToken", await visitor.TokenAsync("/contacts")),
            new("back", "/contacts"),
        ]);
        return await visitor.Http.PostAsync($"/views/{view}/delete", form);
    }
}

public sealed class GridPagesTestsOnSqlite(OneServer.OnSqlite server) : GridPagesTests(server.Web), IClassFixture<OneServer.OnSqlite>;

[Trait("Category", "PostgreSql")]
public sealed class GridPagesTestsOnPostgreSql(OneServer.OnPostgreSql server)
    : GridPagesTests(server.Web),
        IClassFixture<OneServer.OnPostgreSql>;
