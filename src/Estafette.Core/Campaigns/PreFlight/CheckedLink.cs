using System.Security.Cryptography;
using System.Text;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Campaigns.PreFlight;

/// <summary>What asking an address came to. Values are stored: never renumber.</summary>
public enum LinkState : short
{
    Waiting = 0,
    Good = 1,

    /// <summary>It answered with an error.</summary>
    Broken = 2,

    /// <summary>It did not answer, or lies where this installation does not ask.</summary>
    Unreachable = 3,
}

/// <summary>An address of a message and what it answered (table "link_checks").</summary>
public sealed class CheckedLink : ICustomerOwned
{
    public required CustomerId CustomerId { get; init; }

    /// <summary>Hash of the address: addresses are too long for a key.</summary>
    public required string UrlKey { get; init; }
    public required string Url { get; init; }
    public LinkState State { get; set; }

    /// <summary>Status of the last answer.</summary>
    public int? Code { get; set; }

    /// <summary>Size of the answer where it says so.</summary>
    public long? Bytes { get; set; }
    public string? Detail { get; set; }
    public required DateTimeOffset AskedAt { get; set; }
    public DateTimeOffset? CheckedAt { get; set; }

    public static string KeyOf(string url) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(url)))[..32];
}

internal sealed class CheckedLinkConfiguration : IEntityTypeConfiguration<CheckedLink>
{
    public void Configure(EntityTypeBuilder<CheckedLink> builder) =>
        builder.ToTable("link_checks").HasKey(l => new { l.CustomerId, l.UrlKey });
}
