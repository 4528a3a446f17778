using System.Security.Cryptography;
using System.Text;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Messages.Editing;

/// <summary>The editing side of a content: what its owner's own columns do not say.</summary>
public sealed class ContentHead : ICustomerOwned
{
    public required ContentOwner OwnerKind { get; init; }
    public required long OwnerId { get; init; }
    public required short Variant { get; init; }
    public required CustomerId CustomerId { get; init; }
    public ContentMode Mode { get; private set; }
    public string? Mjml { get; private set; }

    /// <summary>Hash of the html that the source made; another html was written by hand.</summary>
    public string? MjmlHtmlHash { get; private set; }

    /// <summary>Rises with every save.</summary>
    public int Revision { get; private set; }
    public string SavedBy { get; private set; } = "";
    public DateTimeOffset SavedAt { get; private set; }

    internal void Save(ContentText content, string by, DateTimeOffset now)
    {
        (Mode, SavedBy, SavedAt) = (content.Mode, by, now);
        if (content.Mjml is null || content.Mode == ContentMode.Visual)
            MjmlHtmlHash = content.Mjml is null ? null : Hash(content.Html);
        Mjml = content.Mjml;
        Revision++;
    }

    internal void CopyFrom(ContentHead other, string by, DateTimeOffset now)
    {
        (Mode, Mjml, MjmlHtmlHash) = (other.Mode, other.Mjml, other.MjmlHtmlHash);
        (SavedBy, SavedAt) = (by, now);
        Revision++;
    }

    /// <summary>Another address in source and html; what came from the source still does.</summary>
    internal void Exchange(string before, string after, string? html, string? newHtml)
    {
        if (IsMadeFromMjml(html))
            MjmlHtmlHash = Hash(newHtml);
        Mjml = Mjml?.Replace(before, after, StringComparison.Ordinal);
        Revision++;
    }

    internal bool IsMadeFromMjml(string? html) => Mjml is not null && MjmlHtmlHash == Hash(html);

    internal static string Hash(params string?[] parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in parts)
            hash.AppendData(Encoding.UTF8.GetBytes(part is null ? "\0" : part + "\n\0"));
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }
}

/// <summary>One version of a content on its way, kept to be compared with and gone back to.</summary>
public sealed class ContentDraft : ICustomerOwned
{
    public long Id { get; private set; }
    public required CustomerId CustomerId { get; init; }
    public required ContentOwner OwnerKind { get; init; }
    public required long OwnerId { get; init; }
    public required short Variant { get; init; }

    /// <summary>Given by a person, or by what was about to happen; such a version is never written over.</summary>
    public string? Name { get; set; }
    public ContentMode Mode { get; private set; }
    public string Subject { get; private set; } = "";
    public string? Preheader { get; private set; }
    public string? Mjml { get; private set; }
    public string? Html { get; private set; }
    public string? Text { get; private set; }

    /// <summary>Null: not through the editor (command line, interface of programs).</summary>
    public string? SavedBy { get; init; }

    /// <summary>First save of the row.</summary>
    public required DateTimeOffset StartedAt { get; init; }
    public DateTimeOffset SavedAt { get; private set; }

    internal ContentText Content => new(Mode, Subject, Preheader, Mjml, Html, Text);

    internal void Write(ContentText content, DateTimeOffset now)
    {
        (Mode, Subject, Preheader) = (content.Mode, content.Subject, content.Preheader);
        (Mjml, Html, Text, SavedAt) = (content.Mjml, content.Html, content.Text, now);
    }
}

internal sealed class ContentDraftConfiguration : IEntityTypeConfiguration<ContentHead>, IEntityTypeConfiguration<ContentDraft>
{
    public void Configure(EntityTypeBuilder<ContentHead> builder)
    {
        builder
            .ToTable("content_heads")
            .HasKey(h => new
            {
                h.OwnerKind,
                h.OwnerId,
                h.Variant,
            });
        builder.Property(h => h.Revision).IsConcurrencyToken();
    }

    public void Configure(EntityTypeBuilder<ContentDraft> builder)
    {
        builder.ToTable("content_drafts").HasKey(d => d.Id);
        builder.Property(d => d.Id).ValueGeneratedOnAdd();
        builder.Ignore(d => d.Content);
    }
}
