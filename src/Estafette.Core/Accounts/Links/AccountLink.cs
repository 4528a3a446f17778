using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Accounts;

/// <summary>What following a link does.</summary>
public enum LinkPurpose : short
{
    /// <summary>A new user chooses a password.</summary>
    Invitation = 0,

    /// <summary>A user chooses a new password.</summary>
    PasswordReset = 1,

    /// <summary>A user confirms a new address.</summary>
    EmailChange = 2,
}

/// <summary>A link that works once, until it expires; only the hash of its token is stored.</summary>
public sealed class AccountLink : ICustomerOwned
{
    public long Id { get; private set; }
    public required CustomerId CustomerId { get; init; }

    /// <summary>Whose link it is; null for somebody who is no user yet.</summary>
    public long? UserId { get; init; }
    public required LinkPurpose Purpose { get; init; }
    public required string TokenHash { get; set; }

    /// <summary>The address it was sent to.</summary>
    public required string Email { get; init; }

    /// <summary>Role of an invited user.</summary>
    public UserRole? Role { get; init; }
    public string? Language { get; init; }
    public required string CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; set; }
    public DateTimeOffset? UsedAt { get; set; }
    public DateTimeOffset? RevokedAt { get; set; }

    /// <summary>Whether following it does something at this time.</summary>
    public bool Works(DateTimeOffset now) => UsedAt is null && RevokedAt is null && now < ExpiresAt;

    /// <summary>A new link and its token.</summary>
    internal static (AccountLink Link, string Token) Create(
        LinkPurpose purpose,
        CustomerId customer,
        long? userId,
        string email,
        string by,
        DateTimeOffset now,
        TimeSpan lasts,
        UserRole? role = null,
        string? language = null
    )
    {
        var token = SecretToken.Create();
        var link = new AccountLink
        {
            CustomerId = customer,
            UserId = userId,
            Purpose = purpose,
            TokenHash = SecretToken.HashOf(token),
            Email = email,
            Role = role,
            Language = language,
            CreatedBy = by,
            CreatedAt = now,
            ExpiresAt = now + lasts,
        };
        return (link, token);
    }

    /// <summary>The link of a token, or null when there is none that works; looked up by hash, so that no comparison leaks the token.</summary>
    internal static async Task<AccountLink?> FindAsync(
        LinkPurpose purpose,
        string? token,
        EstafetteDb db,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        if (token?.Length != SecretToken.Length)
            return null;
        var hash = SecretToken.HashOf(token);
        var link = await db.Set<AccountLink>().SingleOrDefaultAsync(l => l.TokenHash == hash && l.Purpose == purpose, ct);
        return link?.Works(now) == true ? link : null;
    }
}

internal sealed class AccountLinkConfiguration : IEntityTypeConfiguration<AccountLink>
{
    public void Configure(EntityTypeBuilder<AccountLink> builder)
    {
        builder.ToTable("account_links").HasKey(l => l.Id);
        builder.Property(l => l.Id).ValueGeneratedOnAdd();
    }
}
