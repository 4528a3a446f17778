using Estafette.Core.Accounts;
using Estafette.Core.Messages;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Campaigns.Media;

/// <summary>Changes the words of an image.</summary>
public static class ChangeImage
{
    /// <returns>Null when it was done; else the field that is wrong, or "missing".</returns>
    public static async Task<string?> RunAsync(
        Actor actor,
        long id,
        (string Name, string Alt, string Folder) words,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (await db.Of<MediaImage>(actor.Customer).SingleOrDefaultAsync(i => i.Id == id, ct) is not { } image)
            return "missing";
        var (name, alt, folder) = (words.Name.Trim(), words.Alt.Trim(), words.Folder.Trim());
        if (name.Length is 0 or > UploadImage.MaxText || UploadImage.HasControl(name))
            return "name";
        if (alt.Length > UploadImage.MaxText || UploadImage.HasControl(alt))
            return "alt";
        if (folder.Length > UploadImage.MaxText || UploadImage.HasControl(folder))
            return "folder";
        (image.Name, image.Alt, image.Folder, image.UpdatedAt) = (name, alt, folder, clock.GetUtcNow());
        db.Add(actor, "image.changed", $"image {name}", clock.GetUtcNow());
        await db.SaveChangesAsync(ct);
        return null;
    }
}

/// <summary>Takes an image out of the library, unless a campaign that is sending or scheduled shows it.</summary>
public static class DeleteImage
{
    /// <returns>False when a campaign still needs it.</returns>
    public static async Task<bool> RunAsync(Actor actor, long id, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        await using var write = await db.BeginWriteAsync(ct);
        if (await db.Of<MediaImage>(actor.Customer).SingleOrDefaultAsync(i => i.Id == id, ct) is not { } image)
            return true;
        foreach (var file in Files(image))
            if ((await ImageUses.RunAsync(actor.Customer, file, db, ct)).Any(use => use.IsSending))
                return false;
        db.Remove(image);
        db.Add(actor, "image.deleted", $"image {image.Name}", clock.GetUtcNow());
        await db.SaveChangesAsync(ct);
        foreach (var file in Files(image))
            if (!await IsNeededAsync(file, db, ct))
                await db.Set<MediaFile>().Where(f => f.Name == file).ExecuteDeleteAsync(ct);
        await write.CommitAsync(ct);
        return true;
    }

    private static IEnumerable<string> Files(MediaImage image) => image.NarrowFile is { } narrow ? [image.File, narrow] : [image.File];

    /// <summary>Another image has the same bytes, or a message that was sent or is kept shows them.</summary>
    private static async Task<bool> IsNeededAsync(string file, EstafetteDb db, CancellationToken ct)
    {
        var url = MediaUrls.Of(file);
        return await db.Set<MediaImage>().AnyAsync(i => i.File == file || i.NarrowFile == file, ct)
            || await db.Set<ContentVersion>().AnyAsync(v => v.Html != null && v.Html.Contains(url), ct)
            || await db.Set<Template>().AnyAsync(t => t.Html.Contains(url), ct)
            || await db.Set<Campaign>().AnyAsync(c => c.Html != null && c.Html.Contains(url), ct);
    }
}
