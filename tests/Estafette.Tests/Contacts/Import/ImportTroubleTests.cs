using Estafette.Core.Contacts.Import;
using Estafette.Core.Platform;
using Estafette.Testing;

namespace Estafette.Tests.Contacts.Import;

/// <summary>Imports that are not allowed to go on, and uploads that break off.</summary>
public abstract class ImportTroubleTests(DatabaseKind kind) : IAsyncLifetime
{
    private ImportFixture Import { get; set; } = null!;

    private TestApplication App => Import.Application;

    private string Folder => App.Get<ImportFiles>().Folder;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => Import = await ImportFixture.StartAsync(kind);

    public async ValueTask DisposeAsync()
    {
        await Import.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Import_beyond_the_contacts_a_customer_may_have_stops_before_it_and_goes_on_when_there_is_room()
    {
        await App.AddContactAsync("here@x.test");
        await LimitAsync(251);
        var path = Import.Write("many.csv", "email\nhere@x.test\n" + string.Concat(Enumerable.Range(0, 300).Select(i => $"p{i}@x.test\n")));
        var stopped = await Import.ImportAsync(Import.Request(path));
        (stopped.Status, stopped.Error!.Code).ShouldBe((ImportStatus.Failed, "contacts-limit"));
        (await App.CountAsync("contacts")).ShouldBe(200);
        stopped.Counts.Read.ShouldBe(200);

        await LimitAsync(301);
        await using (var db = App.OpenDb())
            (await ResumeImport.RunAsync(App.Customer, stopped.Id, db, App.Get<Signals>(), Token)).ShouldBe(ImportControlResult.Done);
        await App.Get<ImportRunner>().RunPendingAsync(Token);
        var end = await Import.ProgressAsync(stopped.Id);
        (end.Status, end.Counts.Added, end.Counts.Duplicate).ShouldBe((ImportStatus.Finished, 300, 0));
    }

    [Fact]
    public async Task Import_of_known_contacts_only_passes_at_the_limit()
    {
        await App.AddContactAsync("here@x.test");
        await LimitAsync(1);
        var end = await Import.ImportAsync("a.csv", "email,nom\nhere@x.test,New\n");
        (end.Status, end.Counts.Updated).ShouldBe((ImportStatus.Finished, 1));
    }

    [Theory]
    [InlineData("email\na@x.test\n")]
    [InlineData("PK\u0003\u0004the beginning of a workbook")]
    public async Task Upload_whose_connection_breaks_leaves_neither_file_nor_import(string begin)
    {
        await using var db = App.OpenDb();
        await using var content = new BreakingStream(System.Text.Encoding.Latin1.GetBytes(begin));
        var upload = () =>
            UploadImport.RunAsync(App.Customer, new UploadImportRequest("a.csv", content), db, App.Get<ImportFiles>(), App.Clock, Token);
        await upload.ShouldThrowAsync<IOException>();
        Directory.GetFiles(Folder).ShouldBeEmpty();
        (await App.CountAsync("imports")).ShouldBe(0);
    }

    [Fact]
    public async Task Workbook_whose_sender_goes_away_while_it_is_unpacked_leaves_nothing()
    {
        using var gone = new CancellationTokenSource();
        var rows = string.Concat(Enumerable.Range(0, 500).Select(i => WorkbookFile.Row($"p{i}@x.test")));
        await using var db = App.OpenDb();
        await using var content = new LeavingStream(WorkbookFile.Sheets(("Clients", rows)), gone);
        var upload = () =>
            UploadImport.RunAsync(
                App.Customer,
                new UploadImportRequest("a.xlsx", content),
                db,
                App.Get<ImportFiles>(),
                App.Clock,
                gone.Token
            );
        await upload.ShouldThrowAsync<OperationCanceledException>();
        Directory.GetFiles(Folder).ShouldBeEmpty();
    }

    [Fact]
    public async Task Files_of_an_upload_whose_process_died_are_swept_and_those_in_use_stay()
    {
        await using var db = App.OpenDb();
        using var content = new MemoryStream("email\na@x.test\n"u8.ToArray());
        await UploadImport.RunAsync(App.Customer, new UploadImportRequest("a.csv", content), db, App.Get<ImportFiles>(), App.Clock, Token);
        var used = Directory.GetFiles(Folder).Single();
        string[] stray = [Path.Combine(Folder, "stray.upload"), Path.Combine(Folder, "stray.csv"), Path.Combine(Folder, "fresh.upload")];
        foreach (var file in stray)
            await File.WriteAllTextAsync(file, "left", Token);
        foreach (var file in stray.Take(2).Append(used))
            File.SetLastWriteTimeUtc(file, App.Now.UtcDateTime.AddHours(-2));
        File.SetLastWriteTimeUtc(stray[2], App.Now.UtcDateTime);
        await App.Get<ImportRunner>().RunPendingAsync(Token);
        Directory.GetFiles(Folder).Order().ShouldBe(new[] { used, stray[2] }.Order());
    }

    [Fact]
    public async Task File_of_a_failed_import_is_kept_for_a_week_to_be_resumed_and_no_longer()
    {
        await App.AddContactAsync("here@x.test");
        await LimitAsync(1);
        var file = Path.Combine(Folder, "failed.upload");
        await File.WriteAllTextAsync(file, "email\na@x.test\n", Token);
        var failed = await Import.ImportAsync(Import.Request(file));
        failed.Status.ShouldBe(ImportStatus.Failed);
        await App.ExecuteAsync($"UPDATE imports SET owns_file = {(kind == DatabaseKind.Sqlite ? "1" : "true")}");
        File.SetLastWriteTimeUtc(file, App.Now.UtcDateTime);

        App.Clock.Advance(TimeSpan.FromDays(6));
        await App.Get<ImportRunner>().RunPendingAsync(Token);
        File.Exists(file).ShouldBeTrue();
        App.Clock.Advance(TimeSpan.FromDays(2));
        await App.Get<ImportRunner>().RunPendingAsync(Token);
        File.Exists(file).ShouldBeFalse();

        await using var db = App.OpenDb();
        (await ResumeImport.RunAsync(App.Customer, failed.Id, db, App.Get<Signals>(), Token)).ShouldBe(ImportControlResult.NotPossible);
        (await App.CountAsync("imports")).ShouldBe(1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\u00EF\u00BB\u00BF \r\n\r\n")]
    public async Task Empty_file_is_refused_at_the_upload(string bytes)
    {
        await using var db = App.OpenDb();
        using var content = new MemoryStream(System.Text.Encoding.Latin1.GetBytes(bytes));
        var request = new UploadImportRequest("empty.csv", content);
        (await UploadImport.RunAsync(App.Customer, request, db, App.Get<ImportFiles>(), App.Clock, Token)).Error!.Code.ShouldBe("empty");
        Directory.GetFiles(Folder).ShouldBeEmpty();
    }

    private Task LimitAsync(long contacts) => App.ExecuteAsync($"UPDATE customers SET max_contacts = {contacts} WHERE id = {App.Customer}");

    // A body whose connection is cut after its first bytes.
    private sealed class BreakingStream(byte[] begin) : MemoryStream(begin)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Position == Length ? throw new IOException("cut") : base.ReadAsync(buffer, cancellationToken);
    }

    // A body whose sender goes away once it has sent everything.
    private sealed class LeavingStream(byte[] whole, CancellationTokenSource gone) : MemoryStream(whole)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await base.ReadAsync(buffer, CancellationToken.None);
            if (read == 0)
                await gone.CancelAsync();
            return read;
        }
    }
}

public sealed class ImportTroubleTestsOnSqlite() : ImportTroubleTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class ImportTroubleTestsOnPostgreSql() : ImportTroubleTests(DatabaseKind.PostgreSql);
