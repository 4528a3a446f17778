using Estafette.Core.Platform;
using Estafette.Protocols.Addresses;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Accounts;

/// <summary>A new address to sign in with, which its owner confirms by a link sent there.</summary>
public static class EmailChanges
{
    public static readonly TimeSpan Lasts = TimeSpan.FromHours(24);

    /// <summary>The token for the mail to the new address, or null when the text is no address. A taken address is found out when it is confirmed.</summary>
    public static async Task<(AccountLink Link, string Token)?> RequestAsync(
        Actor actor,
        User user,
        string? email,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (!EmailAddress.TryParse(email, out var address, out _))
            return null;
        var now = clock.GetUtcNow();
        foreach (
            var old in await db.Of<AccountLink>(user.CustomerId)
                .Where(l => l.UserId == user.Id && l.Purpose == LinkPurpose.EmailChange && l.UsedAt == null && l.RevokedAt == null)
                .ToListAsync(ct)
        )
            old.RevokedAt = now;
        var (link, token) = AccountLink.Create(
            LinkPurpose.EmailChange,
            user.CustomerId,
            user.Id,
            address.Address,
            user.UserName!,
            now,
            Lasts
        );
        db.Add(link);
        db.Add(actor, "user.email-asked", user.UserName!, now, address.Address);
        await db.SaveChangesAsync(ct);
        return (link, token);
    }

    /// <summary>The link of a token, or null when it does not work.</summary>
    public static Task<AccountLink?> FindAsync(string? token, EstafetteDb db, TimeProvider clock, CancellationToken ct) =>
        AccountLink.FindAsync(LinkPurpose.EmailChange, token, db, clock.GetUtcNow(), ct);

    /// <summary>Makes the confirmed address the one to sign in with; returns the old one, or null when the link does not work or the address is taken.</summary>
    public static async Task<string?> ConfirmAsync(
        string? token,
        string? ip,
        UserManager<User> users,
        SessionKeeper sessions,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        var now = clock.GetUtcNow();
        if (await AccountLink.FindAsync(LinkPurpose.EmailChange, token, db, now, ct) is not { UserId: { } id } link)
            return null;
        var user = await db.Set<User>().SingleAsync(u => u.Id == id, ct);
        var before = user.UserName!;
        if (!await CheckSignIn.MayBeHereAsync(user, db, ct) || await users.FindByNameAsync(link.Email) is { } other && other.Id != id)
            return null;
        link.UsedAt = now;
        (user.UserName, user.Email, user.EmailConfirmed) = (link.Email, link.Email, true);
        var updated = await users.UpdateAsync(user);
        if (!updated.Succeeded)
            return null;
        db.Add(new Actor(user.CustomerId, before) { Ip = ip }, "user.email-changed", link.Email, now, before);
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        sessions.Forget();
        return before;
    }
}
