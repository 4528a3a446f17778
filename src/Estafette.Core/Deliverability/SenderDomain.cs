using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Deliverability;

/// <summary>A domain of sender addresses with its DKIM key.</summary>
public sealed class SenderDomain : ICustomerOwned
{
    public long Id { get; private set; }
    public required CustomerId CustomerId { get; init; }

    /// <summary>A-label, lower case.</summary>
    public required string Domain { get; init; }
    public required string DkimSelector { get; set; }

    /// <summary>Base64 SubjectPublicKeyInfo: the p= tag of the DNS record.</summary>
    public required string DkimPublicKey { get; set; }

    /// <summary>The private key, encrypted; never shown.</summary>
    public required string DkimProtectedKey { get; set; }

    /// <summary>Messages are signed; off until the DNS record is published.</summary>
    public bool DkimActive { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A From name and address that campaigns can choose.</summary>
public sealed class SenderIdentity : ICustomerOwned
{
    public long Id { get; private set; }
    public required CustomerId CustomerId { get; init; }
    public required string Name { get; set; }
    public required string Email { get; set; }
    public string? ReplyTo { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class SenderDomainConfiguration : IEntityTypeConfiguration<SenderDomain>, IEntityTypeConfiguration<SenderIdentity>
{
    public void Configure(EntityTypeBuilder<SenderDomain> builder)
    {
        builder.ToTable("sender_domains").HasKey(d => d.Id);
        builder.Property(d => d.Id).ValueGeneratedOnAdd();
    }

    public void Configure(EntityTypeBuilder<SenderIdentity> builder)
    {
        builder.ToTable("sender_identities").HasKey(d => d.Id);
        builder.Property(d => d.Id).ValueGeneratedOnAdd();
    }
}
