using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns.Media;

/// <summary>Which images to show; pages go back in time from <paramref name="Before"/>.</summary>
public sealed record ListImagesRequest(string? Search = null, string? Folder = null, long? Before = null, int Take = 48);

/// <summary>Lists the images of a library, the newest first, found by name or by what they show.</summary>
public static class ListImages
{
    public static async Task<IReadOnlyList<MediaImage>> RunAsync(
        CustomerId customer,
        ListImagesRequest request,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var images = db.Of<MediaImage>(customer).AsNoTracking();
        if (request.Search?.Trim() is { Length: > 0 } search)
        {
            var text = FoldedText.Of(search);
            images = images.Where(i => FoldedText.Of(i.Name).Contains(text) || FoldedText.Of(i.Alt).Contains(text));
        }
        if (request.Folder is { } folder)
            images = images.Where(i => i.Folder == folder);
        if (request.Before is { } before)
            images = images.Where(i => i.Id < before);
        return await images.OrderByDescending(i => i.Id).Take(Math.Clamp(request.Take, 1, 200)).ToListAsync(ct);
    }

    public static Task<List<string>> FoldersAsync(CustomerId customer, EstafetteDb db, CancellationToken ct) =>
        db.Of<MediaImage>(customer).Where(i => i.Folder != "").Select(i => i.Folder).Distinct().OrderBy(f => f).ToListAsync(ct);
}
