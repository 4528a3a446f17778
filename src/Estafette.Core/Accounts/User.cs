using Estafette.Core.Platform;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Accounts;

/// <summary>What a user may do for the customer.</summary>
public enum UserRole : short
{
    Administrator = 0,
    Manager = 1,
    Editor = 2,
    Sender = 3,
    Reader = 4,
}

/// <summary>A person who signs in.</summary>
public sealed class User : IdentityUser<long>, ICustomerOwned
{
    public CustomerId CustomerId { get; init; }
    public UserRole Role { get; set; }

    /// <summary>Interface language, "fr" or "en"; null: the browser's.</summary>
    public string? Language { get; set; }

    /// <summary>How the person is called on screen; null: by address.</summary>
    public string? Name { get; set; }

    /// <summary>Runs the installation: creates, limits, suspends and helps customers.</summary>
    public bool IsOperator { get; set; }

    /// <summary>May not sign in since then; what the person did stays theirs.</summary>
    public DateTimeOffset? DeactivatedAt { get; set; }

    /// <summary>Secret of the authenticator app, encrypted; null: there is none.</summary>
    public string? TotpSecret { get; set; }

    /// <summary>Time step of the last accepted code.</summary>
    public long TotpStep { get; set; }

    /// <summary>The password was given by somebody else and works once.</summary>
    public bool MustChangePassword { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? LastSignInAt { get; set; }
}

internal sealed class UserConfiguration
    : IEntityTypeConfiguration<User>,
        IEntityTypeConfiguration<IdentityUserClaim<long>>,
        IEntityTypeConfiguration<IdentityUserLogin<long>>,
        IEntityTypeConfiguration<IdentityUserToken<long>>
{
    public void Configure(EntityTypeBuilder<User> builder)
    {
        builder.ToTable("users").HasKey(u => u.Id);
        builder.Property(u => u.Id).ValueGeneratedOnAdd();
        builder.Property(u => u.ConcurrencyStamp).IsConcurrencyToken();
    }

    public void Configure(EntityTypeBuilder<IdentityUserClaim<long>> builder) => builder.ToTable("user_claims").HasKey(c => c.Id);

    public void Configure(EntityTypeBuilder<IdentityUserLogin<long>> builder) =>
        builder.ToTable("user_logins").HasKey(l => new { l.LoginProvider, l.ProviderKey });

    public void Configure(EntityTypeBuilder<IdentityUserToken<long>> builder) =>
        builder
            .ToTable("user_tokens")
            .HasKey(t => new
            {
                t.UserId,
                t.LoginProvider,
                t.Name,
            });
}
