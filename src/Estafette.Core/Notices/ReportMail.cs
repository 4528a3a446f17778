using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Platform;
using Estafette.Protocols.Addresses;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Estafette.Core.Notices;

/// <summary>When a report is sent. Values are stored: never renumber.</summary>
public enum ReportMoment : short
{
    Now = 0,

    /// <summary>When the campaign is finished.</summary>
    AtFinish = 1,
    OneDayAfter = 2,
    SevenDaysAfter = 3,
}

/// <summary>A report promised to one address.</summary>
public sealed class ReportMail : ICustomerOwned
{
    public long Id { get; private set; }
    public required CustomerId CustomerId { get; init; }
    public required CampaignId CampaignId { get; init; }
    public required string Address { get; init; }

    /// <summary>"fr" or "en".</summary>
    public required string Language { get; init; }
    public required ReportMoment Moment { get; init; }
    public required string CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was queued.</summary>
    public DateTimeOffset? SentAt { get; private set; }
    public DateTimeOffset? CancelledAt { get; internal set; }

    /// <summary>When it is due, for a campaign that finished at this time; null while that is open.</summary>
    public DateTimeOffset? DueAt(DateTimeOffset? finished) =>
        Moment switch
        {
            ReportMoment.Now => CreatedAt,
            ReportMoment.AtFinish => finished,
            ReportMoment.OneDayAfter => finished?.AddDays(1),
            _ => finished?.AddDays(7),
        };
}

internal sealed class ReportMailConfiguration : IEntityTypeConfiguration<ReportMail>
{
    public void Configure(EntityTypeBuilder<ReportMail> builder)
    {
        builder.ToTable("report_mails").HasKey(m => m.Id);
        builder.Property(m => m.Id).ValueGeneratedOnAdd();
    }
}

/// <summary>Promises the report of a campaign to addresses, and takes such promises back.</summary>
public static class PromiseReport
{
    /// <summary>Addresses of one order.</summary>
    public const int MaxAddresses = 20;

    /// <summary>Reports of one campaign that wait.</summary>
    public const int MaxWaiting = 200;

    /// <returns>The addresses that are none; empty when all are promised; null when the customer has no such campaign or too many wait.</returns>
    public static async Task<IReadOnlyList<string>?> RunAsync(
        Actor actor,
        CampaignId campaign,
        IReadOnlyList<string> addresses,
        ReportMoment moment,
        string language,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var name = await db.Of<Campaign>(actor.Customer).Where(c => c.Id == campaign).Select(c => c.Name).SingleOrDefaultAsync(ct);
        var waiting = await db.Of<ReportMail>(actor.Customer)
            .CountAsync(m => m.CampaignId == campaign && m.SentAt == null && m.CancelledAt == null, ct);
        if (name is null || addresses.Count is 0 or > MaxAddresses || waiting + addresses.Count > MaxWaiting)
            return null;
        var wrong = addresses.Where(a => !EmailAddress.TryParse(a, out _, out _)).ToList();
        if (wrong.Count > 0)
            return wrong;
        var now = clock.GetUtcNow();
        foreach (var address in addresses.Distinct(StringComparer.OrdinalIgnoreCase))
            db.Add(
                new ReportMail
                {
                    CustomerId = actor.Customer,
                    CampaignId = campaign,
                    Address = address,
                    Language = language == "en" ? "en" : "fr",
                    Moment = moment,
                    CreatedBy = actor.UserName,
                    CreatedAt = now,
                }
            );
        db.Add(actor, "report.mailed", $"campaign {campaign} {name}", now, $"{moment}: {addresses.Count}");
        await db.SaveChangesAsync(ct);
        return [];
    }

    /// <summary>The promises of a campaign, newest first.</summary>
    public static async Task<IReadOnlyList<ReportMail>> ListAsync(
        CustomerId customer,
        CampaignId campaign,
        EstafetteDb db,
        CancellationToken ct
    ) =>
        await db.Of<ReportMail>(customer)
            .AsNoTracking()
            .Where(m => m.CampaignId == campaign)
            .OrderByDescending(m => m.Id)
            .Take(50)
            .ToListAsync(ct);

    /// <summary>Takes a promise back; false when it was kept already or is not the campaign's.</summary>
    public static async Task<bool> CancelAsync(
        Actor actor,
        CampaignId campaign,
        long id,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var mail = await db.Of<ReportMail>(actor.Customer)
            .SingleOrDefaultAsync(m => m.Id == id && m.CampaignId == campaign && m.SentAt == null, ct);
        if (mail is null)
            return false;
        var now = clock.GetUtcNow();
        mail.CancelledAt ??= now;
        db.Add(actor, "report.mail_cancelled", $"campaign {campaign}", now);
        await db.SaveChangesAsync(ct);
        return true;
    }
}
