using Estafette.Core.Accounts;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Campaigns.Review;

/// <summary>Somebody read a warning and goes on all the same (table "warning_acknowledgements").</summary>
public sealed class Acknowledgement : ICustomerOwned
{
    public required CampaignId CampaignId { get; init; }
    public required string Code { get; init; }

    /// <summary>The value the warning was about, or nothing.</summary>
    public required string Argument { get; init; }
    public required CustomerId CustomerId { get; init; }

    /// <summary>The campaign as it was then; another one voids it.</summary>
    public required string Fingerprint { get; set; }
    public required string UserName { get; set; }
    public required DateTimeOffset At { get; set; }

    /// <summary>The key of a warning.</summary>
    public static (string Code, string Argument) KeyOf(CampaignProblem problem)
    {
        var argument = problem.Argument ?? (problem.Issue is null ? "" : problem.Message);
        return (problem.Code, argument.Length > 500 ? argument[..500] : argument);
    }
}

/// <summary>Records that a user read warnings of a campaign, and tells which were read.</summary>
public static class AcknowledgeWarnings
{
    public static async Task<CampaignOutcome> RunAsync(
        Actor actor,
        CampaignId id,
        IReadOnlyCollection<CampaignProblem> warnings,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var write = await db.BeginWriteAsync(ct);
        if (await db.Of<Campaign>(actor.Customer).AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct) is not { } campaign)
            return CampaignOutcome.NotFound.Instance;
        var fingerprint = await Fingerprint.OfAsync(campaign, db, ct);
        var now = clock.GetUtcNow();
        var known = await db.Of<Acknowledgement>(actor.Customer).Where(a => a.CampaignId == id).ToListAsync(ct);
        var keys = warnings.Where(w => !w.IsError).Select(Acknowledgement.KeyOf).Distinct().ToList();
        foreach (var (code, argument) in keys)
            if (known.SingleOrDefault(a => a.Code == code && a.Argument == argument) is { } row)
                (row.Fingerprint, row.UserName, row.At) = (fingerprint, actor.UserName, now);
            else
                db.Add(
                    new Acknowledgement
                    {
                        CampaignId = id,
                        Code = code,
                        Argument = argument,
                        CustomerId = actor.Customer,
                        Fingerprint = fingerprint,
                        UserName = actor.UserName,
                        At = now,
                    }
                );
        db.Add(
            actor,
            "campaign.warnings_read",
            $"campaign {id} {campaign.Name}",
            now,
            string.Join(' ', keys.Select(k => k.Code).Distinct())
        );
        await db.SaveChangesAsync(ct);
        await write.CommitAsync(ct);
        return CampaignOutcome.Done.Instance;
    }

    /// <summary>The acknowledgements that still hold, by warning.</summary>
    public static async Task<IReadOnlyDictionary<(string Code, string Argument), Acknowledgement>> ReadAsync(
        Campaign campaign,
        EstafetteDb db,
        CancellationToken ct
    )
    {
        var fingerprint = await Fingerprint.OfAsync(campaign, db, ct);
        return await db.Of<Acknowledgement>(campaign.CustomerId)
            .AsNoTracking()
            .Where(a => a.CampaignId == campaign.Id && a.Fingerprint == fingerprint)
            .ToDictionaryAsync(a => (a.Code, a.Argument), ct);
    }
}

internal sealed class AcknowledgementConfiguration : IEntityTypeConfiguration<Acknowledgement>
{
    public void Configure(EntityTypeBuilder<Acknowledgement> builder) =>
        builder
            .ToTable("warning_acknowledgements")
            .HasKey(a => new
            {
                a.CampaignId,
                a.Code,
                a.Argument,
            });
}
