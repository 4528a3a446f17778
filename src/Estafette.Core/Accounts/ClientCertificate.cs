using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Accounts;

/// <summary>A certificate that identifies a calling application; only its public key counts, by hash.</summary>
public sealed class ClientCertificate : ICustomerOwned
{
    public long Id { get; private set; }
    public required CustomerId CustomerId { get; init; }
    public required string Name { get; set; }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo, in lower-case hexadecimal.</summary>
    public required string KeyHash { get; init; }

    /// <summary>Distinguished name, for people, and for trust by authority.</summary>
    public required string Subject { get; init; }
    public required DateTimeOffset NotBefore { get; init; }
    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>Names of <see cref="ApiScopes"/> separated by spaces.</summary>
    public required string Scopes { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public string? CreatedBy { get; init; }
    public DateTimeOffset? LastUsedAt { get; set; }
    public DateTimeOffset? RevokedAt { get; set; }

    /// <summary>The hash by which the key of a certificate is known.</summary>
    public static string HashOf(X509Certificate2 certificate) =>
        Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
}

internal sealed class ClientCertificateConfiguration : IEntityTypeConfiguration<ClientCertificate>
{
    public void Configure(EntityTypeBuilder<ClientCertificate> builder)
    {
        builder.ToTable("client_certificates").HasKey(c => c.Id);
        builder.Property(c => c.Id).ValueGeneratedOnAdd();
    }
}
