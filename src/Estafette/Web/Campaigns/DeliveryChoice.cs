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

    public static DeliveryFilter Of(string? choice, string? search) =>
        new()
        {
            Status = Enum.TryParse<DeliveryStatus>(choice, out var status) && Enum.IsDefined(status) ? status : null,
            Engagement = choice is null ? EngagementFilter.Any : Deeds.GetValueOrDefault(choice),
            AddressPrefix = search,
        };
}
