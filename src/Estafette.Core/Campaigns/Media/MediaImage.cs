using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Campaigns.Media;

/// <summary>An image of a customer's library.</summary>
public sealed class MediaImage : ICustomerOwned
{
    public long Id { get; private set; }
    public required CustomerId CustomerId { get; init; }
    public required string Name { get; set; }

    /// <summary>What the image shows, for who cannot see it; empty when it only decorates.</summary>
    public required string Alt { get; set; }
    public string Folder { get; set; } = "";

    /// <summary>Name of the file at <c>/m/</c>: hash of its bytes and ending.</summary>
    public string File { get; private set; } = "";

    /// <summary>The same at most 600 pixels wide; null when it is not wider itself.</summary>
    public string? NarrowFile { get; private set; }
    public int Width { get; private set; }
    public int Height { get; private set; }
    public int Size { get; private set; }
    public bool Animated { get; private set; }
    public required string CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; set; }

    /// <summary>Where recipients and our pages get it; made absolute when a message is sent.</summary>
    public string Url => MediaUrls.Of(File);
    public string Thumb => MediaUrls.Of(NarrowFile ?? File);

    internal void Show(StoredImage wide, StoredImage? narrow, DateTimeOffset now)
    {
        (File, NarrowFile, UpdatedAt) = (wide.Name, narrow?.Name, now);
        (Width, Height) = (wide.Image.Width, wide.Image.Height);
        (Size, Animated) = (wide.Image.Bytes.Length, wide.Image.IsAnimated);
    }
}

/// <summary>The bytes of an image under the hash of its content; never changed, so that it may be cached for ever.</summary>
public sealed class MediaFile
{
    public required string Name { get; init; }
    public required string ContentType { get; init; }
    public required byte[] Bytes { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>The address of images of the library.</summary>
public static class MediaUrls
{
    public const string Root = "/m/";

    public static string Of(string file) => Root + file;
}

internal sealed class MediaConfiguration : IEntityTypeConfiguration<MediaImage>, IEntityTypeConfiguration<MediaFile>
{
    public void Configure(EntityTypeBuilder<MediaImage> builder)
    {
        builder.ToTable("media_images").HasKey(i => i.Id);
        builder.Property(i => i.Id).ValueGeneratedOnAdd();
        builder.Ignore(i => i.Url);
        builder.Ignore(i => i.Thumb);
    }

    public void Configure(EntityTypeBuilder<MediaFile> builder) => builder.ToTable("media_files").HasKey(f => f.Name);
}
