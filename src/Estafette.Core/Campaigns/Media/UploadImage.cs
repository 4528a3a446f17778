using System.Security.Cryptography;
using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using ImageFile = Estafette.Protocols.Images.ImageFile;

namespace Estafette.Core.Campaigns.Media;

/// <summary>An image as it came in.</summary>
/// <param name="Narrow">The same at most 600 pixels wide, made in the browser; null when there is none.</param>
public sealed record ImageUpload(string Name, string Alt, string Folder, byte[] File, byte[]? Narrow = null)
{
    /// <summary>Takes the place of this image, also in templates and in campaigns that may still change.</summary>
    public long? Replaces { get; init; }
}

/// <summary>An image whose content was checked, and its name by hash.</summary>
internal sealed record StoredImage(string Name, ImageFile Image);

/// <summary>The image in the library, or the code of what is wrong: kind, size, width, name, alt, missing.</summary>
public sealed record UploadedImage(MediaImage? Image, string? Fault);

/// <summary>
/// Puts an image into the library. What it is, its content says and not its name; what a camera wrote beside the picture is taken out. Larger
/// pictures are made smaller in the browser; one that still is too wide is refused, since nothing here decodes pixels.
/// </summary>
public static class UploadImage
{
    public const int MaxBytes = 5 * 1024 * 1024;
    public const int MaxWidth = 1200;
    public const int NarrowWidth = 600;
    public const int MaxHeight = 8000;
    public const int MaxText = 200;

    public static async Task<UploadedImage> RunAsync(
        Actor actor,
        ImageUpload upload,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var (name, alt, folder) = (upload.Name.Trim(), upload.Alt.Trim(), upload.Folder.Trim());
        if (name.Length is 0 or > MaxText || folder.Length > MaxText || HasControl(name + folder))
            return new(null, "name");
        if (alt.Length > MaxText || HasControl(alt))
            return new(null, "alt");
        var (wide, fault) = Check(upload.File, MaxWidth);
        if (wide is null)
            return new(null, fault);
        var narrow = upload.Narrow is { } given ? Check(given, NarrowWidth).Image : null;
        var now = clock.GetUtcNow();
        await using var write = await db.BeginWriteAsync(ct);
        MediaImage? image = null;
        if (
            upload.Replaces is { } id
            && (image = await db.Of<MediaImage>(actor.Customer).SingleOrDefaultAsync(i => i.Id == id, ct)) is null
        )
            return new(null, "missing");
        await StoreAsync(wide, db, now, ct);
        if (narrow is not null)
            await StoreAsync(narrow, db, now, ct);
        var before = image?.File;
        if (image is null)
            db.Add(
                image = new MediaImage
                {
                    CustomerId = actor.Customer,
                    Name = name,
                    Alt = alt,
                    Folder = folder,
                    CreatedBy = actor.UserName,
                    CreatedAt = now,
                }
            );
        image.Show(wide, narrow, now);
        db.Add(actor, before is null ? "image.uploaded" : "image.replaced", $"image {name}", now);
        await db.SaveChangesAsync(ct);
        if (before is not null && before != image.File)
            await ImageUses.ExchangeAsync(actor.Customer, before, image.File, db, ct);
        await write.CommitAsync(ct);
        return new(image, null);
    }

    private static (StoredImage? Image, string? Fault) Check(byte[] bytes, int maxWidth)
    {
        if (bytes.Length > MaxBytes)
            return (null, "size");
        if (ImageFile.Read(bytes) is not { } image)
            return (null, "kind");
        if (image.Width > maxWidth || image.Height > MaxHeight)
            return (null, "width");
        var hash = Convert.ToHexStringLower(SHA256.HashData(image.Bytes).AsSpan(0, 16));
        return (new StoredImage($"{hash}.{image.Extension}", image), null);
    }

    private static async Task StoreAsync(StoredImage stored, EstafetteDb db, DateTimeOffset now, CancellationToken ct)
    {
        if (db.Set<MediaFile>().Local.Any(f => f.Name == stored.Name) || await db.Set<MediaFile>().AnyAsync(f => f.Name == stored.Name, ct))
            return;
        db.Add(
            new MediaFile
            {
                Name = stored.Name,
                ContentType = stored.Image.ContentType,
                Bytes = stored.Image.Bytes,
                CreatedAt = now,
            }
        );
    }

    internal static bool HasControl(string text) => text.Any(char.IsControl);
}
