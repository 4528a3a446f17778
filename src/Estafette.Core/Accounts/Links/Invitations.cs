using Estafette.Core.Platform;
using Estafette.Protocols.Addresses;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Accounts;

/// <summary>Whom to invite.</summary>
public sealed record NewInvitation(string Email, UserRole Role, string Language);

/// <summary>The token of the link, readable this one time, or what is wrong: "email", "taken", "limit".</summary>
public sealed record InvitationResult(AccountLink? Link, string? Token, string? Fault);

/// <summary>Invites people, who choose their password themselves; nobody else ever knows it.</summary>
public static class Invitations
{
    /// <summary>How long an invitation works.</summary>
    public static readonly TimeSpan Lasts = TimeSpan.FromDays(7);

    public static async Task<InvitationResult> InviteAsync(
        Actor actor,
        NewInvitation request,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (!EmailAddress.TryParse(request.Email, out var address, out _) || !Enum.IsDefined(request.Role))
            return new(null, null, "email");
        await using var write = await db.BeginWriteAsync(ct);
        var now = clock.GetUtcNow();
        var email = address.Address;
        var normalized = email.ToUpperInvariant();
        // Somebody of another customer is not betrayed: that person is told when the link is followed.
        if (await db.Of<User>(actor.Customer).AnyAsync(u => u.NormalizedUserName == normalized, ct))
            return new(null, null, "taken");
        var earlier = await Waiting(actor.Customer, db, now).Where(l => l.Email == email).ToListAsync(ct);
        foreach (var old in earlier)
            old.RevokedAt = now;
        await db.SaveChangesAsync(ct);
        if (!await UserLimit.HasRoomAsync(actor.Customer, db, now, ct))
            return new(null, null, "limit");
        var (link, token) = AccountLink.Create(
            LinkPurpose.Invitation,
            actor.Customer,
            null,
            email,
            actor.UserName,
            now,
            Lasts,
            request.Role,
            request.Language
        );
        db.Add(link);
        db.Add(actor, "user.invited", email, now, request.Role.ToString());
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return new(link, token, null);
    }

    /// <summary>Invitations that nobody followed yet and that still work, and those that expired within a month.</summary>
    public static async Task<IReadOnlyList<AccountLink>> ListAsync(
        CustomerId customer,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var since = clock.GetUtcNow() - TimeSpan.FromDays(30);
        return await db.Of<AccountLink>(customer)
            .AsNoTracking()
            .Where(l => l.Purpose == LinkPurpose.Invitation && l.UsedAt == null && l.RevokedAt == null && l.ExpiresAt > since)
            .OrderByDescending(l => l.Id)
            .Take(200)
            .ToListAsync(ct);
    }

    /// <summary>A new link for the same person; the old one works no more. Null when there is no such invitation.</summary>
    public static async Task<(AccountLink Link, string Token)?> RenewAsync(
        Actor actor,
        long id,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (await OpenAsync(actor.Customer, id, db, ct) is not { } link)
            return null;
        var token = SecretToken.Create();
        var now = clock.GetUtcNow();
        (link.TokenHash, link.ExpiresAt) = (SecretToken.HashOf(token), now + Lasts);
        db.Add(actor, "user.invited-again", link.Email, now);
        await db.SaveChangesAsync(ct);
        return (link, token);
    }

    /// <summary>Takes an invitation back; false when there is no such invitation.</summary>
    public static async Task<bool> RevokeAsync(Actor actor, long id, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        if (await OpenAsync(actor.Customer, id, db, ct) is not { } link)
            return false;
        link.RevokedAt = clock.GetUtcNow();
        db.Add(actor, "user.invitation-revoked", link.Email, clock.GetUtcNow());
        await db.SaveChangesAsync(ct);
        return true;
    }

    /// <summary>The invitation of a token, or null when it does not work (any more).</summary>
    public static Task<AccountLink?> FindAsync(string? token, EstafetteDb db, TimeProvider clock, CancellationToken ct) =>
        AccountLink.FindAsync(LinkPurpose.Invitation, token, db, clock.GetUtcNow(), ct);

    /// <summary>Makes the invited person a user. The link is used up in the same transaction; Identity's error codes otherwise.</summary>
    public static async Task<(User? User, IReadOnlyList<string> Errors)> AcceptAsync(
        string? token,
        string? name,
        string password,
        UserManager<User> users,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        var now = clock.GetUtcNow();
        if (await AccountLink.FindAsync(LinkPurpose.Invitation, token, db, now, ct) is not { } link)
            return (null, ["Expired"]);
        if (await db.Set<Customer>().Where(c => c.Id == link.CustomerId).Select(c => c.Suspended).SingleAsync(ct))
            return (null, ["Expired"]);
        if (password.Length > AccountsModule.LongestPassword)
            return (null, ["PasswordTooLong"]);
        var user = new User
        {
            CustomerId = link.CustomerId,
            UserName = link.Email,
            Email = link.Email,
            EmailConfirmed = true,
            Name = UserName.Clean(name),
            Role = link.Role ?? UserRole.Reader,
            Language = link.Language,
            CreatedAt = now,
        };
        link.UsedAt = now;
        var created = await users.CreateAsync(user, password);
        if (!created.Succeeded)
            return (null, [.. created.Errors.Select(e => e.Code)]);
        db.Add(new Actor(link.CustomerId, link.Email), "user.joined", link.Email, now, user.Role.ToString());
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return (user, []);
    }

    internal static IQueryable<AccountLink> Waiting(CustomerId customer, EstafetteDb db, DateTimeOffset now) =>
        db.Of<AccountLink>(customer)
            .Where(l => l.Purpose == LinkPurpose.Invitation && l.UsedAt == null && l.RevokedAt == null && l.ExpiresAt > now);

    private static Task<AccountLink?> OpenAsync(CustomerId customer, long id, EstafetteDb db, CancellationToken ct) =>
        db.Of<AccountLink>(customer)
            .SingleOrDefaultAsync(l => l.Id == id && l.Purpose == LinkPurpose.Invitation && l.UsedAt == null && l.RevokedAt == null, ct);
}

/// <summary>How a user is called on screen.</summary>
public static class UserName
{
    public const int MaxLength = 100;

    /// <summary>Trimmed, without control characters, not too long; null when nothing is left.</summary>
    public static string? Clean(string? name)
    {
        var clean = new string((name ?? "").Where(c => !char.IsControl(c)).ToArray()).Trim();
        return clean.Length == 0 ? null : clean[..Math.Min(clean.Length, MaxLength)];
    }
}

/// <summary>The most users of a customer, invited ones included.</summary>
public static class UserLimit
{
    /// <summary>Users and open invitations.</summary>
    public static async Task<int> UsedAsync(CustomerId customer, EstafetteDb db, DateTimeOffset now, CancellationToken ct) =>
        await db.Of<User>(customer).CountAsync(u => u.DeactivatedAt == null, ct)
        + await Invitations.Waiting(customer, db, now).CountAsync(ct);

    /// <summary>Whether one more fits.</summary>
    public static async Task<bool> HasRoomAsync(CustomerId customer, EstafetteDb db, DateTimeOffset now, CancellationToken ct)
    {
        var most = await db.Set<Customer>().Where(c => c.Id == customer).Select(c => c.MaxUsers).SingleAsync(ct);
        return most is null || await UsedAsync(customer, db, now, ct) < most;
    }
}
