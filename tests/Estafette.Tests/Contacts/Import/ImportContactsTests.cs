using System.Text;
using System.Text.Json.Nodes;
using Estafette.Core.Accounts;
using Estafette.Core.Contacts;
using Estafette.Core.Contacts.Import;
using Estafette.Core.Platform;
using Estafette.Core.Suppression;
using Estafette.Testing;

namespace Estafette.Tests.Contacts.Import;

public sealed class ImportContactsTests
{
    private const string Three = """
        [{"email":"ana@example.org","prenom":"Ana","ville":"Lyon","age":41},
         {"email":"Bob@Example.org","nom":"Petit","tags":["a","b"]},
         "cleo@example.org"]
        """;

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Objects_and_bare_addresses_become_confirmed_contacts_of_the_list(DatabaseKind kind)
    {
        await using var fixture = await ImportFixture.StartAsync(kind);

        var progress = await fixture.ImportAsync("three.json", Three);

        progress.Status.ShouldBe(ImportStatus.Finished);
        progress.Counts.ShouldBe(new ImportCounts(3, 3, 0, 0, 0, 0, 0, 0));
        var ana = await fixture.ContactAsync("ana@example.org");
        ana.FirstName.ShouldBe("Ana");
        JsonNode.DeepEquals(JsonNode.Parse(ana.Attributes!), JsonNode.Parse("""{"ville":"Lyon","age":41}""")).ShouldBeTrue();
        (await fixture.ContactAsync("bob@example.org")).Email.ShouldBe("Bob@example.org");
        (await fixture.Application.CountAsync($"subscriptions WHERE status = 1 AND import_id = {progress.Id}")).ShouldBe(3);
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Second_import_of_same_file_adds_nobody(DatabaseKind kind)
    {
        await using var fixture = await ImportFixture.StartAsync(kind);
        await fixture.ImportAsync("three.json", Three);

        var second = await fixture.ImportAsync("three.json", Three);

        second.Counts.ShouldBe(new ImportCounts(3, 0, 0, 3, 0, 0, 0, 0));
        (await fixture.Application.CountAsync("contacts")).ShouldBe(3);
        (await fixture.Application.CountAsync("subscriptions")).ShouldBe(3);
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Csv_with_semicolons_in_windows_1252_is_understood(DatabaseKind kind)
    {
        await using var fixture = await ImportFixture.StartAsync(kind);
        var bytes = Encoding.Latin1.GetBytes(
            "Prénom;Nom;Adresse e-mail;Ville\r\nZoé;Lefèvre;zoe@example.org;\"Orléans; \"\"centre\"\"\nLoiret\"\r\n"
        );
        var path = fixture.Write("clients.csv", "");
        await File.WriteAllBytesAsync(path, bytes);

        var progress = await fixture.ImportAsync(fixture.Request(path));

        progress.Counts.ShouldBe(new ImportCounts(1, 1, 0, 0, 0, 0, 0, 0));
        var zoe = await fixture.ContactAsync("zoe@example.org");
        (zoe.FirstName, zoe.LastName).ShouldBe(("Zoé", "Lefèvre"));
        JsonNode.Parse(zoe.Attributes!)!["Ville"]!.GetValue<string>().ShouldBe("Orléans; \"centre\"\nLoiret");
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Known_contacts_are_skipped_updated_or_overwritten_as_chosen(DatabaseKind kind)
    {
        await using var fixture = await ImportFixture.StartAsync(kind);
        await fixture.ImportAsync(
            "first.json",
            """[{"email":"ana@example.org","nom":"Petit","ville":"Lyon","tel":"06 12 34 56 78","age":41}]"""
        );
        var path = fixture.Write("second.json", """[{"email":"ana@example.org","prenom":"Ana","ville":"Lille","nested":{"a":1}}]""");

        var skipped = await fixture.ImportAsync(fixture.Request(path) with { KnownContacts = KnownContacts.Skip });
        var untouched = await fixture.ContactAsync("ana@example.org");
        var updated = await fixture.ImportAsync(fixture.Request(path) with { KnownContacts = KnownContacts.Update });
        var merged = await fixture.ContactAsync("ana@example.org");
        var overwritten = await fixture.ImportAsync(fixture.Request(path) with { KnownContacts = KnownContacts.Overwrite });
        var replaced = await fixture.ContactAsync("ana@example.org");

        (skipped.Counts.Skipped, updated.Counts.Updated, overwritten.Counts.Updated).ShouldBe((1, 1, 1));
        (untouched.FirstName, untouched.LastName).ShouldBe((null, "Petit"));
        (merged.FirstName, merged.LastName, merged.Phone).ShouldBe(("Ana", "Petit", "+33612345678"));
        ShouldBeJson(merged.Attributes, """{"ville":"Lille","age":41,"nested":{"a":1}}""");
        (replaced.FirstName, replaced.LastName, replaced.Phone).ShouldBe(("Ana", null, null));
        ShouldBeJson(replaced.Attributes, """{"ville":"Lille","nested":{"a":1}}""");
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Ten_thousand_rows_of_one_address_make_one_contact(DatabaseKind kind)
    {
        await using var fixture = await ImportFixture.StartAsync(kind, batchRows: 1000);
        var rows = string.Join('\n', Enumerable.Range(1, 10_000).Select(i => $$"""{"email":"Ana@Example.ORG","n":{{i}}}"""));

        var progress = await fixture.ImportAsync("same.ndjson", rows);

        progress.Counts.ShouldBe(new ImportCounts(10_000, 1, 0, 0, 9_999, 0, 0, 0));
        ShouldBeJson((await fixture.ContactAsync("ana@example.org")).Attributes, """{"n":10000}""");
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Suppressed_addresses_are_stored_and_never_confirmed(DatabaseKind kind)
    {
        await using var fixture = await ImportFixture.StartAsync(kind);
        await SuppressAsync(fixture, "optout@example.org", SuppressionReason.OptOut);
        await SuppressAsync(fixture, "bounced@example.org", SuppressionReason.HardBounce);

        var progress = await fixture.ImportAsync("list.csv", "email\noptout@example.org\nBounced@example.org\nfine@example.org\n");

        progress.Counts.ShouldBe(new ImportCounts(3, 3, 0, 0, 0, 2, 0, 0));
        (await StatusAsync(fixture, "optout@example.org")).ShouldBe(SubscriptionStatus.Unsubscribed);
        (await StatusAsync(fixture, "bounced@example.org")).ShouldBe(SubscriptionStatus.Unconfirmed);
        (await StatusAsync(fixture, "fine@example.org")).ShouldBe(SubscriptionStatus.Confirmed);
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Unsubscribed_and_refused_stay_so_whatever_the_file_says(DatabaseKind kind)
    {
        await using var fixture = await ImportFixture.StartAsync(kind);
        var path = fixture.Write("list.csv", "email;consentement\nana@example.org;oui\nbob@example.org;oui\n");
        await fixture.ImportAsync(fixture.Request(path));
        await fixture.Application.ExecuteAsync(
            "UPDATE subscriptions SET status = 2 WHERE contact_id = (SELECT id FROM contacts WHERE contact_key = 'ana@example.org')"
        );
        await fixture.Application.ExecuteAsync("UPDATE contacts SET tracking_consent = 2 WHERE contact_key = 'ana@example.org'");

        await fixture.ImportAsync(fixture.Request(path) with { KnownContacts = KnownContacts.Overwrite });

        (await StatusAsync(fixture, "ana@example.org")).ShouldBe(SubscriptionStatus.Unsubscribed);
        (await StatusAsync(fixture, "bob@example.org")).ShouldBe(SubscriptionStatus.Confirmed);
        (await fixture.ContactAsync("ana@example.org")).TrackingConsent.ShouldBe(TrackingConsent.Refused);
        (await fixture.ContactAsync("bob@example.org")).TrackingConsent.ShouldBe(TrackingConsent.Granted);
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Crash_after_half_the_file_resumes_without_duplicates(DatabaseKind kind)
    {
        await using var fixture = await ImportFixture.StartAsync(kind);
        var rows = Enumerable.Range(1, 2000).Select(i => i % 50 == 0 ? $"bad{i}" : $"user{i}@example.org");
        var path = fixture.Write("big.csv", "email\n" + string.Join('\n', rows) + "\n");
        var id = (await fixture.StartAsync(fixture.Request(path))).Id!.Value;

        await AbandonAfterAsync(fixture, id, batches: 7);
        var half = await fixture.ProgressAsync(id);
        await File.AppendAllTextAsync(
            fixture.Application.Get<ImportFiles>().ReportPath(id),
            "999;rejected;of a batch that was never stored;x\r\n"
        );
        await fixture.Application.RestartAsync();
        await fixture.Application.Get<ImportRunner>().RunPendingAsync(CancellationToken.None);

        (half.Status, half.Counts.Read).ShouldBe((ImportStatus.Running, 700));
        var whole = await fixture.ProgressAsync(id);
        whole.Status.ShouldBe(ImportStatus.Finished);
        whole.Counts.ShouldBe(new ImportCounts(2000, 1960, 0, 0, 0, 0, 40, 0));
        (await fixture.Application.CountAsync("contacts")).ShouldBe(1960);
        var report = fixture.Report(id).TrimEnd().Split("\r\n");
        report.Length.ShouldBe(41);
        report[^1].ShouldStartWith("2001;rejected;The address has no @.;bad2000;");
        report.ShouldNotContain(line => line.StartsWith("999;"));
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Cancelled_import_stops_after_the_batch_in_hand_and_keeps_it(DatabaseKind kind)
    {
        await using var fixture = await ImportFixture.StartAsync(kind);
        var path = fixture.Write("big.csv", "email\n" + string.Join('\n', Enumerable.Range(1, 20_000).Select(i => $"user{i}@example.org")));
        var id = (await fixture.StartAsync(fixture.Request(path))).Id!.Value;
        await fixture.Application.StartAsync<ImportRunner>();
        await Eventually.TrueAsync(async () => (await fixture.ProgressAsync(id)).Counts.Read > 0);

        await using var db = fixture.Application.OpenDb();
        var result = await CancelImport.RunAsync(
            fixture.Application.Customer,
            id,
            db,
            fixture.Application.Get<Signals>(),
            fixture.Application.Clock,
            CancellationToken.None
        );

        result.ShouldBe(ImportControlResult.Done);
        await Eventually.TrueAsync(async () => (await fixture.ProgressAsync(id)).Status == ImportStatus.Cancelled);
        var progress = await fixture.ProgressAsync(id);
        progress.Counts.Read.ShouldBeLessThan(20_000);
        (await fixture.Application.CountAsync("contacts")).ShouldBe(progress.Counts.Added);
    }

    [Fact]
    public async Task Import_of_another_customer_is_not_found()
    {
        await using var fixture = await ImportFixture.StartAsync(DatabaseKind.Sqlite);
        var progress = await fixture.ImportAsync("one.csv", "email\nana@example.org\n");
        var stranger = await fixture.Application.AddCustomerAsync("Stranger");
        await using var db = fixture.Application.OpenDb();

        (await ImportProgress.GetAsync(stranger, progress.Id, db, CancellationToken.None)).ShouldBeNull();
        var (signals, clock) = (fixture.Application.Get<Signals>(), fixture.Application.Clock);
        (await CancelImport.RunAsync(stranger, progress.Id, db, signals, clock, CancellationToken.None)).ShouldBe(
            ImportControlResult.NotFound
        );
        (await ResumeImport.RunAsync(stranger, progress.Id, db, signals, CancellationToken.None)).ShouldBe(ImportControlResult.NotFound);
    }

    [Fact]
    public async Task Confirmed_import_without_proof_of_consent_is_refused_by_field()
    {
        await using var fixture = await ImportFixture.StartAsync(DatabaseKind.Sqlite);
        var request = fixture.Request(fixture.Write("one.csv", "email\nana@example.org\n")) with { Provenance = null, LegalBasis = " " };

        var started = await fixture.StartAsync(request);

        started.Id.ShouldBeNull();
        started.Errors.Keys.Order().ShouldBe(["legalBasis", "provenance"]);
    }

    [Fact]
    public async Task Upload_is_removed_when_its_import_ends_and_refused_when_too_large()
    {
        await using var fixture = await ImportFixture.StartAsync(DatabaseKind.Sqlite);
        var files = fixture.Application.Get<ImportFiles>();
        await using var db = fixture.Application.OpenDb();
        var text = new MemoryStream(Encoding.UTF8.GetBytes("email\nana@example.org\n"));
        var upload = await UploadImport.RunAsync(
            fixture.Application.Customer,
            new UploadImportRequest("..\\clients.csv", text),
            db,
            files,
            fixture.Application.Clock,
            CancellationToken.None
        );
        var tooLarge = new ImportFiles(
            new DataOptions { Directory = fixture.Application.DataDirectory },
            new ImportOptions { MaxUploadBytes = 10 }
        );

        var progress = await fixture.ImportAsync(fixture.Request("") with { Path = null, Upload = upload.Id });
        var refused = await UploadImport.RunAsync(
            fixture.Application.Customer,
            new UploadImportRequest("big.csv", new MemoryStream(new byte[11])),
            db,
            tooLarge,
            fixture.Application.Clock,
            CancellationToken.None
        );

        (progress.FileName, progress.Counts.Added).ShouldBe(("clients.csv", 1));
        $"{refused.Error.ShouldNotBeNull()}".ShouldContain("'big.csv' is larger");
        Directory.GetFiles(files.Folder, "*.upload").ShouldBeEmpty();
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.PostgreSql)]
    public async Task Upload_whose_columns_nobody_chose_is_removed_after_a_day(DatabaseKind kind)
    {
        await using var fixture = await ImportFixture.StartAsync(kind);
        var (app, files) = (fixture.Application, fixture.Application.Get<ImportFiles>());
        await using var db = app.OpenDb();
        var request = new UploadImportRequest("clients.csv", new MemoryStream("email"u8.ToArray()));
        await UploadImport.RunAsync(app.Customer, request, db, files, app.Clock, CancellationToken.None);

        await app.Get<ImportRunner>().RunPendingAsync(CancellationToken.None);
        var kept = Directory.GetFiles(files.Folder, "*.upload").Length;
        app.Clock.Advance(TimeSpan.FromHours(25));
        await app.Get<ImportRunner>().RunPendingAsync(CancellationToken.None);

        kept.ShouldBe(1);
        Directory.GetFiles(files.Folder, "*.upload").ShouldBeEmpty();
        (await app.CountAsync("imports")).ShouldBe(0);
    }

    [Fact]
    public async Task Memory_stays_bounded_on_a_large_file()
    {
        await using var fixture = await ImportFixture.StartAsync(DatabaseKind.Sqlite, batchRows: 5000);
        var path = fixture.Write("large.ndjson", "");
        await using (var file = new StreamWriter(path))
        {
            for (var i = 0; i < 60_000; i++)
                await file.WriteAsync($$"""{"email":"user{{i % 500}}@example.org","note":"{{new string('x', 2000)}}"}{{'\n'}}""");
        }
        var id = (await fixture.StartAsync(fixture.Request(path))).Id!.Value;
        GC.Collect();
        var before = GC.GetTotalMemory(forceFullCollection: true);

        await fixture.Application.Get<ImportRunner>().RunPendingAsync(CancellationToken.None);

        (await fixture.ProgressAsync(id)).Counts.Read.ShouldBe(60_000);
        var kept = GC.GetTotalMemory(forceFullCollection: true) - before;
        kept.ShouldBeLessThan(60_000_000);
        new FileInfo(path).Length.ShouldBeGreaterThan(120_000_000);
    }

    [Fact]
    public async Task Batches_are_smaller_while_the_rest_of_the_program_writes()
    {
        await using var fixture = await ImportFixture.StartAsync(DatabaseKind.Sqlite);
        var addresses = Enumerable.Range(1, 1000).Select(i => $"user{i}@example.org");
        var path = fixture.Write("people.csv", "email\n" + string.Join('\n', addresses) + "\n");
        var id = (await fixture.StartAsync(fixture.Request(path))).Id!.Value;
        var sizes = new List<int>();

        await WithRunAsync(
            fixture,
            id,
            async (run, fill, report) =>
            {
                for (var others = 20; others >= 0; others -= 20)
                {
                    var batch = fill();
                    var held = new TaskCompletionSource();
                    List<Task> jobs = [fixture.Application.Writes.RunAsync(_ => new ValueTask(held.Task), default)];
                    jobs.Add(run.StoreAsync(batch, report, default));
                    for (var i = 0; i < others; i++)
                        jobs.Add(fixture.Application.Writes.RunAsync(_ => ValueTask.CompletedTask, default));
                    held.SetResult();
                    await Task.WhenAll(jobs);
                    sizes.Add(batch.Read);
                }
                sizes.Add(fill().Read);
            }
        );

        sizes.ShouldBe([100, 20, 100]);
    }

    // What a kill leaves behind: the row still Running, nobody working on it.
    private static Task AbandonAfterAsync(ImportFixture fixture, ImportId id, int batches) =>
        WithRunAsync(
            fixture,
            id,
            async (run, fill, report) =>
            {
                for (var i = 0; i < batches; i++)
                    await run.StoreAsync(fill(), report, CancellationToken.None);
            }
        );

    private static async Task WithRunAsync(
        ImportFixture fixture,
        ImportId id,
        Func<ImportRun, Func<ContactBatch>, ImportReport, Task> steps
    )
    {
        await fixture.Application.ExecuteAsync($"UPDATE imports SET status = 2 WHERE id = {id}");
        await using var db = fixture.Application.OpenDb();
        var import = db.Of<ContactImport>(fixture.Application.Customer).Single(i => i.Id == id);
        using var rows = OpenImport.Rows(import);
        using var report = new ImportReport(fixture.Application.Get<ImportFiles>().ReportPath(id), 0);
        var run = new ImportRun(
            import,
            fixture.Application.Writes,
            fixture.Application.Get<ImportFiles>(),
            fixture.Application.Get<ImportOptions>(),
            fixture.Application.Get<Estafette.Core.Contacts.Erased.ErasedAddresses>(),
            fixture.Application.Clock
        );
        await steps(run, () => run.Fill(new ContactBatch(KnownContacts.Update), rows, CancellationToken.None), report);
    }

    private static void ShouldBeJson(string? actual, string expected) =>
        JsonNode.DeepEquals(JsonNode.Parse(actual!), JsonNode.Parse(expected)).ShouldBeTrue(actual);

    private static async Task SuppressAsync(ImportFixture fixture, string address, SuppressionReason reason)
    {
        var request = new SuppressAddressRequest(Channel.Email, address, reason, SuppressionOrigin.Manual);
        var clock = fixture.Application.Clock;
        var result = await SuppressAddress.RunAsync(
            new Actor(fixture.Application.Customer, "test"),
            request,
            fixture.Application.Writes,
            clock,
            CancellationToken.None
        );
        result.IsDone.ShouldBeTrue();
    }

    private static async Task<SubscriptionStatus> StatusAsync(ImportFixture fixture, string key) =>
        (SubscriptionStatus)
            await fixture.Application.ScalarAsync<int>(
                $"SELECT s.status FROM subscriptions s JOIN contacts c ON c.id = s.contact_id WHERE c.contact_key = '{key}'"
            );

    [Fact]
    public async Task Full_disk_stops_the_import_with_its_reason_and_resuming_goes_on_without_doubles()
    {
        await using var fixture = await ImportFixture.StartAsync(DatabaseKind.Sqlite, batchRows: 1000);
        var (app, writes) = (fixture.Application, fixture.Application.Get<WriteQueue>());
        var pages = await app.ScalarAsync<long>("SELECT page_count FROM pragma_page_count()");
        // The file may grow a little: the database says SQLITE_FULL as it does when the disk is.
        await writes.RunAsync(Limit(pages + 200), CancellationToken.None);
        var path = fixture.Write(
            "many.json",
            $"[{string.Join(',', Enumerable.Range(0, 20_000).Select(i => $"\"person{i}@example.org\""))}]"
        );

        var stopped = await fixture.ImportAsync(fixture.Request(path));

        stopped.Status.ShouldBe(ImportStatus.Failed);
        stopped.Error.ShouldNotBeNull().ToString().ShouldContain("database or disk is full");
        stopped.Counts.Added.ShouldBeInRange(1, 19_000);
        (await app.CountAsync("contacts")).ShouldBe(stopped.Counts.Added);

        await writes.RunAsync(Limit(1_000_000), CancellationToken.None);
        await using (var db = app.OpenDb())
            (await ResumeImport.RunAsync(app.Customer, stopped.Id, db, app.Get<Signals>(), CancellationToken.None)).ShouldBe(
                ImportControlResult.Done
            );
        await app.Get<ImportRunner>().RunPendingAsync(CancellationToken.None);
        var progress = await fixture.ProgressAsync(stopped.Id);
        progress.Status.ShouldBe(ImportStatus.Finished);
        progress.Counts.ShouldBe(new ImportCounts(20_000, 20_000, 0, 0, 0, 0, 0, 0));
        (await app.CountAsync("contacts")).ShouldBe(20_000);

        static Func<WriteSession, ValueTask> Limit(long pages) =>
            async session => await session.Prepare($"PRAGMA max_page_count = {pages}").ExecuteNonQueryAsync();
    }
}
