using System.Text;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Estafette.Core.Statistics;

namespace Estafette.Tests.Statistics;

public abstract class SharedReportTests(DatabaseKind kind) : DatabaseTests(kind)
{
    private async Task<SentCampaign> SentAsync()
    {
        var campaign = await SentCampaign.AddAsync(App);
        var sent = await campaign.AddAsync(["person@secret.test", "b@secret.test"]);
        await campaign.AddEventsAsync(sent.Take(1), kind: 1);
        await Recount.RepairAsync(campaign.Id, App.Writes, Token);
        return campaign;
    }

    private Actor Me => new(App.Customer, "me");

    [Fact]
    public async Task Link_opens_the_report_until_it_is_revoked_or_expires()
    {
        var campaign = await SentAsync();
        await using var db = App.OpenDb();
        var token = (await ShareReport.CreateAsync(Me, campaign.Id, 7, db, App.Clock, Token)).ShouldNotBeNull();
        var second = (await ShareReport.CreateAsync(Me, campaign.Id, 30, db, App.Clock, Token)).ShouldNotBeNull();
        (await ShareReport.OpenAsync(token, null, db, App.Clock, Token)).ShouldNotBeNull().Name.ShouldBe("Rentrée");
        (await ShareReport.OpenAsync(token + "x", null, db, App.Clock, Token)).ShouldBeNull();
        (await ShareReport.ListAsync(App.Customer, campaign.Id, db, Token))[1].Views.ShouldBe(1);
        App.Clock.Advance(TimeSpan.FromDays(8));
        (await ShareReport.OpenAsync(token, null, db, App.Clock, Token)).ShouldBeNull();
        (await ShareReport.OpenAsync(second, null, db, App.Clock, Token)).ShouldNotBeNull();
        var id = (await ShareReport.ListAsync(App.Customer, campaign.Id, db, Token))[0].Id;
        (await ShareReport.RevokeAsync(Me, campaign.Id, id, db, App.Clock, Token)).ShouldBeTrue();
        (await ShareReport.OpenAsync(second, null, db, App.Clock, Token)).ShouldBeNull();
    }

    [Fact]
    public async Task Only_the_hash_of_the_token_is_stored()
    {
        var campaign = await SentAsync();
        await using var db = App.OpenDb();
        var token = await ShareReport.CreateAsync(Me, campaign.Id, 7, db, App.Clock, Token);
        (await App.ScalarAsync<string>("SELECT token_hash FROM report_shares")).ShouldNotBeNull().ShouldNotContain(token!);
    }

    [Fact]
    public async Task Shared_page_carries_logo_and_colour_and_the_mail_needs_no_image()
    {
        var brand = await Brands.SetAsync(App, App.Customer, "Maison Dupont", "#c0392b");
        var other = await Brands.SetAsync(App, await App.AddCustomerAsync("Concurrent"), "Maison Durand", "#27ae60");
        var campaign = await SentAsync();
        await using var db = App.OpenDb();
        var sheet = (await ReportSheet.ReadAsync(App.Customer, campaign.Id, "fr", db, App.Clock, Token)).ShouldNotBeNull();
        var page = HtmlSheet.Write(sheet, isPage: true);
        page.ShouldShow(brand, other);
        page.ShouldContain("prefers-color-scheme:dark");
        var mail = HtmlSheet.Write(sheet);
        mail.ShouldContain(brand.Color);
        mail.ShouldContain("Maison Dupont");
        mail.ShouldNotContain("<img");
    }

    [Fact]
    public async Task Campaign_of_another_customer_cannot_be_shared()
    {
        var campaign = await SentAsync();
        var other = await App.AddCustomerAsync("Autre");
        await using var db = App.OpenDb();
        (await ShareReport.CreateAsync(new Actor(other, "x"), campaign.Id, 7, db, App.Clock, Token)).ShouldBeNull();
        await ShareReport.CreateAsync(Me, campaign.Id, 7, db, App.Clock, Token);
        var id = (await ShareReport.ListAsync(App.Customer, campaign.Id, db, Token))[0].Id;
        (await ShareReport.RevokeAsync(new Actor(other, "x"), campaign.Id, id, db, App.Clock, Token)).ShouldBeFalse();
    }

    [Fact]
    public async Task Documents_have_the_figures_and_no_recipient()
    {
        var campaign = await SentAsync();
        await using var db = App.OpenDb();
        foreach (var language in new[] { "fr", "en" })
        {
            var sheet = (await ReportSheet.ReadAsync(App.Customer, campaign.Id, language, db, App.Clock, Token)).ShouldNotBeNull();
            var html = HtmlSheet.Write(sheet);
            html.ShouldContain($"<html lang=\"{language}\"");
            html.ShouldContain(language == "fr" ? "Ouverts" : "Opened");
            html.ShouldContain(language == "fr" ? "50,0\u202f%" : "50.0%");
            html.ShouldNotContain("person@");
            html.ShouldNotContain("<script");
            var pdf = Encoding.Latin1.GetString(PdfSheet.Write(sheet));
            pdf.ShouldStartWith("%PDF-1.7");
            pdf.ShouldNotContain("person@");
        }
    }
}

public sealed class SharedReportTestsOnSqlite() : SharedReportTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class SharedReportTestsOnPostgreSql() : SharedReportTests(DatabaseKind.PostgreSql);
