using Estafette.Core.Platform;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Accounts;

/// <summary>A passkey of a user (WebAuthn credential).</summary>
public sealed class UserPasskey
{
    public long Id { get; private set; }
    public required byte[] CredentialId { get; init; }
    public required long UserId { get; init; }

    /// <summary>How the user calls it.</summary>
    public required string Name { get; set; }
    public required byte[] PublicKey { get; init; }

    /// <summary>Rises with each use for authenticators that count; a copy of the key is found by it (WebAuthn level 3 §6.1.1).</summary>
    public long SignCount { get; set; }

    /// <summary>How the authenticator is reached, separated by spaces.</summary>
    public required string Transports { get; init; }
    public bool UserVerified { get; set; }
    public bool BackupEligible { get; init; }
    public bool BackedUp { get; set; }
    public required byte[] AttestationObject { get; init; }
    public required byte[] ClientDataJson { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? LastUsedAt { get; set; }

    internal UserPasskeyInfo ToInfo() =>
        new(
            CredentialId,
            PublicKey,
            CreatedAt,
            (uint)SignCount,
            Transports.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            UserVerified,
            BackupEligible,
            BackedUp,
            AttestationObject,
            ClientDataJson
        )
        {
            Name = Name,
        };
}

internal sealed class UserPasskeyConfiguration : IEntityTypeConfiguration<UserPasskey>, IEntityTypeConfiguration<RecoveryCode>
{
    public void Configure(EntityTypeBuilder<UserPasskey> builder)
    {
        builder.ToTable("user_passkeys").HasKey(p => p.Id);
        builder.Property(p => p.Id).ValueGeneratedOnAdd();
    }

    public void Configure(EntityTypeBuilder<RecoveryCode> builder) =>
        builder.ToTable("recovery_codes").HasKey(c => new { c.UserId, c.Hash });
}

/// <summary>One code of ten that replaces the authenticator app once.</summary>
public sealed class RecoveryCode
{
    public required long UserId { get; init; }
    public required string Hash { get; init; }
    public DateTimeOffset? UsedAt { get; set; }
}

/// <summary>Identity's store with passkeys in a table of plain columns.</summary>
internal sealed class AccountStore(EstafetteDb db, TimeProvider clock, IdentityErrorDescriber? describer = null)
    : UserOnlyStore<User, EstafetteDb, long>(db, describer)
{
    public override async Task AddOrUpdatePasskeyAsync(User user, UserPasskeyInfo passkey, CancellationToken cancellationToken)
    {
        var known = await Context.Set<UserPasskey>().SingleOrDefaultAsync(p => p.CredentialId == passkey.CredentialId, cancellationToken);
        if (known is null)
            Context.Add(Make(user, passkey));
        else if (known.UserId != user.Id)
            throw new InvalidOperationException("The passkey belongs to another user.");
        else
            (known.SignCount, known.UserVerified, known.BackedUp, known.LastUsedAt) = (
                passkey.SignCount,
                passkey.IsUserVerified,
                passkey.IsBackedUp,
                clock.GetUtcNow()
            );
        await Context.SaveChangesAsync(cancellationToken);
    }

    public override async Task<IList<UserPasskeyInfo>> GetPasskeysAsync(User user, CancellationToken cancellationToken) =>
        (await Context.Set<UserPasskey>().AsNoTracking().Where(p => p.UserId == user.Id).ToListAsync(cancellationToken)).ConvertAll(p =>
            p.ToInfo()
        );

    public override async Task<User?> FindByPasskeyIdAsync(byte[] credentialId, CancellationToken cancellationToken) =>
        await (
            from passkey in Context.Set<UserPasskey>()
            join user in Context.Set<User>() on passkey.UserId equals user.Id
            where passkey.CredentialId == credentialId
            select user
        ).SingleOrDefaultAsync(cancellationToken);

    public override async Task<UserPasskeyInfo?> FindPasskeyAsync(User user, byte[] credentialId, CancellationToken cancellationToken) =>
        (
            await Context
                .Set<UserPasskey>()
                .AsNoTracking()
                .SingleOrDefaultAsync(p => p.UserId == user.Id && p.CredentialId == credentialId, cancellationToken)
        )?.ToInfo();

    public override async Task RemovePasskeyAsync(User user, byte[] credentialId, CancellationToken cancellationToken)
    {
        Context.RemoveRange(Context.Set<UserPasskey>().Where(p => p.UserId == user.Id && p.CredentialId == credentialId));
        await Context.SaveChangesAsync(cancellationToken);
    }

    private static UserPasskey Make(User user, UserPasskeyInfo passkey) =>
        new()
        {
            CredentialId = passkey.CredentialId,
            UserId = user.Id,
            Name = passkey.Name ?? "",
            PublicKey = passkey.PublicKey,
            SignCount = passkey.SignCount,
            Transports = string.Join(' ', passkey.Transports ?? []),
            UserVerified = passkey.IsUserVerified,
            BackupEligible = passkey.IsBackupEligible,
            BackedUp = passkey.IsBackedUp,
            AttestationObject = passkey.AttestationObject,
            ClientDataJson = passkey.ClientDataJson,
            CreatedAt = passkey.CreatedAt,
        };
}
