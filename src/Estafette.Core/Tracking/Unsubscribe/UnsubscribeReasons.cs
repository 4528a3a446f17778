using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Tracking.Unsubscribe;

/// <summary>How often a reason was given; <paramref name="Reason"/> is null for answers in words only.</summary>
public sealed record ReasonCount(UnsubscribeReason? Reason, long Count);

/// <summary>An answer in the person's own words.</summary>
public sealed record LeavingComment(DeliveryId Delivery, string Text, UnsubscribeReason? Reason, DateTimeOffset At);

/// <summary>The reasons for leaving that a customer proposes, and how often each was given.</summary>
public static class UnsubscribeReasons
{
    /// <summary>Most reasons a customer may propose.</summary>
    public const int Most = 12;

    /// <summary>All of them, in their order, with those no longer proposed. A customer begins with four of ours.</summary>
    public static async Task<IReadOnlyList<UnsubscribeReason>> ListAsync(CustomerId customer, EstafetteDb db, CancellationToken ct)
    {
        var reasons = await ReadAsync(customer, db, ct);
        if (reasons.Count > 0)
            return reasons;
        await using var write = await db.BeginWriteAsync(ct);
        if (!await db.Of<UnsubscribeReason>(customer).AnyAsync(ct))
        {
            db.AddRange(Ours.Select((r, i) => New(customer, i, r.French, r.English)));
            await db.SaveChangesAsync(ct);
        }
        await write.CommitAsync(ct);
        return await ReadAsync(customer, db, ct);
    }

    /// <summary>What the people who left a campaign answered, the most frequent first; null: all campaigns of the customer.</summary>
    public static async Task<IReadOnlyList<ReasonCount>> CountAsync(
        CustomerId customer,
        CampaignId? campaign,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var counts = await Answers(customer, campaign, db)
            .GroupBy(a => a.ReasonId)
            .Select(g => new { Reason = g.Key, Count = g.LongCount() })
            .ToListAsync(ct);
        var reasons = (await ReadAsync(customer, db, ct)).ToDictionary(r => r.Id);
        return [.. counts.OrderByDescending(c => c.Count).Select(c => new ReasonCount(Find(reasons, c.Reason), c.Count))];
    }

    /// <summary>The latest answers in words.</summary>
    public static async Task<IReadOnlyList<LeavingComment>> CommentsAsync(
        CustomerId customer,
        CampaignId? campaign,
        int count,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var answers = await Answers(customer, campaign, db)
            .Where(a => a.Comment != null)
            .OrderByDescending(a => a.At)
            .Take(count)
            .ToListAsync(ct);
        var reasons = (await ReadAsync(customer, db, ct)).ToDictionary(r => r.Id);
        return answers.ConvertAll(a => new LeavingComment(a.DeliveryId, a.Comment!, Find(reasons, a.ReasonId), a.At));
    }

    internal static UnsubscribeReason New(CustomerId customer, int position, string french, string english) =>
        new()
        {
            CustomerId = customer,
            Position = position,
            French = french,
            English = english,
        };

    private static IQueryable<UnsubscribeAnswer> Answers(CustomerId customer, CampaignId? campaign, EstafetteDb db) =>
        db.Of<UnsubscribeAnswer>(customer).AsNoTracking().Where(a => campaign == null || a.CampaignId == campaign);

    private static Task<List<UnsubscribeReason>> ReadAsync(CustomerId customer, EstafetteDb db, CancellationToken ct) =>
        db.Of<UnsubscribeReason>(customer).AsNoTracking().OrderBy(r => r.Position).ToListAsync(ct);

    private static UnsubscribeReason? Find(Dictionary<long, UnsubscribeReason> reasons, long? id) =>
        id is { } known ? reasons.GetValueOrDefault(known) : null;

    private static readonly (string French, string English)[] Ours =
    [
        ("Je reçois trop de messages", "I receive too many messages"),
        ("Le contenu ne m’intéresse plus", "The content no longer interests me"),
        ("Je ne me suis jamais inscrit", "I never subscribed"),
        ("Les messages s’affichent mal", "The messages do not display well"),
    ];
}

/// <summary>A reason as a user edits it; without id a new one.</summary>
public sealed record ReasonInput(long? Id, string French, string English, bool Active);

/// <summary>Replaces the reasons for leaving that a customer proposes.</summary>
public static class EditUnsubscribeReasons
{
    private const int MaxChars = 200;

    /// <returns>False, and nothing is stored, when there are too many, or one is empty or too long.</returns>
    public static async Task<bool> RunAsync(
        Actor actor,
        IReadOnlyList<ReasonInput> inputs,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (inputs.Count > UnsubscribeReasons.Most || !inputs.All(i => IsGood(i.French) && IsGood(i.English)))
            return false;
        await using var write = await db.BeginWriteAsync(ct);
        var known = await db.Of<UnsubscribeReason>(actor.Customer).ToListAsync(ct);
        foreach (var (position, input) in inputs.Index())
        {
            var reason = known.SingleOrDefault(r => r.Id == input.Id);
            if (reason is null)
                db.Add(reason = UnsubscribeReasons.New(actor.Customer, position, input.French, input.English));
            (reason.Position, reason.French, reason.English) = (position, input.French.Trim(), input.English.Trim());
            reason.Active = input.Active;
        }
        // What was answered keeps its words.
        foreach (var gone in known.Where(r => !inputs.Any(i => i.Id == r.Id)))
            (gone.Active, gone.Position) = (false, int.MaxValue);
        db.Add(actor, "unsubscribe-reasons.changed", $"{inputs.Count} reasons", clock.GetUtcNow());
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return true;
    }

    private static bool IsGood(string text) => text.Trim().Length is > 0 and <= MaxChars;
}

/// <summary>Records why somebody left; without effect for a message whose recipient has not left.</summary>
internal static class AnswerUnsubscribe
{
    private const int MaxComment = 1000;

    public static async Task<bool> RunAsync(
        Recipient person,
        long? reason,
        string? comment,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (person.UnsubscribedAt is null)
            return false;
        comment = comment is { Length: > MaxComment } ? comment[..MaxComment] : comment;
        await using var write = await db.BeginWriteAsync(ct);
        if (!await db.Of<UnsubscribeReason>(person.Customer).AnyAsync(r => r.Id == reason && r.Active, ct))
            reason = null;
        if (reason is null && comment is null)
            return false;
        var answer = await db.Of<UnsubscribeAnswer>(person.Customer).SingleOrDefaultAsync(a => a.DeliveryId == person.Delivery, ct);
        if (answer is null)
            db.Add(
                answer = new UnsubscribeAnswer
                {
                    DeliveryId = person.Delivery,
                    CustomerId = person.Customer,
                    CampaignId = person.Campaign,
                    At = clock.GetUtcNow(),
                }
            );
        (answer.ReasonId, answer.Comment, answer.At) = (reason, comment, clock.GetUtcNow());
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return true;
    }
}
