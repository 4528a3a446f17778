using Estafette.Core.Delivery;
using Estafette.Core.Statistics;

namespace Estafette.Web.Campaigns;

/// <summary>The filter of the deliveries page as it stands in the address: one choice is a status or what the recipient did.</summary>
internal static class DeliveryChoice
{
    /// <summary>What a recipient may have done, by its word in the address and in the resources.</summary>
    public static readonly IReadOnlyDictionary<string, EngagementFilter> Deeds = new Dictionary<string, EngagementFilter>(
        StringComparer.Ordinal
    )
    {
        ["opened"] = EngagementFilter.Opened,
        ["clicked"] = EngagementFilter.Clicked,
        ["unsubscribed"] = EngagementFilter.Unsubscribed,
        ["complained"] = EngagementFilter.Complained,
    };

    public static DeliveryFilter Read(IQueryCollection query)
    {
        var choice = query["status"].ToString();
        var search = query["q"].ToString().Trim();
        return new DeliveryFilter
        {
            Status = Enum.TryParse<DeliveryStatus>(choice, out var status) && Enum.IsDefined(status) ? status : null,
            Engagement = Deeds.GetValueOrDefault(choice),
            AddressPrefix = search.Length > 0 ? search : null,
        };
    }

    public static string Write(DeliveryFilter filter)
    {
        var deed = Deeds.FirstOrDefault(d => d.Value == filter.Engagement).Key;
        return $"q={Uri.EscapeDataString(filter.AddressPrefix ?? "")}&status={filter.Status?.ToString() ?? deed}";
    }

    public static bool IsEmpty(DeliveryFilter filter) => filter == new DeliveryFilter();
}
