using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Accounts;

/// <summary>A key of the API; only its SHA-256 is stored.</summary>
public sealed class ApiKey : ICustomerOwned
{
    public long Id { get; private set; }
    public required CustomerId CustomerId { get; init; }
    public required string Name { get; set; }

    /// <summary>The first characters, to tell keys apart on screen.</summary>
    public required string Prefix { get; init; }
    public required string Hash { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? LastUsedAt { get; set; }
    public DateTimeOffset? RevokedAt { get; set; }

    /// <summary>Names of <see cref="ApiScopes"/> separated by spaces; "*": all, for keys from before there were scopes.</summary>
    public required string Scopes { get; init; }

    /// <summary>Refused from then on; null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Who created it.</summary>
    public string? CreatedBy { get; init; }
}

/// <summary>Who did what.</summary>
public sealed class AuditEntry : ICustomerOwned
{
    public long Id { get; private set; }
    public required CustomerId CustomerId { get; init; }
    public required string UserName { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>Verb in the past, such as "campaign.launched".</summary>
    public required string Action { get; init; }

    /// <summary>What it was done to, such as "campaign 12 Offre d'été".</summary>
    public required string Object { get; init; }
    public string? Detail { get; init; }

    /// <summary>Address the request came from; null for the command line and the program itself.</summary>
    public string? Ip { get; init; }
}

internal sealed class ApiKeyConfiguration : IEntityTypeConfiguration<ApiKey>, IEntityTypeConfiguration<AuditEntry>
{
    public void Configure(EntityTypeBuilder<ApiKey> builder)
    {
        builder.ToTable("api_keys").HasKey(k => k.Id);
        builder.Property(k => k.Id).ValueGeneratedOnAdd();
    }

    public void Configure(EntityTypeBuilder<AuditEntry> builder)
    {
        builder.ToTable("audit_log").HasKey(e => e.Id);
        builder.Property(e => e.Id).ValueGeneratedOnAdd();
    }
}
