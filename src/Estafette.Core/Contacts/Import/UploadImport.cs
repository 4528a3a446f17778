using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts.Import;

/// <summary>A file on its way from a browser or API client.</summary>
public sealed record UploadImportRequest(string FileName, Stream Content, string? CreatedBy = null);

/// <summary>The import that waits for its columns and list to be chosen, or why there is none.</summary>
public sealed record UploadedImport(ImportId? Id, string? Error);

/// <summary>Receives a file of contacts: written to disk as it arrives, never held in memory.</summary>
public static class UploadImport
{
    public static async Task<UploadedImport> RunAsync(
        CustomerId customer,
        UploadImportRequest request,
        EstafetteDb db,
        ImportFiles files,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var country = await db.Set<Customer>().Where(c => c.Id == customer).Select(c => c.DefaultCountry).SingleAsync(ct);
        var name = Path.GetFileName(request.FileName.Replace('\\', '/'));
        var path = await files.ReceiveAsync(request.Content, ct);
        if (path is null)
            return new UploadedImport(null, $"'{name}' is larger than an upload may be. Import it by its path with the command line.");
        var import = new ContactImport
        {
            CustomerId = customer,
            FileName = name,
            FilePath = path,
            OwnsFile = true,
            Owner = files.Owner,
            Format = new ImportFormat().ToJson(),
            Mapping = new ImportMapping().ToJson(),
            DefaultCountry = country,
            BytesTotal = new FileInfo(path).Length,
            CreatedBy = request.CreatedBy,
            CreatedAt = clock.GetUtcNow(),
        };
        db.Add(import);
        await db.SaveChangesAsync(ct);
        return new UploadedImport(import.Id, null);
    }
}
