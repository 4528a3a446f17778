using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Accounts;

/// <summary>How a person proved who they are.</summary>
public enum SignInMethod : short
{
    Password = 0,

    /// <summary>Password and a code of the authenticator app.</summary>
    Code = 1,

    /// <summary>Password and a recovery code.</summary>
    RecoveryCode = 2,
    Passkey = 3,

    /// <summary>Password, on a device that gave a code before.</summary>
    KnownDevice = 4,

    /// <summary>The link of an invitation.</summary>
    Invitation = 5,
}

/// <summary>A person signed in on a device. The cookie holds a random key; the row holds its hash, so that deleting the row ends the session at once.</summary>
public sealed class UserSession : ICustomerOwned
{
    public long Id { get; private set; }

    /// <summary>SHA-256 of the key in the cookie.</summary>
    public required string KeyHash { get; init; }
    public required long UserId { get; init; }
    public required CustomerId CustomerId { get; init; }
    public required SignInMethod Method { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset LastUsedAt { get; set; }
    public string? Ip { get; set; }
    public string? UserAgent { get; init; }

    /// <summary>The customer an operator works for at the moment.</summary>
    public CustomerId? EnteredCustomerId { get; set; }
    public DateTimeOffset? EnteredUntil { get; set; }
}

/// <summary>Where a request comes from.</summary>
public sealed record RequestOrigin(string? Ip, string? UserAgent)
{
    /// <summary>Longest program name that is kept.</summary>
    public const int MaxUserAgent = 300;
}

internal sealed class UserSessionConfiguration : IEntityTypeConfiguration<UserSession>
{
    public void Configure(EntityTypeBuilder<UserSession> builder)
    {
        builder.ToTable("user_sessions").HasKey(s => s.Id);
        builder.Property(s => s.Id).ValueGeneratedOnAdd();
    }
}
