using Estafette.Core.Accounts;
using Estafette.Core.Forms;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Tests.Forms;

public abstract class SaveFormTests(DatabaseKind kind) : DatabaseTests(kind)
{
    private Actor Me => new(App.Customer, "test");

    [Fact]
    public async Task All_that_is_wrong_is_told_at_once()
    {
        var design = FormDefaults.For("Atelier") with
        {
            RedirectUrl = "javascript:alert(1)",
            Origins = ["https://www.atelier.test/path"],
            French = FormDefaults.For("Atelier").French with { MailHtml = "<p>Bonjour</p>", Title = "" },
            English = FormDefaults.For("Atelier").English with { MailText = "{{#if}", Consent = "" },
        };
        var saved = await SaveAsync(null, new FormInput(" ", [], design));
        saved
            .Errors.OrderBy(e => e.Key, StringComparer.Ordinal)
            .Select(e => $"{e.Key}: {e.Value}")
            .ShouldBe([
                "consent-en: required",
                "lists: required",
                "mailHtml-fr: confirm",
                "mailText-en: template",
                "name: required",
                "origins: origin",
                "redirect: url",
                "title-fr: required",
            ]);
    }

    [Fact]
    public async Task New_wording_gets_a_new_version_and_a_new_title_does_not()
    {
        var list = await App.AddListAsync("Lettre");
        var design = FormDefaults.For("Atelier");
        var id = (await SaveAsync(null, new FormInput("F", [list], design))).Id;
        await SaveAsync(id, new FormInput("F", [list], design with { French = design.French with { Title = "Autre" } }));
        (await VersionAsync()).ShouldBe(1);
        await SaveAsync(id, new FormInput("F", [list], design with { French = design.French with { Consent = "Oui" } }));
        (await VersionAsync()).ShouldBe(2);
    }

    [Fact]
    public async Task List_or_form_of_another_customer_is_unknown()
    {
        var other = await App.AddCustomerAsync("Other");
        var list = await App.AddListAsync(other, "Theirs", []);
        var saved = await SaveAsync(null, new FormInput("F", [list], FormDefaults.For("Atelier")));
        saved.Errors["lists"].ShouldBe("unknown");
        var own = await App.AddListAsync("Lettre");
        var mine = await SaveAsync(null, new FormInput("F", [own], FormDefaults.For("Atelier")));
        await using var db = App.OpenDb();
        var theirs = await SaveForm.RunAsync(
            new Actor(other, "x"),
            mine.Id,
            new FormInput("G", [list], FormDefaults.For("x")),
            db,
            App.Clock,
            Token
        );
        (theirs.Id, theirs.Errors.Count).ShouldBe((null, 0));
    }

    [Fact]
    public async Task Deleted_list_leaves_the_form_closed()
    {
        var list = await App.AddListAsync("Lettre");
        var id = (await SaveAsync(null, new FormInput("F", [list], FormDefaults.For("Atelier")))).Id!.Value;
        await using var db = App.OpenDb();
        await Core.Contacts.DeleteList.RunAsync(App.Customer, list, "test", db, App.Writes, App.Clock, Token);
        (await FindForm.RunAsync(App.Customer, id, db, Token))!.IsOpen.ShouldBeFalse();
        (await App.CountAsync("form_lists")).ShouldBe(0);
    }

    private async Task<SavedForm> SaveAsync(long? id, FormInput input)
    {
        await using var db = App.OpenDb();
        return await SaveForm.RunAsync(Me, id, input, db, App.Clock, Token);
    }

    private async Task<int> VersionAsync()
    {
        await using var db = App.OpenDb();
        return (await db.Of<SignUpForm>(App.Customer).SingleAsync(Token)).WordingVersion;
    }
}

public sealed class SaveFormTestsOnSqlite() : SaveFormTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class SaveFormTestsOnPostgreSql() : SaveFormTests(DatabaseKind.PostgreSql);
