using Estafette.Core.Platform;

namespace Estafette.Core.Contacts.Import;

/// <summary>The folder of uploaded files and import reports in the data directory.</summary>
public sealed class ImportFiles(DataOptions data, ImportOptions options)
{
    /// <summary>Names the process that can read the files of this folder: the data directory is locked by one process at a time.</summary>
    internal string Owner { get; } = $"{Environment.MachineName}:{data.FullPath}";

    /// <summary>Bytes a file of this folder may have.</summary>
    internal long MaxBytes => options.MaxUploadBytes;

    internal string Folder { get; } = Directory.CreateDirectory(data.File("imports")).FullName;

    /// <summary>The report of rows that did not go in, or not whole; the file is there when there are any.</summary>
    public string ReportPath(ImportId id) => Path.Combine(Folder, $"{id}-report.csv");

    /// <summary>Uploaded files, and what was made of them, that nothing was written to since a moment.</summary>
    internal IReadOnlyList<string> OldUploads(DateTimeOffset before) =>
        [
            .. Directory
                .EnumerateFiles(Folder)
                .Where(f => Path.GetExtension(f) is ".upload" or ".csv" && !f.EndsWith("-report.csv", StringComparison.Ordinal))
                .Where(f => File.GetLastWriteTimeUtc(f) < before.UtcDateTime),
        ];

    /// <summary>Writes an upload to the folder as it arrives; null when it is larger than allowed, in which case nothing stays.</summary>
    internal async Task<string?> ReceiveAsync(Stream upload, CancellationToken ct)
    {
        var path = Path.Combine(Folder, $"{Path.GetRandomFileName()}.upload");
        var whole = false;
        try
        {
            await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1, FileOptions.Asynchronous);
            var copied = await CopyAsync(upload, file, ct);
            await file.FlushAsync(ct);
            whole = copied;
        }
        finally
        {
            if (!whole)
                File.Delete(path);
        }
        return whole ? path : null;
    }

    private async Task<bool> CopyAsync(Stream upload, FileStream file, CancellationToken ct)
    {
        var buffer = new byte[81_920];
        long total = 0;
        int read;
        while ((read = await upload.ReadAsync(buffer, ct)) > 0)
        {
            total += read;
            if (total > options.MaxUploadBytes)
                return false;
            await file.WriteAsync(buffer.AsMemory(0, read), ct);
        }
        return true;
    }
}
