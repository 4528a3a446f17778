using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Campaigns.Attachments;

/// <summary>A file that goes with every message of a campaign.</summary>
public sealed class CampaignAttachment : ICustomerOwned
{
    public long Id { get; private set; }
    public required CustomerId CustomerId { get; init; }
    public required CampaignId CampaignId { get; init; }

    /// <summary>Name offered to the recipients; once in a campaign.</summary>
    public required string Filename { get; init; }

    /// <summary>Media type without parameters.</summary>
    public required string ContentType { get; init; }

    /// <summary>Bytes, before they are encoded for the mail.</summary>
    public required long Size { get; init; }

    /// <summary>SHA-256 of the bytes, in lower-case hexadecimal: the key of its <see cref="AttachmentFile"/>.</summary>
    public required string Hash { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>The bytes of attachments, once for each content of a customer; they go some time after the last attachment that has them.</summary>
public sealed class AttachmentFile : ICustomerOwned
{
    public required CustomerId CustomerId { get; init; }
    public required string Hash { get; init; }
    public required byte[] Bytes { get; init; }
}

internal sealed class AttachmentConfiguration : IEntityTypeConfiguration<CampaignAttachment>, IEntityTypeConfiguration<AttachmentFile>
{
    public void Configure(EntityTypeBuilder<CampaignAttachment> builder)
    {
        builder.ToTable("campaign_attachments").HasKey(a => a.Id);
        builder.Property(a => a.Id).ValueGeneratedOnAdd();
    }

    public void Configure(EntityTypeBuilder<AttachmentFile> builder) =>
        builder.ToTable("attachment_files").HasKey(f => new { f.CustomerId, f.Hash });
}
