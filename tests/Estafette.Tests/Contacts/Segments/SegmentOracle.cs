using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Estafette.Core.Campaigns;
using Estafette.Core.Contacts;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Platform;

namespace Estafette.Tests.Contacts.Segments;

/// <summary>Says in plain C#, person by person, who belongs to a definition or an audience: written without a look at the SQL.</summary>
internal sealed class SegmentOracle(SegmentWorld world, DateTimeOffset now, IReadOnlyDictionary<long, SegmentDefinition> segments)
{
    private static readonly TimeZoneInfo Zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Paris");

    private DateOnly Today => DayOf(now);

    public bool Holds(SegmentNode node, Person p) =>
        node switch
        {
            SegmentGroup { Items.Count: 0 } => false,
            SegmentGroup { Any: true } any => any.Items.Any(i => Holds(i, p)),
            SegmentGroup all => all.Items.All(i => Holds(i, p)),
            _ => Condition((SegmentCondition)node, p),
        };

    /// <summary>0: gets a message; else the reason.</summary>
    public int? Reason(AudienceTargets t, Person p)
    {
        bool In(SegmentId s) => Holds(segments[s.Value].Root, p);
        var fromLists = p.Lists.Where(l => t.Lists.Any(x => x.Value == l.Key)).Select(l => l.Value.Status).ToList();
        var bySegment = t.Segments.Any(In);
        if (fromLists.Count == 0 && !bySegment)
            return null;
        if (p.Email is null)
            return (int)AudienceReason.NoAddress;
        var everywhere = p.Lists.Values.Select(l => l.Status).ToList();
        if (!fromLists.Contains(SubscriptionStatus.Confirmed) && !(bySegment && everywhere.Contains(SubscriptionStatus.Confirmed)))
        {
            var asked = t.Segments.Count > 0 ? everywhere : fromLists;
            return (int)(
                asked.Contains(SubscriptionStatus.Unsubscribed) ? AudienceReason.Unsubscribed
                : asked.Count > 0 ? AudienceReason.Unconfirmed
                : AudienceReason.NotSubscribed
            );
        }
        if (t.ExcludedLists.Any(l => p.Lists.TryGetValue(l.Value, out var s) && s.Status != SubscriptionStatus.Unsubscribed))
            return (int)AudienceReason.ExcludedByList;
        if (t.ExcludedSegments.Any(In))
            return (int)AudienceReason.ExcludedBySegment;
        return p.Suppression is { } reason ? 10 + reason : 0;
    }

    private bool Condition(SegmentCondition c, Person p) =>
        c.Subject switch
        {
            SegmentSubject.Email => Text(c, p.Email),
            SegmentSubject.Domain => (p.Email?.Split('@')[1] == c.Value) == (c.Operator == SegmentOperator.Is),
            SegmentSubject.Phone => Text(c, p.Phone),
            SegmentSubject.FirstName => Text(Folded(c), Folded(p.First)),
            SegmentSubject.LastName => Text(Folded(c), Folded(p.Last)),
            SegmentSubject.Language => Text(c, p.Language),
            SegmentSubject.Created => DayHolds(c, DayOf(p.Created), false),
            SegmentSubject.Updated => DayHolds(c, DayOf(p.Updated), false),
            SegmentSubject.Import => (p.Import?.ToString(CultureInfo.InvariantCulture) == c.Key) == (c.Operator == SegmentOperator.Is),
            SegmentSubject.TrackingConsent => (p.Consent.ToString() == c.Value) == (c.Operator == SegmentOperator.Is),
            SegmentSubject.Suppressed => (p is { Suppression: not null, Email: not null }) == (c.Operator == SegmentOperator.Yes),
            SegmentSubject.List => InList(c, p),
            SegmentSubject.ListSince => p.Lists.TryGetValue(Id(c), out var s)
                && s.Status != SubscriptionStatus.Unsubscribed
                && DayHolds(c, DayOf(s.Since), false),
            SegmentSubject.LastActivity => c.Operator switch
            {
                SegmentOperator.Ever => p.LastOpenDay is not null,
                SegmentOperator.Never => p.LastOpenDay is null,
                _ => p.LastOpenDay is { } day && DayHolds(c, new DateOnly(1970, 1, 1).AddDays(day), false),
            },
            SegmentSubject.Segment => Holds(segments[Id(c)].Root, p) == (c.Operator == SegmentOperator.Member),
            SegmentSubject.Attribute => Attribute(c, p.Attributes?[c.Key!]),
            _ => Engagement(c, p),
        };

