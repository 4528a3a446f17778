using System.Globalization;
using System.Text;
using Estafette.Core.Delivery;
using Estafette.Core.Delivery.Rules;
using Estafette.Core.Platform;
using Estafette.Core.Statistics;
using Estafette.Web.Grids;

namespace Estafette.Web.Campaigns;

/// <summary>
/// The filter of the recipients page as it stands in the address. The choice "status" is a group of statuses, one status, or what the
/// recipient did; times are of the customer's zone, as the browser's field writes them (2026-03-03T10:00).
/// </summary>
internal static class DeliveryChoice
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm";

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

    /// <summary>Statuses that belong together, by their word in the address.</summary>
    public static readonly IReadOnlyDictionary<string, IReadOnlyList<DeliveryStatus>> Groups = new Dictionary<
        string,
        IReadOnlyList<DeliveryStatus>
    >(StringComparer.Ordinal)
    {
        ["reached"] = [DeliveryStatus.Sent, DeliveryStatus.Delivered],
        ["left-out"] = [DeliveryStatus.Cancelled, DeliveryStatus.Suppressed],
        ["failed"] = [DeliveryStatus.SoftBounced, DeliveryStatus.HardBounced, DeliveryStatus.Rejected, DeliveryStatus.Expired],
        ["waiting"] = [DeliveryStatus.Pending, DeliveryStatus.Sending, DeliveryStatus.Deferred, DeliveryStatus.InDoubt],
    };

    /// <summary>Words of the address besides the search.</summary>
    public static readonly IReadOnlyList<string> Keys =
    [
        "status",
        "reason",
        "domain",
        "provider",
        "server",
        "opened-from",
        "opened-to",
        "clicked-from",
        "clicked-to",
        "link",
        "cause",
        "attempts",
        "content",
    ];

    public static DeliveryFilter Read(GridQuery query, TimeZoneInfo zone)
    {
        string? Text(string name) => name == GridQuery.SearchKey ? query.Search : query.Filter(name);
        var choice = Text("status") ?? "";
        return new DeliveryFilter
        {
            Status = Value<DeliveryStatus>(choice),
            Statuses = Groups.TryGetValue(choice, out var group) ? group : [],
            Engagement = Deeds.GetValueOrDefault(choice),
            AddressPrefix = Text("q"),
            Reason = Value<DeliveryReason>(Text("reason")) is { } reason and not DeliveryReason.None ? reason : null,
            Domain = Text("domain")?.TrimStart('@'),
            Provider = MailProviders.Names.Contains(Text("provider"), StringComparer.Ordinal) ? Text("provider") : null,
            Server = Number(Text("server")) is > 0 and { } server ? new ServerId(server) : null,
            OpenedFrom = Time(Text("opened-from"), zone),
            OpenedBefore = Time(Text("opened-to"), zone),
            ClickedFrom = Time(Text("clicked-from"), zone),
            ClickedBefore = Time(Text("clicked-to"), zone),
            Link = Link(Text("link")),
            Cause = Number(Text("cause")) is { } cause && Enum.IsDefined((FailureCause)(short)cause) ? (FailureCause)cause : null,
            AttemptsAtLeast = Number(Text("attempts")) is > 1 and <= 100 and { } attempts ? (int)attempts : null,
            Content = Number(Text("content")) is > 0 and { } content ? new ContentId(content) : null,
        };
    }

    /// <summary>The same as Read understands it, without what is not set.</summary>
    public static string Write(DeliveryFilter filter, TimeZoneInfo zone)
    {
        var text = new StringBuilder();
        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
                text.Append(text.Length > 0 ? "&" : "").Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }
        Add("q", filter.AddressPrefix);
        Add("status", ChoiceOf(filter));
        Add("reason", filter.Reason?.ToString());
        Add("domain", filter.Domain);
        Add("provider", filter.Provider);
        Add("server", filter.Server?.ToString());
        Add("opened-from", Local(filter.OpenedFrom, zone));
        Add("opened-to", Local(filter.OpenedBefore, zone));
        Add("clicked-from", Local(filter.ClickedFrom, zone));
        Add("clicked-to", Local(filter.ClickedBefore, zone));
        Add("link", filter.Link is { } link ? $"{link.Content}.{link.LinkNo}" : null);
        Add("cause", filter.Cause is { } cause ? ((short)cause).ToString(CultureInfo.InvariantCulture) : null);
        Add("attempts", filter.AttemptsAtLeast?.ToString(CultureInfo.InvariantCulture));
        Add("content", filter.Content?.ToString());
        return text.ToString();
    }

    /// <summary>The word of the chosen status, group or deed; null when none is.</summary>
    public static string? ChoiceOf(DeliveryFilter filter) =>
        filter.Status?.ToString()
        ?? Groups.FirstOrDefault(g => filter.Statuses.Count > 0 && ReferenceEquals(g.Value, filter.Statuses)).Key
        ?? Deeds.FirstOrDefault(d => d.Value == filter.Engagement).Key;

    /// <summary>Whether something besides search and status is set: then the builder stands open.</summary>
    public static bool IsBuilt(DeliveryFilter filter) =>
        (filter with { AddressPrefix = null, Status = null, Statuses = [], Engagement = EngagementFilter.Any }) is { IsEmpty: false };

    /// <summary>A time as the browser's field has it.</summary>
    public static string? Local(DateTimeOffset? at, TimeZoneInfo zone) =>
        at is { } time ? TimeZoneInfo.ConvertTime(time, zone).ToString(TimeFormat, CultureInfo.InvariantCulture) : null;

    private static DateTimeOffset? Time(string? text, TimeZoneInfo zone) =>
        DateTime.TryParseExact(text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local)
            ? new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime()
            : null;

    private static TEnum? Value<TEnum>(string? text)
        where TEnum : struct, Enum =>
        Enum.TryParse<TEnum>(text, out var value) && Enum.IsDefined(value) && !char.IsDigit(text![0]) ? value : null;

    private static long? Number(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static (ContentId, int)? Link(string? text) =>
        text?.Split('.') is [var content, var no] && Number(content) is > 0 and { } id && Number(no) is > 0 and <= 65_535 and { } number
            ? (new ContentId(id), (int)number)
            : null;
}
