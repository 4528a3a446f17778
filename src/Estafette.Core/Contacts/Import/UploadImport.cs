using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts.Import;

/// <summary>A file on its way from a browser or API client.</summary>
public sealed record UploadImportRequest(string FileName, Stream Content, string? CreatedBy = null);

/// <summary>The import that waits for its columns and list to be chosen, or why there is none.</summary>
public sealed record UploadedImport(ImportId? Id, ImportReason? Error);

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
            return new UploadedImport(null, ImportReason.Of("upload-large", name));
        var (kept, csv) = (false, path);
        try
        {
            var isBook = SpreadsheetFile.IsWorkbook(path);
            var sheet = isBook ? await Task.Run(() => SpreadsheetFile.Convert(path, name, null, files.MaxBytes, ct), ct) : null;
            var refused = sheet?.Error ?? (SpreadsheetFile.IsOldWorkbook(path) ? ImportReason.Of("xls-old", name) : null);
            if (refused is null && !isBook && DetectFile.IsEmpty(path))
                refused = ImportReason.Of("empty", name);
            if (refused is not null)
                return new UploadedImport(null, refused);
            csv = sheet?.Path ?? path;
            var import = new ContactImport
            {
                CustomerId = customer,
                FileName = name,
                FilePath = csv,
                SourcePath = isBook ? path : null,
                Sheet = sheet?.Sheet,
                OwnsFile = true,
                Owner = files.Owner,
                Format = new ImportFormat().ToJson(),
                Mapping = new ImportMapping().ToJson(),
                DefaultCountry = country,
                BytesTotal = new FileInfo(csv).Length,
                CreatedBy = request.CreatedBy,
                CreatedAt = clock.GetUtcNow(),
            };
            db.Add(import);
            await db.SaveChangesAsync(ct);
            kept = true;
            return new UploadedImport(import.Id, null);
        }
        finally
        {
            if (!kept)
                SpreadsheetFile.Remove(path, csv);
        }
    }
}

/// <summary>Reads another sheet of the workbook that an import was uploaded as.</summary>
public static class ChooseSheet
{
    /// <returns>Null when it is done; "upload-unknown" when there is no such import that waits for its columns.</returns>
    public static async Task<ImportReason?> RunAsync(
        CustomerId customer,
        ImportId id,
        string sheet,
        EstafetteDb db,
        ImportFiles files,
        CancellationToken ct
    )
    {
        var import = await db.Of<ContactImport>(customer)
            .SingleOrDefaultAsync(i => i.Id == id && i.Status == ImportStatus.Draft && i.SourcePath != null, ct);
        if (import?.SourcePath is not { } source)
            return ImportReason.Of("upload-unknown");
        if (!SpreadsheetFile.Sheets(source).Contains(sheet, StringComparer.Ordinal))
            return ImportReason.Of("xlsx-sheet", import.FileName);
        var old = import.FilePath;
        // Beside the sheet in use, which stays when the other cannot be read.
        var copy = Path.Combine(files.Folder, $"{Path.GetRandomFileName()}.upload");
        var taken = false;
        try
        {
            File.Copy(source, copy);
            var converted = await Task.Run(() => SpreadsheetFile.Convert(copy, import.FileName, sheet, files.MaxBytes, ct), ct);
            if (converted.Path is null)
                return converted.Error;
            import.Take(converted.Path, copy, sheet, new FileInfo(converted.Path).Length);
            await db.SaveChangesAsync(ct);
            taken = true;
        }
        finally
        {
            if (!taken)
                SpreadsheetFile.Remove(copy);
        }
        SpreadsheetFile.Remove(source, old);
        return null;
    }

    /// <summary>The sheets of the workbook; empty when the file is none.</summary>
    public static IReadOnlyList<string> Of(ContactImport import) =>
        import.SourcePath is { } source && File.Exists(source) ? SpreadsheetFile.Sheets(source) : [];
}
