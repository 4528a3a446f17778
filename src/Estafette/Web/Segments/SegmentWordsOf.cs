using System.Globalization;
using Estafette.Core.Contacts;
using Estafette.Core.Contacts.Segments;
using Estafette.Web.Layout;
using static Estafette.Web.Words;

namespace Estafette.Web.Segments;

/// <summary>Says a condition in words.</summary>
internal static class SegmentWordsOf
{
    public static string Condition(SegmentCondition c, SegmentNames names)
    {
        var key = SegmentRules.KeyOf(c);
        var name = key is SegmentKey.None ? "" : names.ByKey.GetValueOrDefault((key, c.Key ?? "")) ?? c.Key ?? "…";
        if (c.Subject is SegmentSubject.Sent or SegmentSubject.Delivered or SegmentSubject.Opened or SegmentSubject.Clicked)
            return T($"segments.say-{Kebab(c.Subject)}-{Kebab(c.Operator)}", key == SegmentKey.Campaign ? name : Value(c));
        var subject = key switch
        {
            SegmentKey.None => StatusWords.Of("segments.subject", c.Subject),
            SegmentKey.Attribute => name,
            _ => T("segments.say-keyed", StatusWords.Of("segments.subject", c.Subject), name),
        };
        var op = StatusWords.Of("segments.operator", c.Operator);
        return SegmentRules.InputOf(c) switch
        {
            SegmentInput.None => $"{subject} {op}",
            SegmentInput.DateRange or SegmentInput.NumberRange => $"{subject} {T("segments.say-between", Value(c), Value2(c))}",
            SegmentInput.Days => $"{subject} {T($"segments.say-{Kebab(c.Operator)}", c.Value ?? "…")}",
            _ => $"{subject} {op} {T("segments.say-quoted", Value(c))}",
        };
    }

    private static string Kebab<T>(T value)
        where T : struct, Enum => StatusWords.Kebab(value.ToString());

    private static string Value(SegmentCondition c) => Value(c, c.Value);

    private static string Value2(SegmentCondition c) => Value(c, c.Value2);

    private static string Value(SegmentCondition c, string? value) =>
        value is null
            ? "…"
            : SegmentRules.InputOf(c) switch
            {
                SegmentInput.Date or SegmentInput.DateRange => DateOnly.TryParseExact(value, "yyyy-MM-dd", out var day)
                    ? day.ToString("d", CultureInfo.CurrentCulture)
                    : value,
                SegmentInput.Consent => Enum.TryParse<TrackingConsent>(value, out var consent)
                    ? StatusWords.Of("contacts.tracking", consent)
                    : value,
                SegmentInput.Language => Texts.Has("shared.language-" + value) ? T("shared.language-" + value) : value,
                SegmentInput.Number or SegmentInput.NumberRange => decimal.TryParse(value, CultureInfo.InvariantCulture, out var number)
                    ? number.ToString("#,0.######", CultureInfo.CurrentCulture)
                    : value,
                _ => value,
            };

    /// <summary>A fault of a definition in words.</summary>
    public static string Fault(SegmentFault fault) => T("segments.fault-" + fault.Code, fault.Argument);
}
