namespace Estafette.Core.Contacts.Segments;

/// <summary>What a condition is about. Names are stored (in kebab case): never rename.</summary>
public enum SegmentSubject
{
    Email,

    /// <summary>What stands behind the @.</summary>
    Domain,
    Phone,
    FirstName,
    LastName,
    Language,
    Created,
    Updated,

    /// <summary>Added or changed by an import.</summary>
    Import,
    Attribute,

    /// <summary>Where the contact stands in a list.</summary>
    List,

    /// <summary>Since when it is in a list (unsubscribed contacts are not).</summary>
    ListSince,
    TrackingConsent,
    Sent,

    /// <summary>Accepted by the next hop and not bounced since.</summary>
    Delivered,
    Opened,
    Clicked,

    /// <summary>Day of the last open or click of a person.</summary>
    LastActivity,
    Suppressed,
    Segment,
}

/// <summary>How a condition compares. Names are stored (in kebab case): never rename.</summary>
public enum SegmentOperator
{
    Is,
    IsNot,
    Contains,
    ContainsNot,
    Starts,
    Ends,
    Empty,
    NotEmpty,
    Less,
    AtMost,
    More,
    AtLeast,
    Between,
    On,
    Before,
    After,

    /// <summary>From N days ago, at the first hour of the day in the customer's zone, until now.</summary>
    LastDays,
    OlderDays,

    /// <summary>From today to N days from today.</summary>
    NextDays,

    /// <summary>Day and month lie between today and N days from today.</summary>
    AnniversaryDays,
    Yes,
    No,
    Holds,
    HoldsNot,
    Member,
    NotMember,
    Confirmed,
    Unconfirmed,
    Unsubscribed,
    InCampaign,
    NotInCampaign,
    InLastCampaigns,
    NotInLastCampaigns,
    InDays,
    NotInDays,
    Ever,
    Never,
}

/// <summary>How the value of an attribute is read; what cannot be read so counts as absent.</summary>
public enum AttributeKind : short
{
    Text = 0,
    Number = 1,
    Date = 2,
    Boolean = 3,
    List = 4,
}

/// <summary>What a condition needs besides its operator.</summary>
public enum SegmentInput
{
    None,
    Text,
    Number,
    NumberRange,
    Date,
    DateRange,

    /// <summary>0 to 3650.</summary>
    Days,

    /// <summary>1 to 50.</summary>
    Count,
    Language,
    Consent,
}

/// <summary>What a subject's key names.</summary>
public enum SegmentKey
{
    None,
    Attribute,
    List,
    Campaign,
    Import,
    Segment,
}

/// <summary>The table of what can be asked: operators of a subject, and what each of them needs.</summary>
public static class SegmentRules
{
    private static readonly SegmentOperator[] Text =
    [
        SegmentOperator.Is,
        SegmentOperator.IsNot,
        SegmentOperator.Contains,
        SegmentOperator.ContainsNot,
        SegmentOperator.Starts,
        SegmentOperator.Ends,
        SegmentOperator.Empty,
        SegmentOperator.NotEmpty,
    ];

    private static readonly SegmentOperator[] Number =
    [
        SegmentOperator.Is,
        SegmentOperator.IsNot,
        SegmentOperator.Less,
        SegmentOperator.AtMost,
        SegmentOperator.More,
        SegmentOperator.AtLeast,
        SegmentOperator.Between,
        SegmentOperator.Empty,
        SegmentOperator.NotEmpty,
    ];

    private static readonly SegmentOperator[] Past =
    [
        SegmentOperator.LastDays,
        SegmentOperator.OlderDays,
        SegmentOperator.On,
        SegmentOperator.Before,
        SegmentOperator.After,
        SegmentOperator.Between,
    ];

    private static readonly SegmentOperator[] AnyDate =
    [
        .. Past,
        SegmentOperator.NextDays,
        SegmentOperator.AnniversaryDays,
        SegmentOperator.Empty,
        SegmentOperator.NotEmpty,
    ];

    private static readonly SegmentOperator[] Engagement =
    [
        SegmentOperator.InCampaign,
        SegmentOperator.NotInCampaign,
        SegmentOperator.InLastCampaigns,
        SegmentOperator.NotInLastCampaigns,
        SegmentOperator.InDays,
        SegmentOperator.NotInDays,
        SegmentOperator.Ever,
        SegmentOperator.Never,
    ];

