using Estafette.Core.Delivery;
using Estafette.Core.Platform;
using Microsoft.EntityFrameworkCore;

namespace Estafette.Web.Campaigns;

/// <summary>Which deliveries of a campaign are shown: by status, by what the recipient did, by part of the address.</summary>
internal sealed record DeliveryFilter(DeliveryStatus? Status, string? Deed, string? Search)
{
    /// <summary>What a recipient may have done.</summary>
    public static readonly string[] Deeds = ["opened", "clicked", "unsubscribed", "complained"];

    public bool IsEmpty => Status is null && Deed is null && Search is null;

    public static DeliveryFilter From(IQueryCollection query)
    {
        var search = query["q"].ToString().Trim().ToLowerInvariant();
        var choice = query["status"].ToString();
        return new DeliveryFilter(
            Enum.TryParse<DeliveryStatus>(choice, out var status) && Enum.IsDefined(status) ? status : null,
            Deeds.Contains(choice, StringComparer.Ordinal) ? choice : null,
            search.Length > 0 ? search : null
        );
    }

    public string ToQuery() => $"q={Uri.EscapeDataString(Search ?? "")}&status={Status?.ToString() ?? Deed}";

    public IQueryable<DeliveryRecord> Apply(IQueryable<DeliveryRecord> rows, CampaignId campaign)
    {
        rows = rows.Where(d => d.CampaignId == campaign);
        if (Status is { } status)
            rows = rows.Where(d => d.Status == status);
        rows = Deed switch
        {
            "opened" => rows.Where(d => d.OpenedAt != null),
            "clicked" => rows.Where(d => d.ClickedAt != null),
            "unsubscribed" => rows.Where(d => d.UnsubscribedAt != null),
            "complained" => rows.Where(d => d.ComplainedAt != null),
            _ => rows,
        };
        return Search is { } search ? rows.Where(d => d.AddressKey.Contains(search)) : rows;
    }
}
