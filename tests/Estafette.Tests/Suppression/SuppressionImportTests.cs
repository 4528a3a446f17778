using System.Text;
using Estafette.Core.Accounts;
using Estafette.Core.Contacts;
using Estafette.Core.Contacts.Import;
using Estafette.Core.Platform;
using Estafette.Core.Suppression;
using Estafette.Core.Suppression.Import;
using Estafette.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Estafette.Tests.Suppression;

/// <summary>Files of addresses that get nothing more.</summary>
public abstract class SuppressionImportTests(DatabaseKind kind) : DatabaseTests(kind)
{
    private SuppressionImporter Importer => App.Services.GetServices<IHostedService>().OfType<SuppressionImporter>().Single();

    private async Task<(long? Id, ImportReason? Error)> StartAsync(
        string name,
        byte[] content,
        SuppressionReason reason = SuppressionReason.Manual,
        string? note = null
    )
    {
        await using var db = App.OpenDb();
        using var stream = new MemoryStream(content);
        return await StartSuppressionImport.RunAsync(
            new Actor(App.Customer, "marie"),
            new SuppressionFile(name, stream, reason, note),
            db,
            App.Get<ImportFiles>(),
            App.Get<Signals>(),
            App.Clock,
            Token
        );
    }

    private async Task<SuppressionImport> RunAsync(
        string name,
        byte[] content,
        SuppressionReason reason = SuppressionReason.Manual,
        string? note = null
    )
    {
        var (id, error) = await StartAsync(name, content, reason, note);
        error.ShouldBeNull();
        (await Importer.RunOneAsync(Token)).ShouldBeTrue();
        (await Importer.RunOneAsync(Token)).ShouldBeFalse();
        Directory.GetFiles(Path.Combine(App.DataDirectory, "imports")).ShouldBeEmpty();
        await using var db = App.OpenDb();
        return (await ReadSuppressionImport.RunAsync(App.Customer, id!.Value, db, Token))!;
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    [Fact]
    public async Task Text_of_addresses_goes_in_and_bad_lines_are_told_by_their_number()
    {
        await App.AddListAsync("Clients", "anne@x.test");
        await App.ExecuteAsync(
            $"INSERT INTO suppressions (customer_id, channel, address_key, reason, origin, created_at) VALUES ({App.Customer}, 1, 'known@x.test', 2, 4, 0)"
        );
        var import = await RunAsync(
            "opposition.txt",
            Text("Anne@X.test\nknown@x.test\nnot an address\n\nbob@x.test\nbob@x.test\n06 99 99 99 99\n"),
            SuppressionReason.OptOut,
            "ancien prestataire"
        );
        (import.Status, import.Added, import.Known, import.Rejected).ShouldBe((SuppressionImportStatus.Finished, 3, 2, 1));
        (await App.CountAsync("suppressions WHERE channel = 2 AND address_key = '+33699999999'")).ShouldBe(1);
        await using var db = App.OpenDb();
        var bad = (await ReadSuppressionImport.RejectsAsync(import, 10, db, Token)).ShouldHaveSingleItem();
        (bad.Line, bad.Raw).ShouldBe((3, "not an address"));
        var anne = await db.Of<SuppressedAddress>(App.Customer).SingleAsync(s => s.AddressKey == "anne@x.test", Token);
        (anne.Reason, anne.Origin).ShouldBe((SuppressionReason.OptOut, SuppressionOrigin.Import));
        anne.Evidence.ShouldBe($"import {import.Id}, opposition.txt: ancien prestataire");
        (await db.Of<Subscription>(App.Customer).SingleAsync(Token)).Status.ShouldBe(SubscriptionStatus.Unsubscribed);
        var known = await db.Of<SuppressedAddress>(App.Customer).SingleAsync(s => s.AddressKey == "known@x.test", Token);
        known.Reason.ShouldBe(SuppressionReason.HardBounce, "the first reason stays");
    }

    [Fact]
    public async Task Column_of_addresses_is_found_in_csv_and_workbooks_and_phones_count_as_such()
    {
        var csv = await RunAsync("a.csv", Text("Nom;Courriel;Tel\nDupont;anne@x.test;\nPetit;;0612345678\nRien;;\n"));
        (csv.Added, csv.Rejected).ShouldBe((2, 1));
        (await App.CountAsync("suppressions WHERE channel = 2 AND address_key = '+33612345678'")).ShouldBe(1);
        var book = await RunAsync("b.xlsx", WorkbookFile.Minimal(["Nom", "E-mail"], ["Dupont", "carl@x.test"], ["Petit", "dora@x.test"]));
        (book.Status, book.Added).ShouldBe((SuppressionImportStatus.Finished, 2));
        var none = await RunAsync("c.csv", Text("Nom;Ville\nDupont;Lyon\nPetit;Paris\n"));
        none.Status.ShouldBe(SuppressionImportStatus.Failed);
        ReadSuppressionImport.ErrorOf(none)!.Code.ShouldBe("mapping-address");
        (await StartAsync("d.txt", Text(" \n"))).Error!.Code.ShouldBe("empty");
        (await StartAsync("e.xls", [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, 0])).Error!.Code.ShouldBe("xls-old");
    }

    [Fact]
    public async Task File_without_an_import_is_swept_after_an_hour_and_a_fresh_one_stays()
    {
        var (old, fresh) = (
            Path.Combine(App.Get<ImportFiles>().Folder, "a.suppress"),
            Path.Combine(App.Get<ImportFiles>().Folder, "b.suppress")
        );
        foreach (var (file, age) in new[] { (old, 2), (fresh, 0) })
        {
            await File.WriteAllTextAsync(file, "x", Token);
            File.SetLastWriteTimeUtc(file, App.Now.AddHours(-age).UtcDateTime);
        }
        (await Importer.RunOneAsync(Token)).ShouldBeFalse();
        (File.Exists(old), File.Exists(fresh)).ShouldBe((false, true));
    }

    [Fact]
    public async Task File_that_cannot_be_read_ends_with_its_reason_and_the_next_one_has_its_turn()
    {
        var (stuck, _) = await StartAsync("locked.txt", Text("a@x.test\n"));
        var (next, _) = await StartAsync("next.txt", Text("b@x.test\n"));
        var path = await App.ScalarAsync<string>($"SELECT file_path FROM suppression_imports WHERE id = {stuck}");
        await using (File.Open(path!, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            (await Importer.RunOneAsync(Token)).ShouldBeTrue();
        (await Importer.RunOneAsync(Token)).ShouldBeTrue();
        await using var db = App.OpenDb();
        var failed = (await ReadSuppressionImport.RunAsync(App.Customer, stuck!.Value, db, Token))!;
        (failed.Status, ReadSuppressionImport.ErrorOf(failed)!.Code).ShouldBe((SuppressionImportStatus.Failed, "path-unreadable"));
        (await ReadSuppressionImport.RunAsync(App.Customer, next!.Value, db, Token))!.Added.ShouldBe(1);
    }

    [Fact]
    public async Task File_that_was_interrupted_goes_on_after_the_last_batch_and_counts_nothing_twice()
    {
        var text = string.Concat(Enumerable.Range(0, 1200).Select(i => $"p{i}@x.test\n"));
        var (id, _) = await StartAsync("big.txt", Text(text));
        // As a process leaves it that died after the first batch of 500 rows.
        var done = Encoding.UTF8.GetByteCount(string.Concat(Enumerable.Range(0, 500).Select(i => $"p{i}@x.test\n")));
        await App.ExecuteAsync(
            $"UPDATE suppression_imports SET status = 1, rows_read = 500, bytes_done = {done}, lines_done = 500, added = 500 WHERE id = {id}"
        );
        (await Importer.RunOneAsync(Token)).ShouldBeTrue();
        await using var db = App.OpenDb();
        var import = (await ReadSuppressionImport.RunAsync(App.Customer, id!.Value, db, Token))!;
        (import.Added, import.Known, import.RowsRead).ShouldBe((1200, 0, 1200));
        (await App.CountAsync("suppressions")).ShouldBe(700);
        (await ReadSuppressionImport.RunAsync(await App.AddCustomerAsync("Autre"), id.Value, db, Token)).ShouldBeNull();
    }
}

public sealed class SuppressionImportTestsOnSqlite() : SuppressionImportTests(DatabaseKind.Sqlite);

[Trait("Category", "PostgreSql")]
public sealed class SuppressionImportTestsOnPostgreSql() : SuppressionImportTests(DatabaseKind.PostgreSql);
