using Estafette.Core.Accounts;
using Estafette.Core.Campaigns;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Core.Statistics;

/// <summary>
/// The report of a campaign for people who do not sign in: figures, time line, links, devices, domains. No recipient and no address is in it.
/// It is the one source of the shared page, of the mail and of the PDF.
/// </summary>
public sealed record ReportSheet
{
    public required CampaignId Campaign { get; init; }
    public required string Name { get; init; }
    public required string Subject { get; init; }

    /// <summary>How the customer looks.</summary>
    public required CustomerBrand Brand { get; init; }
    public required CampaignStatus Status { get; init; }
    public DateTimeOffset? LaunchedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>When these figures were read.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>"fr" or "en".</summary>
    public required string Language { get; init; }
    public required TimeZoneInfo Zone { get; init; }
    public required CampaignReport Report { get; init; }
    public required IReadOnlyList<DeviceFigures> Devices { get; init; }
    public required IReadOnlyList<ProviderFigures> Providers { get; init; }

    /// <summary>Reads the sheet; null when the customer has no such campaign.</summary>
    /// <param name="customer">Whose campaign.</param>
    /// <param name="id">Which campaign.</param>
    /// <param name="language">"fr" or "en"; null: the customer's.</param>
    /// <param name="db">The database.</param>
    /// <param name="clock">The time it says it was made.</param>
    /// <param name="ct">Stops the reading.</param>
    public static async Task<ReportSheet?> ReadAsync(
        CustomerId customer,
        CampaignId id,
        string? language,
        EstafetteDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (await db.Of<Campaign>(customer).AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct) is not { } campaign)
            return null;
        var owner = await db.Set<Customer>().AsNoTracking().SingleAsync(c => c.Id == customer, ct);
        return new ReportSheet
        {
            Campaign = id,
            Name = campaign.Name,
            Subject = campaign.Subject,
            Brand = CustomerBrand.Of(owner),
            Status = campaign.Status,
            LaunchedAt = campaign.LaunchedAt,
            FinishedAt = campaign.FinishedAt,
            At = clock.GetUtcNow(),
            Language = language ?? owner.Language,
            Zone = TimeZoneInfo.FindSystemTimeZoneById(owner.TimeZone),
            Report = (await ReportCampaign.RunAsync(customer, id, db, ct))!,
            Devices = (await ReportDevices.RunAsync(customer, id, db, ct))!,
            Providers = (await ReportDomains.RunAsync(customer, id, db, ct))!,
        };
    }
}
