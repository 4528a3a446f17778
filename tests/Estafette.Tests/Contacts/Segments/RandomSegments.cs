using System.Globalization;
using Estafette.Core.Contacts;
using Estafette.Core.Contacts.Segments;
using Estafette.Core.Platform;

namespace Estafette.Tests.Contacts.Segments;

/// <summary>Definitions made by chance, of every subject and operator.</summary>
internal sealed class RandomSegments(SegmentWorld world, Random random, DateTimeOffset now)
{
    private static readonly SegmentSubject[] Subjects = Enum.GetValues<SegmentSubject>();

    /// <summary>Conditions on attributes only.</summary>
    public bool AttributesOnly { get; init; }

    /// <summary>Segments that may be named.</summary>
    public List<SegmentId> Known { get; } = [];

    public SegmentDefinition Next() => new(Group(1));

    /// <summary>One condition of every subject, kind and operator there is.</summary>
    public IEnumerable<SegmentDefinition> Each() =>
        from subject in Subjects
        from kind in subject == SegmentSubject.Attribute ? Enum.GetValues<AttributeKind>() : [AttributeKind.Text]
        from op in SegmentRules.OperatorsOf(subject, kind)
        where subject != SegmentSubject.Segment || Known.Count > 0
        select new SegmentDefinition(new SegmentGroup(false, [Fill(new SegmentCondition(subject, op, Kind: kind))]));

    private SegmentGroup Group(int depth) =>
        new(
            random.Next(2) == 0,
            [
                .. Enumerable
                    .Range(0, random.Next(1, 4))
                    .Select(_ => depth < CheckSegment.MaxDepth && random.Next(3) == 0 ? (SegmentNode)Group(depth + 1) : Condition()),
            ]
        );

    private SegmentCondition Condition()
    {
        var subject = AttributesOnly ? SegmentSubject.Attribute : Subjects[random.Next(Subjects.Length)];
        if (subject == SegmentSubject.Segment && Known.Count == 0)
            subject = SegmentSubject.Email;
        var kind = subject == SegmentSubject.Attribute ? (AttributeKind)random.Next(5) : AttributeKind.Text;
        var operators = SegmentRules.OperatorsOf(subject, kind);
        return Fill(new SegmentCondition(subject, operators[random.Next(operators.Count)], Kind: kind));
    }

    private T Pick<T>(params ReadOnlySpan<T> of) => of[random.Next(of.Length)];

    private SegmentCondition Fill(SegmentCondition c)
    {
        c = c with { Key = Key(c) };
        var (value, second) = SegmentRules.InputOf(c) switch
        {
            SegmentInput.None => ((string?)null, (string?)null),
            SegmentInput.Language => (Pick("fr", "en"), null),
            SegmentInput.Consent => (Enum.GetNames<TrackingConsent>()[random.Next(3)], null),
            SegmentInput.Number => (Number(0), null),
            SegmentInput.NumberRange => (Number(0), Number(15)),
            SegmentInput.Date => (Date(0), null),
            SegmentInput.DateRange => (Date(0), Date(random.Next(40))),
            SegmentInput.Days => (random.Next(0, 90).ToString(CultureInfo.InvariantCulture), null),
            SegmentInput.Count => (random.Next(1, 6).ToString(CultureInfo.InvariantCulture), null),
            _ => (Text(c), null),
        };
        return c with { Value = value, Value2 = second };
    }

    private string? Key(SegmentCondition c) =>
        SegmentRules.KeyOf(c) switch
        {
            SegmentKey.Attribute => c.Kind switch
            {
                AttributeKind.Number => Pick("points", "city"),
                AttributeKind.Date => "birthday",
                AttributeKind.Boolean => "member",
                AttributeKind.List => "tags",
                _ => Pick("city", "city", "tags", "member", "birthday"),
            },
            SegmentKey.List => world.Lists[random.Next(world.Lists.Count)].ToString(),
            SegmentKey.Campaign => world.Campaigns[random.Next(world.Campaigns.Count)].Id.ToString(CultureInfo.InvariantCulture),
            SegmentKey.Import => Pick("1", "2"),
            SegmentKey.Segment => Known[random.Next(Known.Count)].ToString(),
            _ => null,
        };

    private string Number(int more) => (random.Next(0, 40) + more + Pick(0m, 0.5m)).ToString(CultureInfo.InvariantCulture);

    private string Date(int later) =>
        DateOnly.FromDateTime(now.Date).AddDays(-random.Next(0, 100) + later).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private string Text(SegmentCondition c) =>
        c.Subject switch
        {
            SegmentSubject.Domain => Pick<string>(SegmentWorld.Domains),
            SegmentSubject.Email => c.Operator is SegmentOperator.Is or SegmentOperator.IsNot
                ? world.People[random.Next(world.People.Count)].Email ?? "nobody@r.test"
                : Pick("ana", "BOB", "test", "1", "@r.t", "tel:"),
            SegmentSubject.Phone => Pick("+3360000", "1", "+33600001002"),
            SegmentSubject.Attribute when c.Kind == AttributeKind.List => Pick("red", "Blue"),
            SegmentSubject.Attribute => Pick("paris", "Lyon", "é", "tru", "oui", "1", "2026"),
            _ => Pick("ana", "martin", "O'Neil", "n", "D", "CHLOÉ", "chloe", "ém", "em"),
        };
}
