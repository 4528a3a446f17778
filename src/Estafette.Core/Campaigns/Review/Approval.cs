using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Campaigns.Review;

/// <summary>Where the approval of a campaign stands.</summary>
public enum ApprovalState
{
    /// <summary>The customer asks for none.</summary>
    NotNeeded,

    /// <summary>Nobody asked for it yet, or the campaign changed since.</summary>
    Missing,

    /// <summary>Asked for, not answered.</summary>
    Asked,
    Refused,
    Approved,
}

/// <summary>One request to approve a campaign, with its answer (table "approvals").</summary>
public sealed class Approval : ICustomerOwned
{
    public long Id { get; private set; }
    public required CustomerId CustomerId { get; init; }
    public required CampaignId CampaignId { get; init; }

    /// <summary>The campaign as it was shown; any other one needs another approval.</summary>
    public required string Fingerprint { get; init; }
    public required string AskedBy { get; init; }
    public required DateTimeOffset AskedAt { get; init; }
    public string? Note { get; init; }
    public string? AnsweredBy { get; set; }
    public DateTimeOffset? AnsweredAt { get; set; }
    public bool Approved { get; set; }
    public string? Word { get; set; }
}

/// <summary>Asks for the approval of a campaign, answers it, and tells where it stands.</summary>
public static class Approvals
{
    private const int MaxWord = 1000;

    /// <summary>Where the approval stands, with the request it is about.</summary>
    public static async Task<(ApprovalState State, Approval? Request)> ReadAsync(
        Campaign campaign,
        Customer owner,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        if (!owner.RequiresApproval)
            return (ApprovalState.NotNeeded, null);
        var last = await db.Of<Approval>(campaign.CustomerId)
            .AsNoTracking()
            .Where(a => a.CampaignId == campaign.Id)
            .OrderByDescending(a => a.Id)
            .FirstOrDefaultAsync(ct);
        if (last is null || last.Fingerprint != await Fingerprint.OfAsync(campaign, db, ct))
            return (ApprovalState.Missing, last);
        return (
            last.AnsweredAt is null ? ApprovalState.Asked
            : last.Approved ? ApprovalState.Approved
            : ApprovalState.Refused,
            last
        );
    }

    /// <summary>A sender asks for the approval of the campaign as it is now.</summary>
    public static async Task<CampaignOutcome> AskAsync(
        Actor actor,
        CampaignId id,
        string? note,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        if (await db.Of<Campaign>(actor.Customer).AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct) is not { } campaign)
            return CampaignOutcome.NotFound.Instance;
        if (!campaign.IsContentEditable)
            return new CampaignOutcome.WrongStatus(campaign.Status);
        var owner = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == actor.Customer, ct);
        var problems = (await CheckCampaign.RunAsync(campaign, owner, db, ct)).Where(p => p.IsError && p.Field != "approval").ToList();
        if (note?.Length > MaxWord)
            problems.Add(new("approval.word", "note", true, $"A word has at most {MaxWord} characters."));
        if (problems.Count > 0)
            return new CampaignOutcome.Invalid(problems);
        var now = clock.GetUtcNow();
        db.Add(
            new Approval
            {
                CustomerId = actor.Customer,
                CampaignId = id,
                Fingerprint = await Fingerprint.OfAsync(campaign, db, ct),
                AskedBy = actor.UserName,
                AskedAt = now,
                Note = note,
            }
        );
        db.Add(actor, "campaign.approval_asked", $"campaign {id} {campaign.Name}", now, note);
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return CampaignOutcome.Done.Instance;
    }

    /// <summary>A manager other than the author answers the open request.</summary>
    public static async Task<CampaignOutcome> AnswerAsync(
        Actor actor,
        CampaignId id,
        bool approve,
        string? word,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        if (await db.Of<Campaign>(actor.Customer).AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct) is not { } campaign)
            return CampaignOutcome.NotFound.Instance;
        var request = await db.Of<Approval>(actor.Customer)
            .Where(a => a.CampaignId == id)
            .OrderByDescending(a => a.Id)
            .FirstOrDefaultAsync(ct);
        if (request is not { AnsweredAt: null } || request.Fingerprint != await Fingerprint.OfAsync(campaign, db, ct))
            return CampaignOutcome.Changed.Instance;
        var problems = Refuse(actor, approve, word, campaign, request).ToList();
        if (problems.Count > 0)
            return new CampaignOutcome.Invalid(problems);
        var now = clock.GetUtcNow();
        (request.AnsweredBy, request.AnsweredAt, request.Approved, request.Word) = (actor.UserName, now, approve, word);
        db.Add(actor, approve ? "campaign.approved" : "campaign.refused", $"campaign {id} {campaign.Name}", now, word);
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return CampaignOutcome.Done.Instance;
    }

    private static IEnumerable<CampaignProblem> Refuse(Actor actor, bool approve, string? word, Campaign campaign, Approval request)
    {
        if (request.AskedBy == actor.UserName || campaign.CreatedBy == actor.UserName)
            yield return new("approval.own", "word", true, "Somebody other than the author approves a campaign.");
        if (!approve && string.IsNullOrWhiteSpace(word))
            yield return new("approval.reason", "word", true, "Say in a word why it is refused.");
        if (word?.Length > MaxWord)
            yield return new("approval.word", "word", true, $"A word has at most {MaxWord} characters.");
    }
}

internal sealed class ApprovalConfiguration : IEntityTypeConfiguration<Approval>
{
    public void Configure(EntityTypeBuilder<Approval> builder)
    {
        builder.ToTable("approvals").HasKey(a => a.Id);
        builder.Property(a => a.Id).ValueGeneratedOnAdd();
    }
}
