using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Campaigns.Attachments;
using Estafette.Core.Delivery;
using Estafette.Core.Delivery.Render;
using Estafette.Core.Platform;
using Estafette.Protocols.Mime;
using Estafette.Testing.Antivirus;
using Estafette.Testing.Smtp;
using Estafette.Tests.Delivery;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Estafette.Tests.Campaigns.Attachments;

public abstract class AttachmentTests(DatabaseKind kind) : CampaignTests(kind)
{
    private static readonly byte[] Pdf = [.. "%PDF-1.7\n"u8, .. Enumerable.Range(0, 5000).Select(i => (byte)i)];

    private Actor Me => new(App.Customer, "test");

    [Fact]
    public async Task File_arrives_with_every_message_beside_text_and_html()
    {
        await AllowAsync();
        await using var smtp = FakeSmtpServer.Start(new FakeSmtpBehaviour());
        var list = await AddPeopleAsync(2);
        var id = await Scenario.AddCampaignAsync(list, [await Scenario.AddSmtpAsync("s", smtp.Port)], Html);
        (await AddAsync(id, "Relevé d'été.pdf", Pdf, "application/pdf")).Attachment.ShouldNotBeNull();
        await AddAsync(id, "notes.txt", "Bonjour\n"u8.ToArray(), "text/plain; charset=utf-8");
        await Scenario.LaunchAsync(id);
        await ExpandAsync();
        await SendDueAsync();

        smtp.Messages.Count.ShouldBe(2);
        foreach (var message in smtp.Messages)
        {
            var part = MimeReader.Read(message.Bytes);
            part.ContentType.ShouldBe("multipart/mixed");
            part.Children.Select(c => c.ContentType).ShouldBe(["multipart/alternative", "application/pdf", "text/plain"]);
            part.Children[0].Children.Select(c => c.ContentType).ShouldBe(["text/plain", "text/html"]);
            part.Children[1].FileName.ShouldBe("Relevé d'été.pdf");
            part.Children[1].DecodeBody().ShouldBe(Pdf);
        }
        var delivery = (await DeliveriesAsync(id))[0].Id;
        var source = await App.Get<DeliveryCopies>().SourceAsync(App.Customer, delivery, Token);
        MimeReader.Read(source!.Bytes).Children.Count.ShouldBe(3, "the page of the message shows it whole");
    }

    [Fact]
    public async Task Test_message_carries_the_files_of_the_moment()
    {
        await AllowAsync();
        await using var smtp = FakeSmtpServer.Start(new FakeSmtpBehaviour());
        var id = await Scenario.AddCampaignAsync(await AddPeopleAsync(1), [await Scenario.AddSmtpAsync("s", smtp.Port)], Html);
        await AddAsync(id, "a.pdf", Pdf);
        await using (var db = App.OpenDb())
            (
                await SendTest.RunAsync(App.Customer, id, ["me@r.test"], null, db, App.Writes, Signals, Clock, Token)
            ).ShouldBeOfType<CampaignOutcome.Done>();
        await SendDueAsync();
        MimeReader.Read(smtp.Messages.ShouldHaveSingleItem().Bytes).Children[1].FileName.ShouldBe("a.pdf");
    }

    [Fact]
    public async Task Without_the_right_nothing_is_attached()
    {
        var id = await DraftAsync();
        var refused = await AddAsync(id, "a.pdf", Pdf);
        refused.IsForbidden.ShouldBeTrue();
        (await FilesAsync(id)).ShouldBeEmpty();
        (await AddAsync(new CampaignId(999_999), "a.pdf", Pdf)).Outcome.ShouldBeOfType<CampaignOutcome.NotFound>();
    }

    [Theory]
    [InlineData("", "attachment.name")]
    [InlineData("..", "attachment.name")]
    [InlineData("a/b.pdf", "attachment.name")]
    [InlineData("a\\b.pdf", "attachment.name")]
    [InlineData("a\nb.pdf", "attachment.name")]
    [InlineData("facture\u202efdp.exe", "attachment.name")]
    [InlineData("setup.EXE", "attachment.kind")]
    [InlineData("setup.exe. ", "attachment.kind")]
    [InlineData("invoice.pdf.js", "attachment.kind")]
    public async Task Name_that_may_not_be_is_refused(string name, string code)
    {
        await AllowAsync();
        CodeOf(await AddAsync(await DraftAsync(), name, Pdf)).ShouldBe(code);
    }

