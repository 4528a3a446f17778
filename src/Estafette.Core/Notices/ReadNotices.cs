using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Notices;

/// <summary>The list behind the bell: what happened, what the user has not seen yet, what they want by mail.</summary>
public static class ReadNotices
{
    /// <summary>Notices shown.</summary>
    public const int MaxShown = 100;

    /// <summary>Newest first, with what the user chose.</summary>
    public static async Task<(IReadOnlyList<Notice> Notices, NoticeChoice Choice)> RunAsync(
        CustomerId customer,
        long user,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var notices = await db.Of<Notice>(customer).AsNoTracking().OrderByDescending(n => n.Id).Take(MaxShown).ToListAsync(ct);
        var choice = await db.Of<NoticeChoice>(customer).AsNoTracking().SingleOrDefaultAsync(c => c.UserId == user, ct);
        return (notices, choice ?? new NoticeChoice { UserId = user, CustomerId = customer });
    }

    /// <summary>How many notices the user has not seen, at most 99.</summary>
    public static async Task<int> UnseenAsync(CustomerId customer, long user, EstafetteDb db, CancellationToken ct)
    {
        var seen = await db.Of<NoticeChoice>(customer).Where(c => c.UserId == user).Select(c => c.SeenId).SingleOrDefaultAsync(ct);
        return await db.Of<Notice>(customer).Where(n => n.Id > seen).Take(99).CountAsync(ct);
    }

    /// <summary>Remembers that the user has seen everything up to a notice.</summary>
    public static async Task SeenAsync(CustomerId customer, long user, long upTo, EstafetteDb db, CancellationToken ct)
    {
        var choice = await ChoiceAsync(customer, user, db, ct);
        choice.SeenId = Math.Max(choice.SeenId, upTo);
        await db.SaveChangesAsync(ct);
    }

    /// <summary>Stores which kinds the user wants by mail.</summary>
    public static async Task ChooseAsync(
        CustomerId customer,
        long user,
        IEnumerable<NoticeKind> kinds,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var choice = await ChoiceAsync(customer, user, db, ct);
        choice.MailKinds = kinds.Where(Enum.IsDefined).Aggregate(0, (bits, kind) => bits | (1 << (int)kind));
        await db.SaveChangesAsync(ct);
    }

    /// <summary>Failed messages in percent that warn about a campaign.</summary>
    public static async Task<int> FailurePercentAsync(CustomerId customer, EstafetteDb db, CancellationToken ct) =>
        await db.Of<NoticeRule>(customer).Select(r => (int?)r.FailurePercent).SingleOrDefaultAsync(ct) ?? FindNotices.DefaultFailurePercent;

    /// <summary>Stores that percentage; 1 to 100.</summary>
    public static async Task SetFailurePercentAsync(Actor actor, int percent, EstafetteDb db, TimeProvider clock, CancellationToken ct)
    {
        var rule = await db.Of<NoticeRule>(actor.Customer).SingleOrDefaultAsync(ct);
        if (rule is null)
            db.Add(rule = new NoticeRule { CustomerId = actor.Customer });
        rule.FailurePercent = Math.Clamp(percent, 1, 100);
        db.Add(actor, "notices.rule_changed", "customer", clock.GetUtcNow(), $"{rule.FailurePercent} %");
        await db.SaveChangesAsync(ct);
    }

    private static async Task<NoticeChoice> ChoiceAsync(CustomerId customer, long user, EstafetteDb db, CancellationToken ct)
    {
        var choice = await db.Of<NoticeChoice>(customer).SingleOrDefaultAsync(c => c.UserId == user, ct);
        if (choice is null)
            db.Add(choice = new NoticeChoice { UserId = user, CustomerId = customer });
        return choice;
    }
}
