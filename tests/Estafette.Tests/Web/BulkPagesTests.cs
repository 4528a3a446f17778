using System.Net;
using Estafette.Core.Accounts;
using Estafette.Core.Contacts;
using Estafette.Core.Contacts.Bulk;
using Estafette.Core.Platform;
using Estafette.Testing;
using Estafette.Testing.Web;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Estafette.Tests.Web;

[Collection(WebHostGroup.Name)]
public sealed class BulkPagesTests(WebHostFixture web)
{
    private static int _people;

    [Theory]
    [InlineData("fr", "2 contacts choisis.", "de 2 contacts devient", "Modifier 2 contacts", "C’est fait.", "Contacts concernés")]
    [InlineData("en", "2 picked contacts.", "of 2 contacts becomes", "Change 2 contacts", "Done.", "Contacts meant")]
    public async Task Picked_contacts_are_changed_once_somebody_is_sure(
        string language,
        string who,
        string consequence,
        string button,
        string done,
        string meant
    )
    {
        using var visitor = await SignInAsync(language);
        var (_, ids) = await AddPeopleAsync(2);
        var path = $"/bulk/new?pick={string.Join(',', ids)}";
        (string, string)[] change = [("action", "SetAttribute"), ("attribute", "ville"), ("value", "Lyon")];
        (await PageAsync(visitor, path)).ShouldContain(who);

        using (var asked = await visitor.PostAsync(path, "bulk", change))
        {
            asked.StatusCode.ShouldBe(HttpStatusCode.OK);
            var question = WebUtility.HtmlDecode(await asked.Content.ReadAsStringAsync());
            question.ShouldContain(consequence);
            question.ShouldContain($">{button}</button>");
        }
        (await ChangedAsync(ids)).ShouldBe(0, "the question alone changes nobody");

        using var begun = await visitor.PostAsync(path, "bulk", [.. change, ("sure", "1")]);
        begun.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        var run = new Uri(web.Host.Address, begun.Headers.Location!).AbsolutePath;
        await Eventually.TrueAsync(async () => (await PageAsync(visitor, run)).Contains(done));
        var page = await PageAsync(visitor, run);
        page.ShouldContain($"<dt>{meant}</dt><dd>2</dd>");
        page.ShouldNotContain("hx-trigger=\"every 1s\"");
        (await ChangedAsync(ids)).ShouldBe(2);
    }

    [Theory]
    [InlineData("fr", "Les 2 contacts qui correspondent", "Aucun contact n’est concerné")]
    [InlineData("en", "All 2 contacts that match", "No contact is meant")]
    public async Task Everybody_found_is_counted_and_a_filter_without_people_says_so(string language, string matching, string nobody)
    {
        using var visitor = await SignInAsync(language);
        var (search, _) = await AddPeopleAsync(2);

        var page = await PageAsync(visitor, $"/bulk/new?q={search}");
        page.ShouldContain(matching);
        page.ShouldContain(search);
        (await PageAsync(visitor, "/bulk/new?q=nobody-is-called-so")).ShouldContain(nobody);
    }

    [Theory]
    [InlineData("fr", "Choisissez une liste.", "Indiquez l’attribut", "Indiquez une valeur")]
    [InlineData("en", "Choose a list.", "Name the attribute", "Give a value of")]
    public async Task What_is_missing_is_told_before_the_question(string language, string list, string attribute, string value)
    {
        using var visitor = await SignInAsync(language);
        var (_, ids) = await AddPeopleAsync(1);
        var path = $"/bulk/new?pick={ids[0]}";

        (await AnswerAsync(visitor, path, ("action", "AddToList"), ("sure", "1"))).ShouldContain(list);
        var both = await AnswerAsync(visitor, path, ("action", "SetAttribute"), ("attribute", "a\"b"), ("sure", "1"));
        both.ShouldContain(attribute);
        both.ShouldContain(value);
    }

    [Theory]
    [InlineData("fr", "Arrêté. Ce qui était fait reste.")]
    [InlineData("en", "Stopped. What was done before stays.")]
    public async Task Change_that_was_stopped_says_what_stays(string language, string stopped)
    {
        using var visitor = await SignInAsync(language);
        await using var scope = web.Host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var bulk = new ContactBulk
        {
            CustomerId = await CustomerAsync(db),
            Action = BulkAction.EraseAttribute,
            Attribute = "ville",
            Who = "{}",
            Total = 10,
            LastContact = new ContactId(1),
            Operator = "chef",
            CreatedAt = TimeProvider.System.GetUtcNow(),
        };
        db.Entry(bulk).Property(b => b.Status).CurrentValue = BulkStatus.Cancelled;
        db.Add(bulk);
        await db.SaveChangesAsync();

        (await PageAsync(visitor, $"/bulk/{bulk.Id}")).ShouldContain(stopped);
    }

    private async Task<WebVisitor> SignInAsync(string language)
    {
        var visitor = await web.SignInAsync(WebHostFixture.Owner);
        visitor.Http.DefaultRequestHeaders.Add("Accept-Language", language);
        return visitor;
    }

    private static async Task<string> PageAsync(WebVisitor visitor, string path) =>
        WebUtility.HtmlDecode(await visitor.Http.GetStringAsync(path));

    private static async Task<string> AnswerAsync(WebVisitor visitor, string path, params (string, string)[] fields)
    {
        using var answer = await visitor.PostAsync(path, "bulk", fields);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Contacts of the second customer whom nobody else uses, and what finds them.</summary>
    private async Task<(string Search, List<long> Ids)> AddPeopleAsync(int count)
    {
        await using var scope = web.Host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var (customer, now) = (await CustomerAsync(db), TimeProvider.System.GetUtcNow());
        var search = $"bulk{Interlocked.Increment(ref _people)}x";
        var people = Enumerable
            .Range(0, count)
            .Select(i => $"{search}{i}@example.test")
            .Select(key => new Contact
            {
                CustomerId = customer,
                ContactKey = key,
                Email = key,
                CreatedAt = now,
                UpdatedAt = now,
            })
            .ToList();
        db.AddRange(people);
        await db.SaveChangesAsync();
        return (search, people.ConvertAll(c => c.Id.Value));
    }

    private static Task<CustomerId> CustomerAsync(EstafetteDb db) =>
        db.Set<User>().Where(u => u.Email == WebHostFixture.Owner).Select(u => u.CustomerId).SingleAsync();

    private async Task<int> ChangedAsync(List<long> ids)
    {
        await using var scope = web.Host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EstafetteDb>();
        var picked = ids.ConvertAll(id => new ContactId(id));
        return await db.Set<Contact>().CountAsync(c => picked.Contains(c.Id) && c.Attributes != null);
    }
}