    [Fact]
    public async Task Limits_of_file_campaign_and_names_hold()
    {
        await AllowAsync();
        var id = await DraftAsync();
        CodeOf(await AddAsync(id, new string('n', 97) + ".pdf", Pdf)).ShouldBe("attachment.name");
        CodeOf(await AddAsync(id, "empty.pdf", [])).ShouldBe("attachment.empty");
        CodeOf(await AddAsync(id, "big.pdf", new byte[AttachmentRules.MaxFileBytes + 1])).ShouldBe("attachment.size");
        (await AddAsync(id, "one.bin", new byte[AttachmentRules.MaxFileBytes])).Attachment.ShouldNotBeNull();
        CodeOf(await AddAsync(id, "ONE.bin", Pdf)).ShouldBe("attachment.taken");
        var rest = AttachmentRules.MaxCampaignBytes - AttachmentRules.MaxFileBytes;
        CodeOf(await AddAsync(id, "two.bin", new byte[rest + 1])).ShouldBe("attachment.total");
        (await AddAsync(id, "two.bin", new byte[rest])).Attachment.ShouldNotBeNull();
        CodeOf(await AddAsync(id, "three.bin", [1])).ShouldBe("attachment.total");
    }

    [Fact]
    public async Task Uploads_at_the_same_moment_do_not_pass_the_limit_together()
    {
        await AllowAsync();
        var id = await DraftAsync();
        var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => AddAsync(id, $"{i}.bin", new byte[1_500_000 + i])));
        results.Count(r => r.Attachment is not null).ShouldBe(2);
        (await FilesAsync(id)).Sum(a => a.Size).ShouldBeLessThanOrEqualTo(AttachmentRules.MaxCampaignBytes);
    }

    [Fact]
    public async Task Started_campaign_keeps_what_it_has_and_a_change_is_an_edit()
    {
        await AllowAsync();
        await using var smtp = FakeSmtpServer.Start(new FakeSmtpBehaviour());
        var id = await Scenario.AddCampaignAsync(await AddPeopleAsync(1), [await Scenario.AddSmtpAsync("s", smtp.Port)], Html);
        var before = await VersionAsync(id);
        var added = (await AddAsync(id, "a.pdf", Pdf)).Attachment!;
        (await VersionAsync(id)).ShouldBe(before + 1);
        await Scenario.LaunchAsync(id);
        (await AddAsync(id, "b.pdf", Pdf)).Outcome.ShouldBeOfType<CampaignOutcome.WrongStatus>();
        (await RemoveAsync(id, added.Id)).ShouldBeOfType<CampaignOutcome.WrongStatus>();
        (await FilesAsync(id)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Copy_has_the_files_and_bytes_go_with_the_last_that_has_them()
    {
        await AllowAsync();
        var id = await DraftAsync();
        var added = (await AddAsync(id, "a.pdf", Pdf)).Attachment!;
        CampaignId copy;
        await using (var db = App.OpenDb())
            copy = (await CloneCampaign.RunAsync(App.Customer, id, "Copy", "test", db, Clock, Token))!.Value;
        (await FilesAsync(copy)).ShouldHaveSingleItem().Filename.ShouldBe("a.pdf");
        (await BytesAsync()).ShouldBe(1, "once for each content");
        (await RemoveAsync(id, added.Id)).ShouldBeOfType<CampaignOutcome.Done>();
        (await BytesAsync()).ShouldBe(1, "the copy has them");
        await using (var db = App.OpenDb())
            (await DeleteCampaign.RunAsync(App.Customer, copy, db, App.Writes, Clock, Token)).ShouldBeOfType<CampaignOutcome.Done>();
        (await FilesAsync(copy)).ShouldBeEmpty();
        var retention = App.Services.GetServices<IHostedService>().OfType<MailRetention>().Single();
        await retention.ForgetAsync(Token);
        (await BytesAsync()).ShouldBe(1, "somebody may begin to use them again at this moment");
        App.Clock.Advance(TimeSpan.FromHours(2));
        await retention.ForgetAsync(Token);
        (await BytesAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Antivirus_that_finds_something_or_nothing_at_all_keeps_the_file_out()
    {
        await AllowAsync();
        var id = await DraftAsync();
        await using (var clamd = FakeClamd.Finding("EVIL", "Test.Evil"))
        {
            var scan = Scan(clamd.Port);
            var found = await AddAsync(id, "evil.pdf", "so EVIL"u8.ToArray(), scan: scan);
            CodeOf(found).ShouldBe("attachment.virus");
            ((CampaignOutcome.Invalid)found.Outcome).Problems[0].Argument.ShouldBe("Test.Evil");
            (await AddAsync(id, "good.pdf", Pdf, scan: scan)).Attachment.ShouldNotBeNull();
        }
        await using (var broken = new FakeClamd("stream: Can't open file ERROR"))
            CodeOf(await AddAsync(id, "b.pdf", Pdf, scan: Scan(broken.Port))).ShouldBe("attachment.unchecked");
        (await FilesAsync(id)).ShouldHaveSingleItem().Filename.ShouldBe("good.pdf");
    }

    [Fact]
    public async Task Server_without_a_place_for_files_keeps_the_campaign_from_leaving()
    {
        await AllowAsync();
        var bare = new Core.Channels.JsonPostSettings
        {
            Url = "http://127.0.0.1:1/",
            Body = """{"to":"{{to.email}}"}""",
            AllowPrivateAddress = true,
        };
        var server = await Scenario.AddServerAsync("bare", Core.Channels.ServerKind.JsonPost, bare);
        var id = await Scenario.AddCampaignAsync(await AddPeopleAsync(1), [server], Html);
        await using var db = App.OpenDb();
        (await CheckCampaign.RunAsync(App.Customer, id, db, Token))!.ShouldNotContain(p => p.Code == "servers.attachments");
        await AddAsync(id, "a.pdf", Pdf);
        (await CheckCampaign.RunAsync(App.Customer, id, db, Token))!.ShouldContain(p => p.Code == "servers.attachments" && p.IsError);
        (bare with { Body = """{"files":"{{attachments}}"}""" }).TakesAttachments.ShouldBeTrue();
    }

    private static VirusScan Scan(int port) => new(new AntivirusOptions { Clamd = $"127.0.0.1:{port}" }, TimeProvider.System);

    private static string? CodeOf(AddedAttachment added) => (added.Outcome as CampaignOutcome.Invalid)?.Problems[0].Code;

    private async Task AllowAsync()
    {
        await using var db = App.OpenDb();
        await OperateCustomers.GrantAsync(Me, App.Customer, new CustomerRights(true, false, null), db, Clock, Token);
    }

    private async Task<CampaignId> DraftAsync()
    {
        await using var db = App.OpenDb();
        return (await CreateCampaign.RunAsync(App.Customer, new NewCampaign("Draft"), db, Clock, Token))!.Value;
    }

    private async Task<AddedAttachment> AddAsync(
        CampaignId id,
        string name,
        byte[] bytes,
        string type = "application/octet-stream",
        VirusScan? scan = null
    )
    {
        await using var db = App.OpenDb();
        var upload = new AttachmentUpload(name, type, bytes);
        return await AddAttachment.RunAsync(Me, id, upload, db, scan ?? App.Get<VirusScan>(), Clock, Token);
    }

    private async Task<CampaignOutcome> RemoveAsync(CampaignId id, long attachment)
    {
        await using var db = App.OpenDb();
        return await RemoveAttachment.RunAsync(Me, id, attachment, db, Clock, Token);
    }

    private async Task<List<CampaignAttachment>> FilesAsync(CampaignId id)
    {
        await using var db = App.OpenDb();
        return await AttachmentFiles.Of(App.Customer, id, db).ToListAsync(Token);
    }

    private async Task<int> BytesAsync()
    {
        await using var db = App.OpenDb();
        return await db.Of<AttachmentFile>(App.Customer).CountAsync(Token);
    }

    private async Task<int> VersionAsync(CampaignId id)
    {
        await using var db = App.OpenDb();
        return await db.Of<Campaign>(App.Customer).Where(c => c.Id == id).Select(c => c.ControlVersion).SingleAsync(Token);
    }
}

public sealed class AttachmentTestsOnSqlite() : AttachmentTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class AttachmentTestsOnPostgreSql() : AttachmentTests(DatabaseKind.PostgreSql);
