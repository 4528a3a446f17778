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