    /// <summary>The operators of a subject, the most likely first.</summary>
    public static IReadOnlyList<SegmentOperator> OperatorsOf(SegmentSubject subject, AttributeKind kind) =>
        subject switch
        {
            SegmentSubject.Email or SegmentSubject.Phone or SegmentSubject.FirstName or SegmentSubject.LastName => Text,
            SegmentSubject.Domain => [SegmentOperator.Is, SegmentOperator.IsNot],
            SegmentSubject.Language => [SegmentOperator.Is, SegmentOperator.IsNot, SegmentOperator.Empty, SegmentOperator.NotEmpty],
            SegmentSubject.Created or SegmentSubject.Updated or SegmentSubject.ListSince => Past,
            SegmentSubject.Import or SegmentSubject.TrackingConsent => [SegmentOperator.Is, SegmentOperator.IsNot],
            SegmentSubject.List =>
            [
                SegmentOperator.Confirmed,
                SegmentOperator.Member,
                SegmentOperator.NotMember,
                SegmentOperator.Unconfirmed,
                SegmentOperator.Unsubscribed,
            ],
            SegmentSubject.Sent or SegmentSubject.Delivered or SegmentSubject.Opened or SegmentSubject.Clicked => Engagement,
            SegmentSubject.LastActivity => [.. Past, SegmentOperator.Ever, SegmentOperator.Never],
            SegmentSubject.Suppressed => [SegmentOperator.Yes, SegmentOperator.No],
            SegmentSubject.Segment => [SegmentOperator.Member, SegmentOperator.NotMember],
            _ => kind switch
            {
                AttributeKind.Number => Number,
                AttributeKind.Date => AnyDate,
                AttributeKind.Boolean => [SegmentOperator.Yes, SegmentOperator.No, SegmentOperator.Empty, SegmentOperator.NotEmpty],
                AttributeKind.List => [SegmentOperator.Holds, SegmentOperator.HoldsNot, SegmentOperator.Empty, SegmentOperator.NotEmpty],
                _ => Text,
            },
        };

    /// <summary>What the key of a condition names.</summary>
    public static SegmentKey KeyOf(SegmentCondition condition) =>
        condition.Subject switch
        {
            SegmentSubject.Attribute => SegmentKey.Attribute,
            SegmentSubject.List or SegmentSubject.ListSince => SegmentKey.List,
            SegmentSubject.Import => SegmentKey.Import,
            SegmentSubject.Segment => SegmentKey.Segment,
            _ when condition.Operator is SegmentOperator.InCampaign or SegmentOperator.NotInCampaign => SegmentKey.Campaign,
            _ => SegmentKey.None,
        };

    /// <summary>What is typed besides.</summary>
    public static SegmentInput InputOf(SegmentCondition condition) =>
        condition.Operator switch
        {
            SegmentOperator.Contains or SegmentOperator.ContainsNot or SegmentOperator.Starts or SegmentOperator.Ends => SegmentInput.Text,
            SegmentOperator.Holds or SegmentOperator.HoldsNot => SegmentInput.Text,
            SegmentOperator.Less or SegmentOperator.AtMost or SegmentOperator.More or SegmentOperator.AtLeast => SegmentInput.Number,
            SegmentOperator.On or SegmentOperator.Before or SegmentOperator.After => SegmentInput.Date,
            SegmentOperator.LastDays or SegmentOperator.OlderDays or SegmentOperator.NextDays => SegmentInput.Days,
            SegmentOperator.AnniversaryDays or SegmentOperator.InDays or SegmentOperator.NotInDays => SegmentInput.Days,
            SegmentOperator.InLastCampaigns or SegmentOperator.NotInLastCampaigns => SegmentInput.Count,
            SegmentOperator.Between => IsNumber(condition) ? SegmentInput.NumberRange : SegmentInput.DateRange,
            SegmentOperator.Is or SegmentOperator.IsNot => condition.Subject switch
            {
                SegmentSubject.Import => SegmentInput.None,
                SegmentSubject.Language => SegmentInput.Language,
                SegmentSubject.TrackingConsent => SegmentInput.Consent,
                _ => IsNumber(condition) ? SegmentInput.Number : SegmentInput.Text,
            },
            _ => SegmentInput.None,
        };

    private static bool IsNumber(SegmentCondition condition) =>
        condition is { Subject: SegmentSubject.Attribute, Kind: AttributeKind.Number };
}