    private static long Id(SegmentCondition c) => long.Parse(c.Key!, CultureInfo.InvariantCulture);

    private static DateOnly DayOf(DateTimeOffset at) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, Zone).DateTime);

    private static bool InList(SegmentCondition c, Person p)
    {
        SubscriptionStatus? status = p.Lists.TryGetValue(Id(c), out var s) ? s.Status : null;
        return c.Operator switch
        {
            SegmentOperator.Confirmed => status == SubscriptionStatus.Confirmed,
            SegmentOperator.Unconfirmed => status == SubscriptionStatus.Unconfirmed,
            SegmentOperator.Unsubscribed => status == SubscriptionStatus.Unsubscribed,
            SegmentOperator.Member => status is SubscriptionStatus.Confirmed or SubscriptionStatus.Unconfirmed,
            _ => status is null or SubscriptionStatus.Unsubscribed,
        };
    }

    private static string Small(string text) => string.Concat(text.Select(x => x is >= 'A' and <= 'Z' ? char.ToLowerInvariant(x) : x));

    private static SegmentCondition Folded(SegmentCondition c) => c with { Value = Folded(c.Value) };

    private static string? Folded(string? text) => text is null ? null : FoldedText.Of(text);

    private static bool Text(SegmentCondition c, string? value)
    {
        var (text, wanted) = (value is null ? null : Small(value), Small(c.Value ?? ""));
        return c.Operator switch
        {
            SegmentOperator.Is => text == wanted,
            SegmentOperator.IsNot => text != wanted,
            SegmentOperator.Contains => text?.Contains(wanted, StringComparison.Ordinal) == true,
            SegmentOperator.ContainsNot => text?.Contains(wanted, StringComparison.Ordinal) != true,
            SegmentOperator.Starts => text?.StartsWith(wanted, StringComparison.Ordinal) == true,
            SegmentOperator.Ends => text?.EndsWith(wanted, StringComparison.Ordinal) == true,
            SegmentOperator.Empty => string.IsNullOrEmpty(text),
            _ => !string.IsNullOrEmpty(text),
        };
    }

    private static DateOnly Parse(string? text) => DateOnly.ParseExact(text!, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    private bool DayHolds(SegmentCondition c, DateOnly day, bool attribute)
    {
        var days = int.TryParse(c.Value, out var n) ? n : 0;
        return c.Operator switch
        {
            SegmentOperator.LastDays => day >= Today.AddDays(-days) && (!attribute || day <= Today),
            SegmentOperator.OlderDays => day < Today.AddDays(-days),
            SegmentOperator.NextDays => day >= Today && day <= Today.AddDays(days),
            SegmentOperator.AnniversaryDays => Enumerable.Range(0, days + 1).Any(i => Celebrates(day, Today.AddDays(i))),
            SegmentOperator.On => day == Parse(c.Value),
            SegmentOperator.Before => day < Parse(c.Value),
            SegmentOperator.After => day > Parse(c.Value),
            _ => day >= Parse(c.Value) && day <= Parse(c.Value2),
        };
    }

    private static bool Celebrates(DateOnly born, DateOnly day) =>
        (born.Month, born.Day) == (day.Month, day.Day)
        || ((born.Month, born.Day) == (2, 29) && !DateTime.IsLeapYear(day.Year) && (day.Month, day.Day) == (3, 1));

    private bool Attribute(SegmentCondition c, JsonNode? node)
    {
        if (c.Kind == AttributeKind.Text)
            return Text(c, node is null or JsonArray ? null : Plain(node));
        if (c.Kind == AttributeKind.List)
            return ListHolds(c, node);
        object? value = c.Kind switch
        {
            AttributeKind.Number => NumberOf(node),
            AttributeKind.Date => DateOf(node),
            _ => TruthOf(node),
        };
        return c.Operator switch
        {
            SegmentOperator.Empty => value is null,
            SegmentOperator.NotEmpty => value is not null,
            SegmentOperator.IsNot when value is null => true,
            _ when value is null => false,
            _ => value switch
            {
                decimal number => NumberHolds(c, number),
                DateOnly day => DayHolds(c, day, true),
                _ => (bool)value == (c.Operator == SegmentOperator.Yes),
            },
        };
    }

    private static string Plain(JsonNode node) =>
        node.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : node.ToJsonString();

    private static bool ListHolds(SegmentCondition c, JsonNode? node)
    {
        var items = node switch
        {
            null => [],
            JsonArray array => array.Select(a => Small(Plain(a!))).ToList(),
            _ => [Small(Plain(node))],
        };
        return c.Operator switch
        {
            SegmentOperator.Holds => items.Contains(Small(c.Value!)),
            SegmentOperator.HoldsNot => !items.Contains(Small(c.Value!)),
            SegmentOperator.Empty => items.Count == 0,
            _ => items.Count > 0,
        };
    }

    private static decimal? NumberOf(JsonNode? node) =>
        node is null or JsonArray ? null
        : node.GetValueKind() == JsonValueKind.Number ? decimal.Parse(node.ToJsonString(), CultureInfo.InvariantCulture)
        : node.GetValueKind() == JsonValueKind.String
        && Regex.IsMatch(Plain(node), @"\A-?[0-9]*\.?[0-9]*\z")
        && Plain(node).Any(char.IsDigit)
            ? decimal.Parse(Plain(node), CultureInfo.InvariantCulture)
        : null;

    private static DateOnly? DateOf(JsonNode? node) =>
        node is null or JsonArray ? null
        : DateOnly.TryParseExact(Plain(node).Split('T')[0], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var iso)
            ? iso
        : DateOnly.TryParseExact(Plain(node), "dd/MM/yyyy", CultureInfo.InvariantCulture, DateTimeStyles.None, out var french) ? french
        : null;

    private static bool? TruthOf(JsonNode? node) =>
        node is null or JsonArray
            ? null
            : Small(Plain(node)) switch
            {
                "true" or "oui" or "yes" or "vrai" or "1" => true,
                "false" or "non" or "no" or "faux" or "0" => false,
                _ => null,
            };

    private static bool NumberHolds(SegmentCondition c, decimal number)
    {
        var wanted = decimal.Parse(c.Value!, CultureInfo.InvariantCulture);
        return c.Operator switch
        {
            SegmentOperator.Is => number == wanted,
            SegmentOperator.IsNot => number != wanted,
            SegmentOperator.Less => number < wanted,
            SegmentOperator.AtMost => number <= wanted,
            SegmentOperator.More => number > wanted,
            SegmentOperator.AtLeast => number >= wanted,
            _ => number >= wanted && number <= decimal.Parse(c.Value2!, CultureInfo.InvariantCulture),
        };
    }

    private bool Engagement(SegmentCondition c, Person p)
    {
        DateTimeOffset? When(Got d) =>
            c.Subject switch
            {
                SegmentSubject.Opened => d.Opened,
                SegmentSubject.Clicked => d.Clicked,
                SegmentSubject.Delivered => d.Status is 2 or 5 ? d.Sent : null,
                _ => d.Sent,
            };
        bool Missed(List<Got> of) => of.All(d => When(d) is null) && (c.Subject == SegmentSubject.Sent || of.Any(d => d.Sent is not null));
        var recent = world.Campaigns.Where(x => x.At < now).OrderByDescending(x => x.At).Take(int.TryParse(c.Value, out var n) ? n : 0);
        var ofCampaign = c.Operator is SegmentOperator.InCampaign or SegmentOperator.NotInCampaign
            ? p.Deliveries.Where(d => d.Campaign == Id(c)).ToList()
            : p.Deliveries.Where(d => recent.Any(x => x.Id == d.Campaign)).ToList();
        return c.Operator switch
        {
            SegmentOperator.InCampaign or SegmentOperator.InLastCampaigns => ofCampaign.Any(d => When(d) is not null),
            SegmentOperator.NotInCampaign or SegmentOperator.NotInLastCampaigns => Missed(ofCampaign),
            SegmentOperator.InDays => p.Deliveries.Any(d => When(d) is { } at && DayOf(at) >= Today.AddDays(-n)),
            SegmentOperator.NotInDays => !p.Deliveries.Any(d => When(d) is { } at && DayOf(at) >= Today.AddDays(-n)),
            SegmentOperator.Ever => p.Deliveries.Any(d => When(d) is not null),
            _ => p.Deliveries.All(d => When(d) is null),
        };
    }
}
