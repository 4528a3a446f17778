using Estafette.Core.Messages.Editing;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Messages;

/// <summary>A reusable model of a content.</summary>
public sealed class Template : ICustomerOwned, IContentHolder
{
    public TemplateId Id { get; private set; }
    public required CustomerId CustomerId { get; init; }
    public required string Name { get; set; }
    public string? Language { get; set; }

    /// <summary>A word of the gallery ("newsletter", "promotion"…), or null.</summary>
    public string? Category { get; set; }
    public required string Subject { get; set; }
    public string? Preheader { get; set; }
    public required string Html { get; set; }
    public string? Text { get; set; }

    string? IContentHolder.Html
    {
        get => Html;
        set => Html = value ?? "";
    }

    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; set; }
}

/// <summary>One version of what a campaign says; never changed once stored, so that each delivery keeps the version it got.</summary>
public sealed class ContentVersion : ICustomerOwned
{
    public ContentId Id { get; private set; }
    public required CustomerId CustomerId { get; init; }
    public CampaignId? CampaignId { get; init; }
    public required int Version { get; init; }
    public required string Subject { get; init; }
    public string? Preheader { get; init; }
    public string? Html { get; init; }
    public string? Text { get; init; }

    /// <summary>The result of content processing as JSON: subject, html, text and link table with placeholders.</summary>
    public required string Processed { get; init; }

    /// <summary>SHA-256 of <see cref="Processed"/> for a content outside campaigns, which is stored once however often it is sent; else null.</summary>
    public string? Digest { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A tracked link of a content version.</summary>
public sealed class ContentLink
{
    public required ContentId ContentId { get; init; }

    /// <summary>Position in the document, from 1.</summary>
    public required int LinkNo { get; init; }
    public required string Url { get; init; }
    public string? Label { get; init; }
}

internal sealed class TemplateConfiguration
    : IEntityTypeConfiguration<Template>,
        IEntityTypeConfiguration<ContentVersion>,
        IEntityTypeConfiguration<ContentLink>
{
    public void Configure(EntityTypeBuilder<Template> builder)
    {
        builder.ToTable("templates").HasKey(t => t.Id);
        builder.Property(t => t.Id).ValueGeneratedOnAdd();
    }

    public void Configure(EntityTypeBuilder<ContentVersion> builder)
    {
        builder.ToTable("contents").HasKey(t => t.Id);
        builder.Property(t => t.Id).ValueGeneratedOnAdd();
    }

    public void Configure(EntityTypeBuilder<ContentLink> builder) =>
        builder.ToTable("content_links").HasKey(l => new { l.ContentId, l.LinkNo });
}
