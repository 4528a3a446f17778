using Estafette.Core.Accounts;
using Estafette.Core.Contacts.Import;
using Estafette.Core.Platform;

namespace Estafette.Core.Suppression.Import;

/// <summary>A file of addresses on its way.</summary>
/// <param name="FileName">Its name for the user.</param>
/// <param name="Content">CSV, XLSX, JSON or one address a line.</param>
/// <param name="Reason">OptOut when the persons asked for it, else Manual.</param>
/// <param name="Note">Where the addresses come from.</param>
public sealed record SuppressionFile(string FileName, Stream Content, SuppressionReason Reason, string? Note);

/// <summary>Receives a file of addresses that get nothing more: written to disk as it arrives, read in the background.</summary>
public static class StartSuppressionImport
{
    public const int MaxNote = 300;

    /// <summary>What uploads are called while they wait; the sweep of contact imports knows nothing of them.</summary>
    internal const string Extension = ".suppress";

    /// <returns>The import, or why there is none.</returns>
    public static async Task<(long? Id, ImportReason? Error)> RunAsync(
        Actor actor,
        SuppressionFile file,
        EstafetteDb db,
        ImportFiles files,
        Signals signals,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var name = Path.GetFileName(file.FileName.Replace('\\', '/'));
        if (await files.ReceiveAsync(file.Content, ct) is not { } path)
            return (null, ImportReason.Of("upload-large", name));
        var kept = Path.ChangeExtension(path, Extension);
        var stored = false;
        try
        {
            var isBook = SpreadsheetFile.IsWorkbook(path);
            var sheet = isBook ? await Task.Run(() => SpreadsheetFile.Convert(path, name, null, files.MaxBytes, ct), ct) : null;
            var refused =
                sheet?.Error
                ?? (
                    SpreadsheetFile.IsOldWorkbook(path) ? ImportReason.Of("xls-old", name)
                    : !isBook && DetectFile.IsEmpty(path) ? ImportReason.Of("empty", name)
                    : null
                );
            if (refused is not null)
                return (null, refused);
            File.Move(sheet?.Path ?? path, kept);
            var import = new SuppressionImport
            {
                CustomerId = actor.Customer,
                FileName = name.Length > 200 ? name[..200] : name,
                FilePath = kept,
                Owner = files.Owner,
                IsSheet = isBook,
                Reason = file.Reason == SuppressionReason.OptOut ? SuppressionReason.OptOut : SuppressionReason.Manual,
                Note = file.Note is { Length: > MaxNote } note ? note[..MaxNote] : file.Note,
                BytesTotal = new FileInfo(kept).Length,
                CreatedBy = actor.UserName,
                CreatedAt = clock.GetUtcNow(),
            };
            db.Add(import);
            db.Add(actor, "suppression.imported", $"file {import.FileName}", import.CreatedAt, $"{import.Reason}: {import.Note}");
            await db.SaveChangesAsync(ct);
            stored = true;
            signals.Ring(Signal.ImportChanged);
            return (import.Id, null);
        }
        finally
        {
            SpreadsheetFile.Remove(path);
            if (!stored)
                File.Delete(kept);
        }
    }
}
