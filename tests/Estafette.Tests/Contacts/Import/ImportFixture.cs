using System.Text;
using Estafette.Core.Contacts;
using Estafette.Core.Contacts.Import;
using Estafette.Core.Platform;
using Estafette.Testing;

namespace Estafette.Tests.Contacts.Import;

/// <summary>An application with an empty list, and short ways to import a text into it.</summary>
internal sealed class ImportFixture : IAsyncDisposable
{
    private int _files;

    private ImportFixture(TestApplication application, ListId list) => (Application, List) = (application, list);

    public TestApplication Application { get; }

    public ListId List { get; }

    public static async Task<ImportFixture> StartAsync(DatabaseKind kind, int batchRows = 100)
    {
        var setup = new TestSetup { Settings = new Dictionary<string, string?> { ["Import:BatchRows"] = $"{batchRows}" } };
        var application = await TestApplication.StartAsync(kind, setup);
        return new ImportFixture(application, await application.AddListAsync("Clients"));
    }

    public string Write(string name, string text, Encoding? encoding = null)
    {
        var path = Path.Combine(Application.DataDirectory, $"{++_files}-{name}");
        File.WriteAllText(path, text, encoding ?? new UTF8Encoding(false));
        return path;
    }

    public StartImportRequest Request(string path) =>
        new()
        {
            Path = path,
            List = List,
            SubscriptionStatus = SubscriptionStatus.Confirmed,
            Provenance = "Shop in Lyon, paper forms of 2025",
            LegalBasis = "consent",
        };

    public async Task<StartedImport> StartAsync(StartImportRequest request)
    {
        await using var db = Application.OpenDb();
        return await StartImport.RunAsync(
            Application.Customer,
            request,
            db,
            Application.Get<ImportFiles>(),
            Application.Get<Signals>(),
            Application.Get<TimeProvider>(),
            CancellationToken.None
        );
    }

    public async Task<ImportProgress> ImportAsync(StartImportRequest request)
    {
        var started = await StartAsync(request);
        started.Errors.ShouldBeEmpty();
        await Application.Get<ImportRunner>().RunPendingAsync(CancellationToken.None);
        return await ProgressAsync(started.Id!.Value);
    }

    public Task<ImportProgress> ImportAsync(string name, string text, Encoding? encoding = null) =>
        ImportAsync(Request(Write(name, text, encoding)));

    public async Task<ImportProgress> ProgressAsync(ImportId id)
    {
        await using var db = Application.OpenDb();
        return (await ImportProgress.GetAsync(Application.Customer, id, db, CancellationToken.None)).ShouldNotBeNull();
    }

    public string Report(ImportId id) => File.ReadAllText(Application.Get<ImportFiles>().ReportPath(id));

    public async Task<Contact> ContactAsync(string key)
    {
        await using var db = Application.OpenDb();
        return db.Of<Contact>(Application.Customer).Single(c => c.ContactKey == key);
    }

    public ValueTask DisposeAsync() => Application.DisposeAsync();
}
