using Estafette.Core.Contacts.Import;
using Estafette.Core.Platform;
using Estafette.Testing;

namespace Estafette.Tests.Contacts.Import;

public sealed class SpreadsheetImportTests : IAsyncLifetime
{
    private ImportFixture Import { get; set; } = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => Import = await ImportFixture.StartAsync(DatabaseKind.Sqlite);

    public ValueTask DisposeAsync() => Import.DisposeAsync();

    [Fact]
    public async Task Workbook_goes_in_like_any_file_and_its_rows_keep_their_numbers()
    {
        var book = WorkbookFile.Sheets(
            (
                "Clients",
                WorkbookFile.Row("Prénom", "Adresse", "Ville")
                    + WorkbookFile.Row("Zoé", "zoe@x.test", "Nîmes, \"centre\"\nsud")
                    + "<row r=\"7\">"
                    + WorkbookFile.Inline("Max")
                    + WorkbookFile.Inline("pas une adresse")
                    + "</row>"
            )
        );
        var end = await RunAsync(await UploadAsync(book));
        (end.Status, end.Counts.Added, end.Counts.Rejected).ShouldBe((ImportStatus.Finished, 1, 1));
        (await Import.ContactAsync("zoe@x.test")).Attributes!.ShouldContain("Nîmes, \\\"centre\\\" sud");
        Import.Report(end.Id).ShouldContain("\n7;");
        Directory.GetFiles(Import.Application.Get<ImportFiles>().Folder, "*.upload").ShouldBeEmpty("nothing of the upload stays");
    }

    [Fact]
    public async Task First_visible_sheet_that_holds_something_is_taken_and_another_can_be_chosen()
    {
        var book = WorkbookFile.Sheets(
            ("~Notes", WorkbookFile.Row("email") + WorkbookFile.Row("hidden@x.test")),
            ("Vide", ""),
            ("Clients", WorkbookFile.Row("email") + WorkbookFile.Row("a@x.test")),
            ("Presse", WorkbookFile.Row("email") + WorkbookFile.Row("b@x.test") + WorkbookFile.Row("c@x.test"))
        );
        var id = await UploadAsync(book);
        (await DraftAsync(id)).Sheet.ShouldBe("Clients");
        await using var db = Import.Application.OpenDb();
        var files = Import.Application.Get<ImportFiles>();
        (await ChooseSheet.RunAsync(Import.Application.Customer, id, "Vide", db, files, Token))!.Code.ShouldBe("empty");
        (await ChooseSheet.RunAsync(Import.Application.Customer, id, "None", db, files, Token))!.Code.ShouldBe("xlsx-sheet");
        (await ChooseSheet.RunAsync(Import.Application.Customer, id, "Presse", db, files, Token)).ShouldBeNull();
        (await RunAsync(id)).Counts.Added.ShouldBe(2);
    }

    [Theory]
    [InlineData("PK\u0003\u0004nonsense", "xlsx-broken")]
    [InlineData("\u00D0\u00CF\u0011\u00E0\u00A1\u00B1\u001A\u00E1rest", "xls-old")]
    public async Task Workbook_that_cannot_be_read_is_refused_at_the_upload_and_nothing_stays(string bytes, string code)
    {
        await using var db = Import.Application.OpenDb();
        using var content = new MemoryStream(System.Text.Encoding.Latin1.GetBytes(bytes));
        var files = Import.Application.Get<ImportFiles>();
        var request = new UploadImportRequest("clients.xlsx", content);
        var uploaded = await UploadImport.RunAsync(Import.Application.Customer, request, db, files, Import.Application.Clock, Token);
        uploaded.Error!.Code.ShouldBe(code);
        Directory.GetFiles(files.Folder).ShouldBeEmpty();
    }

    private async Task<ImportId> UploadAsync(byte[] book)
    {
        await using var db = Import.Application.OpenDb();
        using var content = new MemoryStream(book);
        var request = new UploadImportRequest("clients.xlsx", content);
        var uploaded = await UploadImport.RunAsync(
            Import.Application.Customer,
            request,
            db,
            Import.Application.Get<ImportFiles>(),
            Import.Application.Clock,
            Token
        );
        uploaded.Error.ShouldBeNull();
        return uploaded.Id!.Value;
    }

    private async Task<ContactImport> DraftAsync(ImportId id)
    {
        await using var db = Import.Application.OpenDb();
        return (await ImportDraft.FindAsync(Import.Application.Customer, id, db, Token))!;
    }

    private async Task<ImportProgress> RunAsync(ImportId id)
    {
        var request = Import.Request("") with { Path = null, Upload = id };
        return await Import.ImportAsync(request);
    }
}
