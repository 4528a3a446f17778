using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Contacts.Import;

/// <summary>Shows what an uploaded file holds, with the corrections of the user.</summary>
public static class DetectImport
{
    /// <summary>Null when the customer has no such import that waits for its columns.</summary>
    public static async Task<FileDetails?> RunAsync(
        CustomerId customer,
        ImportId id,
        ImportFormat? format,
        ImportMapping? mapping,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var import = await db.Of<ContactImport>(customer).SingleOrDefaultAsync(i => i.Id == id && i.Status == ImportStatus.Draft, ct);
        return import is null || !File.Exists(import.FilePath)
            ? null
            : DetectFile.Run(
                new DetectRequest(import.FilePath, import.DefaultCountry, format, mapping)
                {
                    Name = import.FileName,
                    IsSheet = import.SourcePath is not null,
                }
            );
    }
}
